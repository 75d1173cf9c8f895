import { describe, expect, it } from 'vitest';
import { startupBanner } from './startup-banner.ts';

const first = {
  url: 'http://127.0.0.1:45818/mcp',
  firstKeyText: 'mcpk_secret',
  keyFile: '/data/client-key',
  notes: [],
  hasServers: false,
};

describe('the welcome', () => {
  it('gives the key as clients send it, and three lines about what to do next', () => {
    expect(startupBanner(first, true).trimEnd().split('\n')).toEqual([
      'McpMux is ready at http://127.0.0.1:45818/mcp (Ctrl+C stops it)',
      'Clients on this machine send this header; the key is also in /data/client-key:',
      '  Authorization: Bearer mcpk_secret',
      'There are no servers yet. In another terminal, add one and look at what it offers:',
      '  mcpmux add everything npx -y @modelcontextprotocol/server-everything',
      '  mcpmux tools',
    ]);
  });

  it('puts no key where output is kept, and says where it is', () => {
    const text = startupBanner(first, false);
    expect(text).not.toContain('mcpk_secret');
    expect(text).toContain('with the key from /data/client-key');
  });

  it('is one line when nothing is new, and a line more for each note', () => {
    const later = { ...first, firstKeyText: undefined, hasServers: true };
    expect(startupBanner(later, false)).toBe('McpMux is ready at http://127.0.0.1:45818/mcp\n');
    expect(startupBanner({ ...later, notes: ['something'] }, false)).toContain('\nNote: something\n');
  });
});
