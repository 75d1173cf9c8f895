/**
 * clients/read-servers.test — what is pasted: each layout, each way to write a server, and what is refused with which words.
 */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../base/index.ts';
import { readServers } from './read-servers.ts';

const read = (value: JsonValue) => readServers(value, { home: '/home/ada' });
const files = { command: 'npx', args: ['-y', 'files'] };
const launch = { kind: 'stdio', command: 'npx', args: ['-y', 'files'], env: {}, cwd: undefined };

describe('layouts', () => {
  it.each([
    ['mcpServers', { mcpServers: { files } }],
    ['a list with names', { mcpServers: [{ name: 'files', ...files }] }],
    ['servers', { servers: { files }, inputs: [] }],
    ['mcp', { mcp: { timeout: 5, files } }],
    ['mcp.servers', { mcp: { servers: { files } } }],
    ['mcp_servers', { mcp_servers: { files } }],
    ['context_servers', { context_servers: { files } }],
    ['amp.mcpServers', { 'amp.mcpServers': { files } }],
    ['extensions', { extensions: { files: { cmd: 'npx', args: ['-y', 'files'], type: 'stdio' } } }],
    ['the inner map alone', { files }],
    ['a folder of Claude Code', { projects: { '/a': { mcpServers: { files: { ...files, cwd: '/x' } } } } }],
  ] as [string, JsonValue][])('reads %s', (_, value) => {
    const { servers, refused } = read(value);
    expect(refused).toEqual([]);
    expect(servers.map(({ name }) => name)).toEqual(['files']);
    expect(servers[0]?.launch).toMatchObject({
      ...launch,
      cwd: servers[0]?.launch.kind === 'stdio' ? servers[0].launch.cwd : '',
    });
  });

  it('reads one entry that stands alone', () => {
    expect(read({ url: 'https://mcp.example.com/mcp' }).servers[0]).toMatchObject({
      name: 'server 1',
      launch: { kind: 'http', url: 'https://mcp.example.com/mcp', flavour: 'auto' },
    });
  });

  it('keeps two servers of one name in two folders apart', () => {
    const projects = {
      '/code/a': { mcpServers: { db: { command: 'a' } } },
      '/code/b': { mcpServers: { db: { command: 'b' } } },
    };
    expect(read({ mcpServers: { db: { command: 'c' } }, projects }).servers.map(({ name }) => name)).toEqual([
      'db',
      'db-a',
      'db-b',
    ]);
  });

  it.each([[{}], [[]], ['text'], [{ theme: 'dark' }], [null]] as [JsonValue][])(
    'says that %j has no servers',
    (value) => {
      expect(() => read(value)).toThrow('there are no servers in it');
    },
  );
});

describe('an entry', () => {
  it.each([
    [{}, 'it has neither a command nor a URL'],
    ['npx x', 'it is no map of settings'],
    [{ command: 'x', url: 'https://a.example' }, 'it has both a command and a URL'],
    [{ command: 5 }, '"command" is no text'],
    [{ command: '' }, '"command" is empty'],
    [{ command: 'x', args: 'y' }, '"args" is no list'],
    [{ command: 'x', args: [{}] }, '"args" holds what is no text'],
    [{ command: 'x', env: [] }, '"env" is no map'],
    [{ command: 'x', env: { A: {} } }, '"env.A" is no text'],
    [{ url: 'not a url' }, '"url" is no URL'],
    [{ url: 'file:///etc/passwd' }, '"url" begins with neither http:// nor https://'],
    [{ type: 'ws', url: 'wss://a.example' }, 'WebSocket'],
    [
      { command: 'x', args: [`\${workspaceFolder}/a`] },
      `"\${workspaceFolder}" is filled in by that client alone`,
    ],
  ] as [JsonValue, string][])('R12 %j is refused', (entry, reason) => {
    const { servers, refused } = read({ mcpServers: { a: entry } });
    expect(servers).toEqual([]);
    expect(refused[0]?.reason).toContain(reason);
  });

  it.each([
    [`\${env:KEY}`, `\${env:KEY}`],
    [`\${KEY}`, `\${env:KEY}`],
    [`\${KEY:-fallback}`, 'fallback'],
    ['$MY_KEY', `\${env:MY_KEY}`],
    ['%MY_KEY%', `\${env:MY_KEY}`],
    ['{env:KEY}', `\${env:KEY}`],
    ['{file:~/key}', `\${file:/home/ada/key}`],
    [`\${{ secrets.KEY }}`, `\${input:KEY}`],
    [`\${input:my-key}`, `\${input:my_key}`],
    [`\${userHome}/a`, '/home/ada/a'],
    ['~/a', '/home/ada/a'],
    ['--dir=~/a', '--dir=/home/ada/a'],
    ['price: 5$', 'price: 5$'],
    ['^a$B$', '^a$B$'],
    ['{"a":1}', '{"a":1}'],
  ])('turns %s into %s', (written, wanted) => {
    const { servers } = read({ mcpServers: { a: { command: 'x', args: [written] } } });
    expect(servers[0]?.launch).toMatchObject({ args: [wanted] });
  });

  it('is McpMux itself, however it is written', () => {
    const { servers } = read({
      mcpServers: {
        a: { command: 'mcpmux', args: ['stdio'] },
        b: { command: '/usr/bin/node', args: ['/opt/bin/mcpmux.mjs', 'stdio'] },
        c: { url: 'http://127.0.0.1:45818/mcp', headers: { Authorization: 'Bearer mcpk_x' } },
        d: { command: 'npx', args: ['mcpmux-like', 'stdio'] },
      },
    });
    expect(servers.map(({ isOurs }) => isOurs)).toEqual([true, true, true, false]);
  });

  it.each([
    [
      ['-y', 'mcp-remote@latest', 'https://a.example/mcp', '--header', `X-Key: \${KEY}`],
      { 'X-Key': 's' },
      'auto',
    ],
    [['mcp-remote', 'https://a.example/sse', '--transport', 'sse-only', '3334'], {}, 'sse'],
  ])('reaches what mcp-remote was for: %j', (args, headers, flavour) => {
    const { servers } = read({ mcpServers: { a: { command: 'npx', args, env: { KEY: 's' } } } });
    expect(servers[0]?.launch).toEqual({
      kind: 'http',
      url: args.find((word) => word.startsWith('https')),
      headers,
      flavour,
    });
  });

  it('keeps mcp-remote where it does something else', () => {
    const args = ['mcp-remote', 'https://a.example/mcp', '--static-oauth-client-info', '{}'];
    expect(read({ mcpServers: { a: { command: 'npx', args } } }).servers[0]?.launch.kind).toBe('stdio');
  });

  it('names what it does not take', () => {
    const { servers } = read({ mcpServers: { a: { ...files, envFile: '.env', timeout: 5 } } });
    expect(servers[0]?.ignored).toEqual(['envFile']);
  });

  it('is refused when another of that name came before it', () => {
    const list = [
      { name: 'a', command: 'x' },
      { name: 'A', command: 'y' },
    ];
    expect(read({ mcpServers: list }).refused).toEqual([
      { name: 'A', reason: 'there is a server "a" before it that is another' },
    ]);
  });
});
