/**
 * cli/read-target.test — the ways in which people write servers, and what becomes of each.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMcpMuxError } from '../base/index.ts';
import { passThrough } from './pass-through.ts';
import { buildProgram } from './program.ts';
import { readTarget, type Target } from './read-target.ts';

const home = '/home/me';
const ref = (text: string): string => `\${${text}}`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-target-'));
  mkdirSync(join(folder, 'server'));
  writeFileSync(join(folder, 'server.py'), '');
  writeFileSync(join(folder, 'run me.sh'), '#!/bin/sh\n');
  chmodSync(join(folder, 'run me.sh'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(words: readonly string[], more: { isLiteral?: boolean; platform?: NodeJS.Platform } = {}) {
  return readTarget(words, {
    io: { cwd: () => folder, env: { APPDATA: 'C:\\Users\\me\\AppData\\Roaming' } },
    isLiteral: more.isLiteral ?? false,
    platform: more.platform ?? 'linux',
    homeDir: home,
  });
}

const http = (url: string, headers: Record<string, string> = {}): Target => ({ kind: 'http', url, headers });
const stdio = (command: string, args: readonly string[], env: Record<string, string> = {}): Target => ({
  kind: 'stdio',
  command,
  args,
  env,
});

const understood: readonly (readonly [string, readonly string[], Target])[] = [
  ['a URL', ['https://a.example/mcp'], http('https://a.example/mcp')],
  ['localhost without a scheme', ['localhost:3000/mcp'], http('http://localhost:3000/mcp')],
  ['an address without a scheme', ['127.0.0.1:8080'], http('http://127.0.0.1:8080')],
  ['IPv6 without a scheme', ['[::1]:8080/mcp'], http('http://[::1]:8080/mcp')],
  ['a host without a scheme', ['mcp.example.com/mcp'], http('https://mcp.example.com/mcp')],
  [
    'a user and a password in a URL',
    ['https://me:p%40ss@a.example/mcp'],
    http('https://a.example/mcp', { Authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` }),
  ],
  [
    'a command line in one word',
    ['npx -y "my server" --x=\'a b\''],
    stdio('npx', ['-y', 'my server', '--x=a b']),
  ],
  ['a file whose name has a blank', ['./run me.sh'], stdio('./run me.sh', [])],
  [
    'variables before the command',
    ['FOO=bar', 'BAZ=', 'node', 'x.js'],
    stdio('node', ['x.js'], { FOO: 'bar', BAZ: '' }),
  ],
  ['variables in one word with it', ['FOO=bar node x.js'], stdio('node', ['x.js'], { FOO: 'bar' })],
  ['the wrapper that Windows needs elsewhere', ['cmd', '/c', 'npx', '-y', 'x'], stdio('npx', ['-y', 'x'])],
  ['the same in full', ['C:\\Windows\\System32\\cmd.exe', '/C', 'npx', 'x'], stdio('npx', ['x'])],
  ['a quoted ~', ['node', '~/x.js', '--dir=~/notes'], stdio('node', [`${home}/x.js`, `--dir=${home}/notes`])],
  ['$HOME', ['node', '$HOME/x.js'], stdio('node', [`${home}/x.js`])],
  [
    'the same in braces',
    ['docker', 'run', '-v', `${ref('HOME')}:/data`],
    stdio('docker', ['run', '-v', `${home}:/data`]),
  ],
  ["an editor's home", ['node', `${ref('userHome')}/x.js`], stdio('node', [`${home}/x.js`])],
  [
    'what a shell fills in itself',
    ['sh', '-c', `exec node ${ref('DIR')}/x.js $TOKEN`],
    stdio('sh', ['-c', `exec node ${ref('DIR')}/x.js $TOKEN`]),
  ],
  ['references', ['x', ref('env:TOKEN'), ref('input:KEY')], stdio('x', [ref('env:TOKEN'), ref('input:KEY')])],
  ['a lone $ in a password', ['x', 'pa$$word', 'a$b'], stdio('x', ['pa$$word', 'a$b'])],
];

const refused: readonly (readonly [string, readonly string[], string, string])[] = [
  ['nothing', [], 'what is to be run or reached is missing', 'mcpmux add NAME'],
  ['words after a URL', ['https://a.example/', 'x'], 'nothing may follow the URL', 'mcpmux help add'],
  ['a folder as the command', ['./server'], 'is a folder', 'node server/index.js'],
  ['a script that is not executable', ['./server.py', '-v'], 'is not executable', 'python3 ./server.py -v'],
  [
    'a variable that nobody fills in',
    ['x', ref('TOKEN')],
    `"${ref('TOKEN')}" in argument 1`,
    ref('env:TOKEN'),
  ],
  ['the same with a default', ['x', ref('TOKEN:-abc')], 'would be passed on as it is', ref('input:TOKEN')],
  ['a whole word $NAME', ['x', '$GITHUB_TOKEN'], '"$GITHUB_TOKEN"', ref('env:GITHUB_TOKEN')],
  ['a variable of PowerShell', ['x', '$env:GITHUB_TOKEN'], '"$env:GITHUB_TOKEN"', ref('env:GITHUB_TOKEN')],
  ["an editor's folder", ['x', ref('workspaceFolder')], "is an editor's", 'write the folder itself'],
  ['a variable of Windows elsewhere', ['x', '%APPDATA%\\x'], '"%APPDATA%"', ref('env:APPDATA')],
  ['a quote that is not closed', ['npx "x'], 'is not closed', 'close it'],
  ['variables alone', ['FOO=bar'], 'no command to run', '-e KEY=VALUE'],
];

describe('R57 how people really write servers', () => {
  it.each(understood)('R57 understands %s', async (_, words, expected) => {
    expect(await read(words)).toEqual(expected);
  });

  it.each(refused)('R57 refuses %s with the right form', async (_, words, message, hint) => {
    const thrown = await read(words).catch((error: unknown) => error);
    if (!isMcpMuxError(thrown, 'cli.usage')) throw thrown;
    expect(thrown.message).toContain(message);
    expect(thrown.hint).toContain(hint);
  });

  it('R57 fills in %APPDATA% on Windows', async () => {
    expect(await read(['x', '%APPDATA%\\x'], { platform: 'win32' })).toEqual(
      stdio('x', ['C:\\Users\\me\\AppData\\Roaming\\x']),
    );
  });

  it('R57 takes everything as it is when told so', async () => {
    const words = ['x', ref('TOKEN'), '$HOME', '~/a'];
    expect(await read(words, { isLiteral: true })).toEqual(stdio('x', words.slice(1)));
  });
});

describe('R109 options after the command word', () => {
  const program = buildProgram(
    { env: {}, stdout: { write: () => {} }, stderr: { write: () => {} } } as never,
    () => {},
  );
  const cases: readonly (readonly [string, string])[] = [
    ['add gh docker run -e A=b image', 'add gh -- docker run -e A=b image'],
    ['add gh -e A=b npx -y x', 'add gh -e A=b -- npx -y x'],
    ['add -e A=b --alias g gh npx -y x --json', 'add -e A=b --alias g gh -- npx -y x --json'],
    ['--json add gh --alias=g npx -y x', '--json add gh --alias=g -- npx -y x'],
    ['--data-dir /d add gh npx -y x', '--data-dir /d add gh -- npx -y x'],
    ['add gh -- npx -y x', 'add gh -- npx -y x'],
    ['add docs https://a.example/ -H A:b', 'add docs https://a.example/ -H A:b'],
    ['add docs localhost:3000/mcp --alias d', 'add docs localhost:3000/mcp --alias d'],
    ['edit gh --alias g npx -y x -H y', 'edit gh --alias g -- npx -y x -H y'],
    ['edit gh --alias g', 'edit gh --alias g'],
    ['list --json', 'list --json'],
    ['call add x -y', 'call add x -y'],
  ];
  it.each(cases)('R109 %s', (line, expected) => {
    expect(passThrough(program, line.split(' ')).join(' ')).toBe(expected);
  });
});
