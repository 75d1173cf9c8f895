/**
 * registry/server-file.test — servers in a file of a person: what is taken, and every fault with its line.
 */
import { describe, expect, it } from 'vitest';
import { describeFileFaults, readServerFile } from './server-file.ts';

describe('a file of servers', () => {
  it('is JSON with comments, and a trailing comma is no fault', async () => {
    const { servers, faults } = await readServerFile(`\uFEFF{
      // what I use
      "mcpServers": {
        "Files": { "command": "npx", "args": ["-y", "x", 1], "env": { "A": "b" } },
        "docs": { "url": "https://x.example/mcp", "type": "sse", "disabled": true, "alias": "d" },
      },
    }`);
    expect(faults).toEqual([]);
    expect(
      servers.map(({ name, alias, isEnabled, line, launch }) => [name, alias, isEnabled, line, launch.kind]),
    ).toEqual([
      ['Files', undefined, true, 4, 'stdio'],
      ['docs', 'd', false, 5, 'http'],
    ]);
    expect(servers[0]?.launch).toMatchObject({ command: 'npx', args: ['-y', 'x', '1'] });
    expect(servers[1]?.launch).toMatchObject({ url: 'https://x.example/mcp', flavour: 'sse' });
  });

  it.each([
    ['', 'line 1: it is no JSON: it is empty'],
    ['{\n"mcpServers": {\n', 'line 3: it is no JSON: close brace expected'],
    ['[]', 'line 1: a map is wanted: {"mcpServers": {…}}, not a list'],
    ['{}', 'line 1: it has no "mcpServers"'],
    ['{"mcpServers": []}', 'line 1: mcpServers: a map from names to servers is wanted, not a list'],
    ['{"mcpServers": {},\n"other": 1}', 'line 2: other: only "mcpServers" stands here'],
    ['{"mcpServers": {"a": {}}}', 'line 1: mcpServers.a: it has neither "command" nor "url"'],
    [
      '{"mcpServers": {"a": 3}}',
      'line 1: mcpServers.a: a server is a map with "command" or "url", not a number',
    ],
    ['{"mcpServers": {"a": {"command": "x", "url": "y"}}}', 'it is run or reached, not both'],
    [
      '{"mcpServers": {"a": {"command": "x", "args": "y"}}}',
      'mcpServers.a.args: a list of texts is wanted, not a string',
    ],
    ['{"mcpServers": {"a": {"command": "x", "headers": {}}}}', 'mcpServers.a.headers: it is not known here'],
    [
      '{"mcpServers": {"a": {"url": "file:///x"}}}',
      'mcpServers.a.url: it must begin with http:// or https://',
    ],
    ['{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}', 'mcpServers.a: it stands here twice'],
    [
      '{"mcpServers": {"a b": {"command": "x"},\n"A-B": {"command": "y"}}}',
      'line 2: mcpServers.A-B: "a b" and "A-B" would both be "a-b"',
    ],
    ['{"mcpServers": {"a": {"command": "x", "alias": "mcpmux"}}}', 'mcpServers.a.alias: an alias has'],
  ])('%s: %s', async (text, told) => {
    const { servers, faults } = await readServerFile(text);
    expect(describeFileFaults(faults)).toContain(told);
    expect(servers).toEqual([]);
  });

  it('tells all that is wrong at once', async () => {
    const { faults } = await readServerFile('{"mcpServers": {\n"a": {},\n"b": {"command": 1},\n"c": []\n}}');
    expect(faults.map(({ line }) => line)).toEqual([2, 3, 3, 4]);
  });
});
