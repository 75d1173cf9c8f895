/**
 * clients/read-back.test — what programs answered when they were asked for their servers, and what we make of it.
 */
import { describe, expect, it } from 'vitest';
import { findRow } from './find-client.ts';
import { judge } from './read-back.ts';

/** Answers of Claude Code 2.1.197, Codex 0.171.0, Gemini CLI 0.61.0, Copilot CLI 1.0.102, opencode 1.18.33. */
const answers: readonly (readonly [id: string, code: number | undefined, text: string, kind: string])[] = [
  [
    'claude-code',
    0,
    'Checking MCP server health…\n\nmcpmux: http://127.0.0.1:45902/mcp (HTTP) - ✔ Connected',
    'understood',
  ],
  ['claude-code', 0, 'No MCP servers configured. Use `claude mcp add` to add a server.', 'refused'],
  [
    'claude-code',
    1,
    'Claude configuration file at /home/ada/.claude.json is corrupted: JSON Parse error: Unexpected EOF',
    'refused',
  ],
  [
    'codex',
    0,
    'Name    Url                         Status\nmcpmux  http://127.0.0.1:45902/mcp  enabled',
    'understood',
  ],
  ['codex', 0, 'No MCP servers configured yet. Try `codex mcp add my-tool -- my-command`.', 'refused'],
  [
    'gemini',
    0,
    'Configured MCP servers:\n\n○ mcpmux: http://127.0.0.1:45902/mcp (http) - Disabled',
    'understood',
  ],
  ['gemini', 52, 'Error in /home/ada/.gemini/settings.json: Unexpected end of JSON input', 'refused'],
  ['copilot', 0, 'User servers:\n  mcpmux (http)\n', 'understood'],
  ['copilot', 1, 'Error: mcpServers: Required', 'refused'],
  ['opencode', 0, '●  ✓ mcpmux connected\n│      http://127.0.0.1:45902/mcp\n└  1 server(s)', 'understood'],
  ['opencode', 1, 'Error: Configuration is invalid at /home/ada/.config/opencode/opencode.json', 'refused'],
  // Our name in a path says nothing.
  ['opencode', 0, '/home/ada/mcpmux/config\n▲  No MCP servers configured', 'refused'],
  // It wants to be signed in, or hangs: that says nothing about the file.
  ['copilot', 1, 'Please run /login first', 'unknown'],
  ['codex', undefined, '', 'unknown'],
  ['codex', 0, '', 'unknown'],
];

describe('an answer', () => {
  it.each(answers)('of %s with exit code %s: %s', (id, code, text, kind) => {
    const how = findRow(id)?.readBack;
    if (how === undefined) throw new Error(`${id} is not read back`);
    expect(judge(how.complaint, 'x mcp list', { code, text }).kind).toBe(kind);
  });
});
