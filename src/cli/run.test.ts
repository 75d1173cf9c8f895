/**
 * cli/run.test — what a person or a script sees of each command, against a real admin socket.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { fakeNow, fakeOverview, fakeState, plantedSecrets } from '../../test/support/fake-admin.ts';
import type { FoundProblem } from '../model/index.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const statusText = `mcpmux 0.1.0 is running (pid 123, for 1 h)
  URL      http://127.0.0.1:45818/mcp
  access   API key
  secrets  sealed with key file
  data     /data
Needs you:
  files failed  mcpmux logs files

SERVER  ALIAS   STATE      DETAILS
github  github  connected  2 tools
files   files   failed     server "files" answered HTTP 500
                           next: mcpmux logs files

1 of 2 servers connected.
`;

const note = (title: string): FoundProblem => ({
  id: title,
  code: 'test.note',
  harm: 'note',
  about: { kind: 'daemon' },
  title,
});

describe('status', () => {
  it('shows the daemon, each server, why it is not well and what to do', async () => {
    expect(await bench.run(['status'])).toEqual({ code: 0, out: statusText, err: '' });
  });

  it('is what mcpmux alone shows', async () => {
    expect((await bench.run([])).out).toBe(statusText);
  });

  it('R25 says how many items of a server are not offered, and where they are named', async () => {
    const [github] = bench.fake.servers;
    if (github === undefined) throw new Error('the fake gateway lost a server');
    const withheld = [{ kind: 'tool', name: 'bad', why: 'it has no input schema' }];
    bench.fake.servers[0] = { ...github, withheld };
    const { out } = await bench.run(['status']);
    expect(out).toContain('1 item is not offered to clients; see: mcpmux show github');
  });

  it('says so when everybody on the machine is let in', async () => {
    const { daemon } = bench.fake.parts;
    const facts = await daemon.describe();
    daemon.describe = () => ({ ...facts, authMode: 'none' });
    bench.fake.ownProblems.push(note('the key file is readable by others'));
    const { out } = await bench.run(['status']);
    expect(out).toContain('access   open to every program on this machine (--no-auth)');
    expect(out).toContain('note: the key file is readable by others');
  });

  it('tells a newcomer how to add the first server', async () => {
    bench.fake.servers.length = 0;
    expect((await bench.run(['status'])).out).toContain(
      'No servers yet. Add one, for example:\n  mcpmux add memory -- npx -y @modelcontextprotocol/server-memory\n',
    );
  });

  it('wraps long reasons to the terminal and colours states there', async () => {
    const { out } = await bench.run(['status'], { columns: 60 });
    expect(out).toContain('\u001b[32mconnected\u001b[39m');
    expect(out).toContain('\u001b[31mfailed\u001b[39m');
    const plain = stripVTControlCharacters(out);
    expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it.each([
    ['--no-color', ['status', '--no-color'], {}],
    ['NO_COLOR', ['status'], { NO_COLOR: '1' }],
    ['TERM=dumb', ['status'], { TERM: 'dumb' }],
  ])('is plain with %s', async (_, words, env) => {
    expect((await bench.run(words, { columns: 200, env })).out).toBe(statusText);
  });
});

describe('--json', () => {
  it.each([
    [
      ['status', '--json'],
      [
        'version',
        'nodeVersion',
        'pid',
        'startedAt',
        'isReady',
        'url',
        'publicUrl',
        'exposure',
        'listensOn',
        'dataDir',
        'logDir',
        'authMode',
        'keySource',
        'problems',
        'network',
        'servers',
      ],
    ],
    [['list', '--json'], ['servers']],
    [
      ['show', 'github', '--json'],
      [
        'id',
        'spaceId',
        'space',
        'reference',
        'name',
        'alias',
        'isEnabled',
        'launch',
        'inputs',
        'sessionPolicy',
        'declares',
        'limits',
        'origin',
        'revision',
        'createdAt',
        'updatedAt',
        'state',
        'counts',
        'withheldCount',
        'verdict',
        'told',
        'legs',
        'capabilityReports',
        'withheld',
      ],
    ],
    [['tools', '--json'], ['tools']],
    [['logs', '--json'], ['entries']],
    [['key', 'list', '--json'], ['keys']],
    [['config', 'show', '--json'], ['settings']],
    [
      ['version', '--json'],
      ['version', 'nodeVersion'],
    ],
    [['call', 'github_search', '{}', '--json'], ['content']],
  ])('%j prints one line with a stable shape', async (words, keys) => {
    const { code, out, err } = await bench.run(words);
    expect([code, err]).toEqual([0, '']);
    expect(out.trimEnd()).not.toContain('\n');
    expect(Object.keys(JSON.parse(out) as object)).toEqual(keys);
    for (const secret of plantedSecrets) expect(out).not.toContain(secret);
  });

  it('has the same tool as the admin API', async () => {
    const { tools } = JSON.parse((await bench.run(['tools', 'search', '--json'])).out) as {
      tools: unknown[];
    };
    expect(tools).toEqual([
      {
        name: 'github_search',
        originalName: 'search',
        serverId: 's1',
        serverName: 'github',
        title: null,
        description: 'Searches code.\nSecond line.',
        isAvailable: true,
        item: {
          name: 'search',
          description: 'Searches code.\nSecond line.',
          inputSchema: { type: 'object' },
        },
      },
    ]);
  });
});

describe('show', () => {
  it('tells what a server is, what it offers and what reaches which client', async () => {
    const [github] = bench.fake.servers;
    if (github === undefined) throw new Error('the fake gateway lost a server');
    bench.fake.servers[0] = {
      ...github,
      told: { serverInfo: { name: 'gh', version: '2.1' }, capabilities: {}, instructions: 'Be\nkind.' },
      legs: [{ era: 'legacy', revision: '2025-11-25', inFlight: 1, owner: undefined }],
      capabilityReports: [
        {
          client: 'cursor',
          clientVersion: '1.0',
          revision: '2025-11-25',
          pairing: 'legacy-legacy',
          degraded: [],
          lastSeenAt: fakeNow,
        },
        {
          client: 'codex',
          clientVersion: undefined,
          revision: '2026-07-28',
          pairing: 'modern-legacy',
          degraded: ['no resumption'],
          lastSeenAt: fakeNow,
        },
      ],
      withheld: [{ kind: 'tool', name: 'bad', why: 'it has no input schema' }],
    };
    expect((await bench.run(['show', 'github'])).out).toBe(`github
  state           connected for 1 h
  alias           github (its tools are called github_…)
  runs            npx -y @modelcontextprotocol/server-github --token …
  with variables  GITHUB_TOKEN
  offers          2 tools
  says it is      gh 2.1
  speaks          MCP 2025-11-25 over stdio
  process         pid 4711
  calls served    12
  sessions        auto
  connection      legacy 2025-11-25, 1 in flight
  added           1 h ago

Not offered to clients:
  tool  bad  it has no input schema

What reaches clients:
  cursor 1.0  2025-11-25  1 h ago  everything
  codex       2026-07-28  1 h ago  no resumption

Its instructions for models:
Be
kind.
`);
  });
});

describe('doctor', () => {
  it('looks at the machine, the daemon and each server, and ends with 6 when something is wrong', async () => {
    const { code, out } = await bench.run(['doctor', '--json'], { env: { SHELL: '' } });
    const { findings } = JSON.parse(out) as { findings: { name: string; verdict: string; says: string }[] };
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'Node',
        'data folder',
        'daemon',
        'port',
        'access',
        'secrets',
        'PATH',
        'node',
        'npx',
        'uvx',
        'docker',
      ]),
    );
    expect(findings.find(({ name }) => name === 'server files')).toEqual({
      name: 'server files',
      verdict: 'trouble',
      says: 'failed: server "files" answered HTTP 500',
      next: 'see: mcpmux logs files',
    });
    expect(findings.find(({ name }) => name === 'node')).toMatchObject({ verdict: 'fine' });
    expect(code).toBe(6);
  });

  it('R33 says through which proxies and by which authorities the daemon reaches others', async () => {
    const { daemon } = bench.fake.parts;
    const facts = await daemon.describe();
    daemon.describe = () => ({
      ...facts,
      network: {
        proxies: [
          { scheme: 'https', url: 'http://proxy:3128', hasCredentials: true, variable: 'HTTPS_PROXY' },
          { scheme: 'http', url: 'http://proxy:3128', hasCredentials: false, variable: 'ALL_PROXY' },
        ],
        exceptions: '.corp.example',
        authorities: [{ variable: 'SSL_CERT_FILE', path: '/etc/corp.pem', certificates: 2 }],
      },
    });
    bench.fake.ownProblems.push(note('all_proxy is not followed'));
    const { out } = await bench.run(['doctor', '--json'], { env: { SHELL: '' } });
    const { findings } = JSON.parse(out) as { findings: { name: string; says: string }[] };
    const said = findings.filter(({ name }) => ['proxy', 'authorities', 'note'].includes(name));
    expect(said.map(({ says }) => says)).toEqual([
      'all_proxy is not followed',
      'https through http://proxy:3128 (HTTPS_PROXY, with credentials), but for .corp.example',
      'http through http://proxy:3128 (ALL_PROXY), but for .corp.example',
      '2 certificates of /etc/corp.pem are trusted, too (SSL_CERT_FILE)',
    ]);
  });

  it('says that the daemon does not run, and whether its port is free', async () => {
    bench.hideDaemon();
    const { code, out } = await bench.run(['doctor'], { env: { SHELL: '', MCPMUX_PORT: '0' } });
    expect(code).toBe(6);
    expect(out).toMatch(/^x +daemon +not running\n +next: mcpmux start$/m);
    expect(out).toMatch(/^ok +port +0 is free$/m);
    expect(out).toContain('1 thing to put right.');
  });

  it('does not say that nothing is wrong beside a warning', async () => {
    const { daemon } = bench.fake.parts;
    const facts = await daemon.describe();
    daemon.describe = () => ({ ...facts, authMode: 'none' });
    const { out } = await bench.run(['doctor'], { env: { SHELL: '' } });
    expect(out).toMatch(/^! +access +open to every program on this machine$/m);
    expect(out).not.toContain('Nothing is wrong.');
  });
});

describe('add', () => {
  const words = ['add', 'memory', '-e', 'TOKEN=planted', '--', 'npx', '-y', 'server-memory', '--json'];

  it('says what will be run and prints the outcome', async () => {
    const { code, out, err } = await bench.run(words);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: 'memory: connected, 3 tools\n',
      err: `Added memory
  runs            npx -y server-memory --json
  with variables  TOKEN
  alias           memory (its tools are called memory_…)
`,
    });
  });

  it('takes a value from its own environment, from stdin, and several of them', async () => {
    await bench.run(['add', 'm', '-e', 'ONE', '-e', 'TWO=-', '-e', 'THREE=-', '--', 'x'], {
      env: { ONE: 'first' },
      input: 'second\r\nthird\n',
    });
    const input = bench.fake.asked[0]?.with as { launch: { env: Record<string, { reveal(): string }> } };
    const values = Object.entries(input.launch.env).map(([name, value]) => [name, value.reveal()]);
    expect(values).toEqual([
      ['ONE', 'first'],
      ['TWO', 'second'],
      ['THREE', 'third'],
    ]);
  });

  it.each([
    [
      'a variable',
      ['-e', 'TOKEN=-', '--', 'x'],
      'the value of TOKEN is read from standard input, and nothing came',
    ],
    ['a header', ['https://a.example/', '-H', 'Name: -'], 'the value of Name is read from standard input'],
    ['an input', ['--input', 'KEY', '--', 'x'], 'the value of KEY is read from standard input'],
    [
      'the second of two',
      ['-e', 'A=-', '-e', 'B=-', '--', 'x'],
      'the value of B is read from standard input',
    ],
  ])('R56 stores nothing when nothing comes on stdin for %s', async (_, words, says) => {
    const { code, err } = await bench.run(['add', 'm', ...words], {
      input: words.includes('B=-') ? 'first\n' : '',
    });
    expect([code, bench.fake.asked]).toEqual([2, []]);
    expect(err).toContain(`mcpmux: ${says}`);
  });

  it.each([
    ['Enter', '\n', undefined],
    ['y', 'y\n', undefined],
    ['n', 'n\n', false],
  ])('R53 shows which arguments are secret and offers to seal them: %s', async (_, input, expected) => {
    const { err } = await bench.run(['add', 'm', 'x', '--token', 'planted-1'], { isTerminal: true, input });
    expect(err).toContain('This looks like a secret:\n  --token …\nSeal, so that it is stored encrypted');
    expect(err).not.toContain('planted-1');
    expect(bench.fake.asked[0]?.with).toMatchObject({ name: 'm' });
    const [asked] = bench.fake.asked.map(({ with: given }) => given as { sealsSecrets?: boolean });
    expect(asked?.sealsSecrets).toBe(expected);
  });

  it('R109 passes options on that stand behind the command, without --', async () => {
    await bench.run(['add', 'gh', 'docker', 'run', '-e', 'A=b', 'image']);
    expect(bench.fake.asked[0]?.with).toMatchObject({
      launch: { command: 'docker', args: ['run', '-e', 'A=b', 'image'], env: {} },
    });
  });

  it('takes a URL with headers', async () => {
    await bench.run([
      'add',
      'm',
      'https://a.example/mcp',
      '-H',
      'X-One: a: b',
      '--transport',
      'sse',
      '--alias',
      'em',
    ]);
    const input = bench.fake.asked[0]?.with as {
      alias: string;
      launch: Record<string, Record<string, { reveal(): string }>>;
    };
    expect(input).toMatchObject({
      alias: 'em',
      launch: { kind: 'http', url: 'https://a.example/mcp', flavour: 'sse' },
    });
    expect(input.launch['headers']?.['X-One']?.reveal()).toBe('a: b');
  });

  it('runs a server here when a word names a file here', async () => {
    mkdirSync(join(bench.folder, 'dist'));
    writeFileSync(join(bench.folder, 'dist', 'server.js'), '');
    await bench.run(['add', 'mine', '--', 'node', 'dist/server.js']);
    await bench.run(['add', 'other', '--', 'npx', '-y', '@scope/server']);
    const folders = bench.fake.asked.map(
      ({ with: input }) => (input as { launch: { cwd?: string } }).launch.cwd,
    );
    expect(folders).toEqual([bench.folder, undefined]);
  });

  it.each([
    [
      'failed',
      { reason: 'command "x" was not found', nextStep: 'install it' },
      6,
      'm: failed\n  command "x" was not found\n  next: install it\n',
    ],
    [
      'sign-in-required',
      { reason: 'server "m" asks for sign-in', nextStep: 'run: mcpmux login m' },
      5,
      'm: sign-in required\n  server "m" asks for sign-in\n  next: mcpmux login m\n',
    ],
    [
      'waiting',
      { reason: 'it ended', retryAt: fakeNow + 3_605_000 },
      6,
      'm: waiting to retry\n  it ended\n  next attempt in 5 s\n',
    ],
  ] as const)('prints that it is %s and what to do', async (status, change, code, out) => {
    bench.fake.settlesAs = (server) => fakeOverview(server, fakeState(server.id, status, change));
    expect(await bench.run(['add', 'm', '--', 'x'])).toMatchObject({ code, out });
  });

  it('does not wait with --no-wait', async () => {
    const { code, out } = await bench.run(['add', 'm', '--no-wait', '--', 'x']);
    expect([code, out]).toEqual([0, '']);
    expect(bench.fake.servers.at(-1)?.state.status).toBe('connecting');
  });

  it.each([
    ['nothing to run', ['add', 'm'], 'what is to be run or reached is missing'],
    ['words behind a URL', ['add', 'm', 'http://a', 'b'], 'nothing may follow the URL, but there is "b"'],
    [
      'a variable for a URL',
      ['add', 'm', 'http://a', '-e', 'A=B'],
      '-e is for servers that are run; a URL takes -H',
    ],
    [
      'a header for a command',
      ['add', 'm', '-H', 'A: b', '--', 'x'],
      '-H is for URLs; a server that is run takes -e',
    ],
    [
      'a variable without value',
      ['add', 'm', '-e', 'UNSET_ONE', '--', 'x'],
      '-e UNSET_ONE has no value and UNSET_ONE is not set here',
    ],
    ['a variable twice', ['add', 'm', '-e', 'A=1', '-e', 'A=2', '--', 'x'], 'variable A is given twice'],
    [
      'a bad variable name',
      ['add', 'm', '-e', '1A=1', '--', 'x'],
      '"1A" is not the name of an environment variable',
    ],
    [
      'a header without colon',
      ['add', 'm', 'http://a', '-H', 'nonsense'],
      '-H takes a header as "Name: value"',
    ],
    [
      'an unknown transport',
      ['add', 'm', 'http://a', '--transport', 'ftp'],
      "option '--transport <kind>' argument 'ftp' is invalid",
    ],
    ['an option that there is not', ['add', 'm', '--yes', 'npx'], "unknown option '--yes'"],
    ['no name', ['add'], "missing required argument 'name'"],
  ])('refuses %s with exit code 2', async (_, given, says) => {
    const { code, out, err } = await bench.run(given);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`mcpmux: ${says}`);
    expect(err).toContain('\n  next: ');
    expect(bench.fake.asked).toEqual([]);
  });

  it('answers a name that is taken with exit code 7', async () => {
    expect(await bench.run(['add', 'github', '--', 'x'])).toEqual({
      code: 7,
      out: '',
      err: 'mcpmux: the name "github" is taken\n',
    });
  });
});

describe('changing a server', () => {
  it('removes it by any of its names and says which it was', async () => {
    expect(await bench.run(['remove', 'GITHUB'])).toEqual({ code: 0, out: '', err: 'Removed github.\n' });
    expect(bench.fake.servers.map(({ server }) => server.name)).toEqual(['files']);
  });

  it('disables, enables and refreshes', async () => {
    expect((await bench.run(['disable', 'github'])).out).toBe('github: disabled\n');
    expect((await bench.run(['enable', 'github'])).out).toBe('github: connected, 3 tools\n');
    expect(await bench.run(['refresh', 'files'])).toMatchObject({ code: 6 });
  });
});

describe('call', () => {
  it('prints text as text and makes control characters visible', async () => {
    bench.fake.answersCall = async () => ({
      kind: 'result',
      result: {
        content: [
          { type: 'text', text: 'line one\nline \u001b]0;two\u0007' },
          { type: 'image', mimeType: 'image/png', data: 'AAAA' },
        ],
      },
    });
    expect((await bench.run(['call', 'github_search'])).out).toBe(
      'line one\nline \\u001b]0;two\\u0007\n[image image/png, 3 bytes; --json shows it]\n',
    );
  });

  it('reads the arguments from stdin', async () => {
    const { out } = await bench.run(['call', 'github_search', '-'], { input: '{"q": "ä"}' });
    expect(out).toBe('got {"q":"ä"}\n');
  });

  it('fails when the tool says that it failed, and prints what it said', async () => {
    bench.fake.answersCall = async () => ({
      kind: 'result',
      result: { isError: true, content: [{ type: 'text', text: 'no such repository' }] },
    });
    expect(await bench.run(['call', 'github_search'])).toEqual({
      code: 1,
      out: 'no such repository\n',
      err: 'mcpmux: github_search ran and says that it failed\n',
    });
  });

  it('tells a JSON-RPC error', async () => {
    bench.fake.answersCall = async () => ({ kind: 'error', code: -32602, message: 'bad\nargument' });
    expect(await bench.run(['call', 'github_search'])).toEqual({
      code: 1,
      out: '',
      err: 'mcpmux: github_search answered error -32602: bad argument\n',
    });
  });

  it.each([
    ['[1]', 'the arguments must be a JSON object, not an array'],
    ['null', 'the arguments must be a JSON object, not null'],
    ['"x"', 'the arguments must be a JSON object, not a string'],
    ['{', 'the arguments are not valid JSON: '],
  ])('refuses %s as arguments', async (json, says) => {
    const { code, err } = await bench.run(['call', 'github_search', json]);
    expect(code).toBe(2);
    expect(err).toContain(`mcpmux: ${says}`);
    expect(bench.fake.asked).toEqual([]);
  });

  it('names the nearest tool when there is none of that name', async () => {
    expect(await bench.run(['call', 'github_create'])).toEqual({
      code: 4,
      out: '',
      err: 'mcpmux: unknown tool "github_create"\n  next: did you mean github_create_issue?\n',
    });
  });
});

describe('logs', () => {
  beforeEach(() => {
    for (const [serverId, at, level, message] of [
      ['s1', 1000, 'info', 'one'],
      ['s2', 2000, 'error', 'two\u001b[2J'],
      ['s1', 3000, 'debug', 'three'],
    ] as const) {
      bench.fake.appendLog(serverId, { at: fakeNow + at, level, source: 'stderr', message, facts: { n: 1 } });
    }
  });

  it('merges all servers in order of time', async () => {
    expect((await bench.run(['logs'])).out).toBe(
      [
        '2023-11-14T22:13:21.000Z info  github stderr one n=1',
        '2023-11-14T22:13:22.000Z error files stderr two\\u001b[2J n=1',
        '2023-11-14T22:13:23.000Z debug github stderr three n=1\n',
      ].join('\n'),
    );
  });

  it('shows the newest lines of one server from a level on', async () => {
    const { out } = await bench.run(['logs', 'github', '-n', '1', '--level', 'info']);
    expect(out).toBe('2023-11-14T22:13:21.000Z info  stderr one n=1\n');
  });

  it('follows until the daemon stops', async () => {
    const own = await openCliBench();
    const append = (serverId: string, message: string): void =>
      own.fake.appendLog(serverId, { at: fakeNow, level: 'warn', source: 'server', message });
    append('s1', 'one');
    const { code, out } = await own.runAndWatch(['logs', 'github', '-f', '--json'], (text) => {
      if (text.includes('two')) void own.stopDaemon();
      else {
        append('s2', 'of another');
        append('s1', 'two');
      }
    });
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(['one', 'two']);
    expect(own.fake.listeners()).toBe(0);
    await own.close();
  });
});

describe('key', () => {
  it('prints the text of a new key alone on stdout', async () => {
    const { code, out, err } = await bench.run(['key', 'create', 'cursor']);
    expect([code, out]).toEqual([0, 'mcpk_wxyz9876-the-whole-text\n']);
    expect(err).toContain('http://127.0.0.1:45818/mcp');
  });

  it('lists live keys, and all of them with --all', async () => {
    await bench.run(['key', 'create', 'cursor']);
    expect(await bench.run(['key', 'revoke', 'cursor'])).toMatchObject({ code: 0, out: '' });
    expect((await bench.run(['key', 'list'])).out).toBe(
      'KEY           BEGINS WITH     CREATED  LAST USED\nthis machine  mcpk_abcd1234…  1 h ago  never\n',
    );
    expect((await bench.run(['key', 'list', '--all'])).out).toContain('revoked 1 h ago');
  });

  it('names the nearest key when there is none of that name', async () => {
    expect(await bench.run(['key', 'revoke', 'this machin'])).toEqual({
      code: 4,
      out: '',
      err: 'mcpmux: there is no key "this machin"\n  next: did you mean "this machine"?\n',
    });
  });
});

describe('without a daemon', () => {
  beforeEach(() => bench.hideDaemon());

  it.each([['status'], ['list'], ['tools'], ['logs'], ['key', 'list'], ['show', 'x']])(
    'mcpmux %s %s says so and ends with 3',
    async (...words) => {
      const { code, out, err } = await bench.run(words.filter((word) => word !== undefined));
      expect([code, out]).toEqual([3, '']);
      expect(err).toBe(
        `mcpmux: the daemon is not running (data folder ${bench.folder})\n  next: mcpmux start\n`,
      );
    },
  );

  it('mcpmux alone shows what can be done, and ends with 3', async () => {
    const { code, out } = await bench.run([]);
    expect(code).toBe(3);
    expect(out).toMatch(/^McpMux is not running\.\n(?: {2}mcpmux .*\n)+$/);
  });

  it('config show tells what a daemon would start with', async () => {
    const { code, out, err } = await bench.run(['config', 'show'], { env: { MCPMUX_PORT: '4000' } });
    expect(code).toBe(0);
    expect(out).toMatch(/^port +4000 +env \(MCPMUX_PORT\)$/m);
    expect(err).toContain('mcpmux is not running');
  });

  it('completion offers commands and no names', async () => {
    expect((await bench.run(['__complete', '--', 'show', ''])).out).toBe('');
    expect((await bench.run(['__complete', '--', 'disa'])).out).toBe(
      'disable\tstop a server and hide its tools\n',
    );
  });
});

describe('mistakes', () => {
  it.each([
    [['statsu'], 2, 'mcpmux: there is no command "statsu"\n  next: did you mean "status"?\n'],
    [['status', '--jsn'], 2, "mcpmux: unknown option '--jsn'\n  next: did you mean --json?\n"],
    [['key', 'creat', 'x'], 2, "mcpmux: unknown command 'creat'\n  next: did you mean create?\n"],
    [
      ['remove', 'github', 'files'],
      2,
      "mcpmux: too many arguments for 'remove'. Expected 1 argument but got 2.\n  next: mcpmux help remove\n",
    ],
    [
      ['logs', '-n', '0'],
      2,
      "mcpmux: option '-n, --lines <number>' argument '0' is invalid. It must be a whole number from 1 to 10000.\n  next: mcpmux help logs\n",
    ],
    [['show', 'githb'], 4, 'mcpmux: there is no server "githb"\n  next: did you mean "github"?\n'],
    [
      ['completion', 'fsh'],
      2,
      'mcpmux: there is no completion for "fsh"\n  next: did you mean "fish" or "zsh"?\n',
    ],
    [
      ['help', 'exit-code'],
      2,
      'mcpmux: there is no command or topic "exit-code"\n  next: did you mean "exit-codes"?\n',
    ],
  ])('%j is told and suggests', async (words, code, err) => {
    expect(await bench.run(words)).toEqual({ code, out: '', err });
  });

  it('never prints a stack trace, unless asked for one', async () => {
    bench.fake.parts.daemon.describe = () => {
      throw new Error('inside');
    };
    const quiet = await bench.run(['status']);
    expect(quiet).toMatchObject({ code: 1, out: '' });
    expect(quiet.err).not.toMatch(/^\s+at /m);
    const loud = await bench.run(['status'], { env: { MCPMUX_DEBUG: '1' } });
    expect(loud.err).toMatch(/^\s+at /m);
  });

  it('leaves a settings file with a mistake out and says so', async () => {
    mkdirSync(join(bench.folder, 'config'), { recursive: true });
    writeFileSync(join(bench.folder, 'config', 'config.json'), '{ "prt": 1 }');
    const { code, err } = await bench.run(['list', '--json']);
    expect(code).toBe(0);
    expect(err).toContain('mcpmux: the settings file was left out: ');
    rmSync(join(bench.folder, 'config'), { recursive: true });
  });
});

describe('help', () => {
  it('lists the exit codes', async () => {
    expect((await bench.run(['help', 'exit-codes'])).out).toContain('    3  the daemon is not running\n');
  });

  it('explains a command in the same words as --help', async () => {
    const asked = await bench.run(['help', 'key', 'create']);
    const flagged = await bench.run(['key', 'create', '--help']);
    expect(asked).toEqual(flagged);
    expect(asked.out).toContain('Usage: mcpmux key create [options] <name>');
  });
});

describe('completion', () => {
  it.each([
    [['show', 'g'], 'github\tconnected\n'],
    [['call', 'github_s'], 'github_search\tSearches code. Second line.\n'],
    [['key', 'revoke', ''], 'this machine\tmcpk_abcd1234\n'],
    [['key', 'l'], 'list\tlist the keys\n'],
    [['add', 'x', 'http://a', '--transport', ''], 'http\t\nsse\t\n'],
    [['logs', '--lev'], '--level\tthe lowest level shown\n'],
    [['--json', 'show', 'f'], 'files\tfailed\n'],
    [['add', 'x', '--', 'n'], ''],
    [['space', 'show', 'd'], 'default\tDefault\n'],
    [['set', 'show', 'S'], 'Starter\tdefault\n'],
  ])('%j offers %j', async (words, out) => {
    expect(await bench.run(['__complete', '--', ...words])).toEqual({ code: 0, out, err: '' });
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints a script for %s that asks mcpmux', async (shell) => {
    const { code, out } = await bench.run(['completion', shell]);
    expect(code).toBe(0);
    expect(out).toContain('mcpmux __complete -- ');
  });
});

describe('builtin', () => {
  it('shows the tools of our own, and switches them off and on', async () => {
    expect((await bench.run(['builtin', 'list'])).out).toMatch(/mcpmux_search_tools +on/);
    const off = await bench.run(['builtin', 'off', 'mcpmux_search_tools']);
    expect([off.code, off.err]).toEqual([0, 'mcpmux_search_tools is off. Clients are told.\n']);
    expect((await bench.run(['builtin', 'list'])).out).toMatch(/mcpmux_search_tools +off/);
    expect((await bench.run(['builtin', 'on', 'all'])).code).toBe(0);
    const { out } = await bench.run(['builtin', 'list', '--json']);
    expect(JSON.parse(out)).toMatchObject({ tools: [{ isOn: true }, { isOn: true }] });
  });

  it('names the nearest where there is none', async () => {
    const { code, err } = await bench.run(['builtin', 'off', 'mcpmux_serch_tools']);
    expect([code, err]).toEqual([4, expect.stringContaining('mcpmux_search_tools')]);
  });
});

describe('lazy and tokens', () => {
  it('set how a client or a Space gets its tools, and pin some', async () => {
    expect((await bench.run(['lazy', 'show'])).err).toContain('Every client gets all its tools listed');
    expect((await bench.run(['lazy', 'set', 'auto'])).out).toMatch(/Space +Default +auto/);
    const { out } = await bench.run(['lazy', 'pin', 'gitlab_get_project']);
    expect(out).toContain('Always listed: gitlab_get_project');
    expect((await bench.run(['lazy', 'set', 'default'])).err).toContain('Every client gets all');
  });

  it.each([
    [['lazy', 'set', 'some'], 2, 'is no list mode'],
    [['lazy', 'set', 'lazy', '--client', 'a', '--set', 'b'], 2, 'not both'],
    [['lazy', 'set', 'lazy', '--set', 'nowhere'], 4, 'there is no FeatureSet "nowhere"'],
    [['lazy', 'pin', 'gitlab_get_projct'], 4, 'gitlab_get_project'],
  ])('refuse %j', async (words, wanted, says) => {
    const { code, err } = await bench.run(words as string[]);
    expect([code, err]).toEqual([wanted, expect.stringContaining(says as string)]);
  });

  it('cut large results, by FeatureSet or for all', async () => {
    expect((await bench.run(['large-results'])).err).toContain('go to clients as they are');
    expect((await bench.run(['large-results', '20000', '--set', 'starter'])).out).toMatch(
      /FeatureSet +Starter +20000 characters/,
    );
    expect((await bench.run(['large-results', '5'])).code).toBe(2);
    expect((await bench.run(['large-results', 'many'])).err).toContain('is no number of characters');
    expect((await bench.run(['large-results', 'off', '--set', 'starter'])).err).toContain('as they are');
  });

  it('show who has cost what, and where nothing is saved', async () => {
    expect((await bench.run(['tokens'])).err).toContain('No client has asked');
    const { tokens } = bench.fake.parts;
    const costs = {
      clientId: 'c1',
      client: 'laptop',
      app: 'zed',
      lists: 2,
      listTokens: 1_240,
      wholeListTokens: 84_000,
      searches: 3,
      searchTokens: 1_500,
      calls: 4,
      resultTokens: 950,
      savedTokens: 81_260,
      since: 0,
      lastAt: 0,
    };
    tokens.costs = () => [costs, { ...costs, client: 'box', app: undefined, savedTokens: -1_500 }];
    const { out } = await bench.run(['tokens']);
    expect(out).toMatch(/laptop \(zed\) +1\.2k in 2 +1\.5k in 3 +950 in 4 +saved 81k/);
    expect(out).toMatch(/box .* lost 1\.5k/);
  });
});
