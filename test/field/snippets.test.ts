/**
 * field/snippets.test — what the guide tells people to paste is what each client reads.
 *
 * `npm run field` starts the client programs with these very snippets; here their shape is held.
 */
import { describe, expect, it } from 'vitest';
import { readSnippets, snippetKey, snippetUrl } from './snippets.ts';

const snippets = readSnippets();
const header = { Authorization: `Bearer ${snippetKey}` };

function json(client: string): unknown {
  const found = snippets.find((one) => one.client === client && one.language === 'json');
  return JSON.parse(found?.text ?? 'null');
}

describe('R61 the guide', () => {
  it.each([
    ['claude-code', { mcpServers: { mcpmux: { type: 'http', url: snippetUrl, headers: header } } }],
    ['claude-desktop', { mcpServers: { mcpmux: { command: 'mcpmux', args: ['stdio'] } } }],
    ['cursor', { mcpServers: { mcpmux: { url: snippetUrl, headers: header } } }],
    ['gemini', { mcpServers: { mcpmux: { type: 'http', url: snippetUrl, headers: header } } }],
    ['copilot', { mcpServers: { mcpmux: { type: 'http', url: snippetUrl, headers: header, tools: ['*'] } } }],
    ['opencode', { mcp: { mcpmux: { type: 'remote', url: snippetUrl, headers: header, enabled: true } } }],
    ['windsurf', { mcpServers: { mcpmux: { serverUrl: snippetUrl, headers: header } } }],
    ['zed', { context_servers: { mcpmux: { url: snippetUrl, headers: header } } }],
  ])('has what %s reads', (client, shape) => {
    expect(json(client)).toEqual(shape);
  });

  it('has what VS Code reads: another root key, and an input for the key', () => {
    expect(json('vscode')).toMatchObject({
      servers: {
        mcpmux: {
          type: 'http',
          url: snippetUrl,
          headers: { Authorization: expect.stringContaining('{input:mcpmux-key}') as string },
        },
      },
      inputs: [{ id: 'mcpmux-key', type: 'promptString', password: true }],
    });
  });

  it('has what Codex reads: a table, and headers under its own name', () => {
    const text = snippets.find(({ client }) => client === 'codex')?.text ?? '';
    expect(text).toMatch(/^\[mcp_servers\.mcpmux\]$/m);
    expect(text).toContain(`url = "${snippetUrl}"`);
    expect(text).toContain(`http_headers = { Authorization = "Bearer ${snippetKey}" }`);
  });

  it('adds to Claude Code for all folders', () => {
    const text = snippets.find(({ way }) => way === 'command')?.text ?? '';
    expect(text).toContain('--scope user');
    expect(text).toContain(`--header 'Authorization: Bearer ${snippetKey}'`);
  });
});
