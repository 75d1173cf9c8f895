/**
 * gateway/manage/plan-edit.test — what changes with an edit, what stays, and what is refused.
 */

import { describe, expect, it } from 'vitest';
import { firstSpaceId } from '../../../test/support/first-space.ts';
import { isMcpMuxError, Secret } from '../../base/index.ts';
import type { InstalledServer, Launch, ServerId } from '../../model/index.ts';
import type { AddServerInput, ChangeServerInput } from './control.ts';
import { planEdit } from './plan-edit.ts';
import { planServer } from './plan-server.ts';

const input = (id: string): string => `\${input:${id}}`;
const env = (id: string): string => `\${env:${id}}`;
const exec = (command: string): string => `\${exec:${command}}`;
const random = 'Zk3v9QpL0xTw7RmB2sYd8HcN';

function install(launch: AddServerInput['launch'], more: Partial<AddServerInput> = {}): InstalledServer {
  return planServer({ name: 'files', launch, ...more }, [], {
    id: 'id' as ServerId,
    spaceId: firstSpaceId,
    now: 5,
  });
}

const stdio = install({
  kind: 'stdio',
  command: 'node',
  args: ['x.js'],
  cwd: '/srv',
  env: { TOKEN: new Secret('old'), DEBUG: new Secret('1') },
});
const http = install({
  kind: 'http',
  url: 'https://a.example/mcp',
  headers: { Authorization: new Secret('Bearer old'), 'X-Team': new Secret('t') },
});

const edit = (old: InstalledServer, change: ChangeServerInput, others: readonly InstalledServer[] = []) =>
  planEdit(old, change, others, 9);

/** With every secret opened, so that it can be compared. */
function opened(launch: Launch): unknown {
  return JSON.parse(
    JSON.stringify(launch, (_, value: unknown) => (value instanceof Secret ? value.reveal() : value)),
    (_, value: unknown) => value,
  );
}

function openedLaunch(launch: Launch): Record<string, unknown> {
  const open = (values: Readonly<Record<string, Secret>> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([name, secret]) => [name, secret.reveal()]));
  return {
    ...(opened(launch) as Record<string, unknown>),
    ...(launch.kind === 'stdio' ? { env: open(launch.env) } : { headers: open(launch.headers) }),
    ...(launch.inputValues !== undefined && { inputValues: open(launch.inputValues) }),
  };
}

describe('R13 an edit', () => {
  const cases: readonly (readonly [string, InstalledServer, ChangeServerInput, object])[] = [
    ['the name; the alias stays', stdio, { name: ' My files ' }, { name: 'My files', alias: 'files' }],
    ['the alias; the name stays', stdio, { alias: 'f' }, { name: 'files', alias: 'f' }],
    [
      'a variable',
      stdio,
      { launch: { env: { TOKEN: new Secret('new') } } },
      { launch: { env: { TOKEN: 'new', DEBUG: '1' } } },
    ],
    ['a variable away', stdio, { launch: { env: { DEBUG: null } } }, { launch: { env: { TOKEN: 'old' } } }],
    [
      'the arguments',
      stdio,
      { launch: { args: ['y.js'] } },
      { launch: { command: 'node', args: ['y.js'], cwd: '/srv' } },
    ],
    [
      'the command, which has arguments of its own',
      stdio,
      { launch: { command: 'deno' } },
      { launch: { command: 'deno', args: [] } },
    ],
    ['the folder', stdio, { launch: { cwd: null } }, { launch: { command: 'node', args: ['x.js'] } }],
    [
      'the URL, within its origin',
      http,
      { launch: { url: 'https://a.example/v2/mcp' } },
      {
        launch: { url: 'https://a.example/v2/mcp', headers: { Authorization: 'Bearer old', 'X-Team': 't' } },
      },
    ],
    [
      'a header, in any case',
      http,
      { launch: { headers: { authorization: new Secret('Bearer new') } } },
      { launch: { headers: { 'X-Team': 't', authorization: 'Bearer new' } } },
    ],
    [
      'the transport',
      http,
      { launch: { flavour: 'sse' } },
      { launch: { flavour: 'sse', url: 'https://a.example/mcp' } },
    ],
    [
      'what it is: from a command to a URL',
      stdio,
      { launch: { url: 'https://b.example/mcp' } },
      { launch: { kind: 'http', url: 'https://b.example/mcp', headers: {}, flavour: 'auto' } },
    ],
    [
      'what it is: from a URL to a command',
      http,
      { launch: { command: 'npx', args: ['x'] } },
      { launch: { kind: 'stdio', command: 'npx', args: ['x'], env: {} } },
    ],
  ];
  it.each(cases)('R13 changes %s', (_, old, change, expected) => {
    const server = edit(old, change);
    expect({ ...server, launch: openedLaunch(server.launch) }).toMatchObject({
      id: old.id,
      createdAt: 5,
      updatedAt: 9,
      revision: 2,
      ...expected,
    });
  });

  it('R13 keeps the very values that it does not name, so that they are known to be the same', () => {
    const { launch } = edit(stdio, { launch: { args: ['y.js'] } });
    expect(launch.kind === 'stdio' && launch.env['TOKEN']).toBe(
      stdio.launch.kind === 'stdio' && stdio.launch.env['TOKEN'],
    );
    expect(edit(stdio, { name: 'other' }).launch).toBe(stdio.launch);
  });

  const refused: readonly (readonly [string, InstalledServer, ChangeServerInput, string])[] = [
    ['a name that is taken', stdio, { name: 'HTTP' }, 'gateway.name_taken'],
    ['an alias that is taken', stdio, { alias: 'http' }, 'gateway.alias_taken'],
    ['a name with a line break', stdio, { name: 'a\nb' }, 'gateway.bad_name'],
    ['a reserved alias', stdio, { alias: 'mcpmux' }, 'gateway.bad_alias'],
    ['a URL that is none', http, { launch: { url: 'files' } }, 'transports.bad_url'],
    ['a header for a command', stdio, { launch: { headers: {} } }, 'gateway.bad_launch'],
    [
      'a command and a URL at once',
      stdio,
      { launch: { command: 'a', url: 'https://b.example/' } },
      'gateway.bad_launch',
    ],
    ['a folder for a URL', http, { launch: { cwd: '/x' } }, 'gateway.bad_launch'],
    ['a limit out of range', stdio, { limits: { callTimeoutMs: 5 } }, 'gateway.bad_limit'],
    [
      'a command for secrets',
      stdio,
      { launch: { env: { K: new Secret(exec('op read x')) } } },
      'gateway.exec_not_approved',
    ],
    [
      'secrets at another origin',
      http,
      { launch: { url: 'https://b.example/mcp' } },
      'gateway.secrets_elsewhere',
    ],
    [
      'secrets over plain HTTP',
      http,
      { launch: { url: 'http://a.example/mcp' } },
      'gateway.secrets_elsewhere',
    ],
  ];
  it.each(refused)('R13 refuses %s', (_, old, change, code) => {
    const others = [
      planServer({ name: 'http', launch: { kind: 'stdio', command: 'x', args: [] } }, [], {
        id: 'o' as ServerId,
        spaceId: firstSpaceId,
        now: 1,
      }),
    ];
    let thrown: unknown;
    try {
      edit(old, change, others);
    } catch (error) {
      thrown = error;
    }
    expect(isMcpMuxError(thrown, code), String(thrown)).toBe(true);
  });

  it.each([
    ['when a person says so', { keepsSecrets: true }, { Authorization: 'Bearer old', 'X-Team': 't' }],
    [
      'when all of them are given anew',
      {
        launch: {
          url: 'https://b.example/mcp',
          headers: { Authorization: new Secret('Bearer b'), 'X-Team': new Secret('u') },
        },
      },
      { Authorization: 'Bearer b', 'X-Team': 'u' },
    ],
    [
      'when they are taken away',
      { launch: { url: 'https://b.example/mcp', headers: { Authorization: null, 'X-Team': null } } },
      {},
    ],
  ] as const)('R13 moves to another origin %s', (_, change, headers) => {
    const server = edit(http, { launch: { url: 'https://b.example/mcp' }, ...change });
    expect(openedLaunch(server.launch)).toMatchObject({ url: 'https://b.example/mcp', headers });
  });
});

describe('R53 secrets in arguments', () => {
  const sealed: readonly (readonly [string, readonly string[], readonly string[], Record<string, string>])[] =
    [
      ['an option', ['--token', 'abc'], ['--token', input('TOKEN')], { TOKEN: 'abc' }],
      [
        'an address',
        ['postgresql://u:p4ss@h/d'],
        [`postgresql://u:${input('PASSWORD')}@h/d`],
        { PASSWORD: 'p4ss' },
      ],
      [
        'a header',
        ['--header', 'X-Api-Key: abc'],
        ['--header', `X-Api-Key: ${input('X_API_KEY')}`],
        { X_API_KEY: 'abc' },
      ],
      [
        'two of one name',
        ['--token=a', '--token=b'],
        [`--token=${input('TOKEN')}`, `--token=${input('TOKEN_2')}`],
        { TOKEN: 'a', TOKEN_2: 'b' },
      ],
    ];
  it.each(sealed)('R53 become inputs: %s', (_, args, expected, values) => {
    const { launch } = install({ kind: 'stdio', command: 'x', args });
    expect(openedLaunch(launch)).toMatchObject({ args: expected, inputValues: values });
    expect(launch.inputs?.map(({ id, type, isRequired }) => [id, type, isRequired])).toEqual(
      Object.keys(values).map((id) => [id, 'password', true]),
    );
    expect(JSON.stringify(launch)).not.toContain('abc');
  });

  it('R53 stay where a person wants them', () => {
    const { launch } = install(
      { kind: 'stdio', command: 'x', args: ['--token', 'abc'] },
      { sealsSecrets: false },
    );
    expect(launch).toMatchObject({ args: ['--token', 'abc'] });
  });

  it('R53 can be sealed later', () => {
    const old = install({ kind: 'stdio', command: 'x', args: ['--token', 'abc'] }, { sealsSecrets: false });
    expect(openedLaunch(edit(old, { sealsSecrets: true }).launch)).toMatchObject({
      args: ['--token', input('TOKEN')],
      inputValues: { TOKEN: 'abc' },
    });
    expect(edit(old, { limits: {} }).launch).toBe(old.launch);
  });

  it('R53 R13 a new one takes the place of the old one', () => {
    const old = install({ kind: 'stdio', command: 'x', args: ['--token', 'abc'] });
    const { launch } = edit(old, { launch: { args: ['--token', 'new'] } });
    expect(openedLaunch(launch)).toMatchObject({
      args: ['--token', input('TOKEN')],
      inputValues: { TOKEN: 'new' },
    });
    expect(
      openedLaunch(edit(old, { launch: { args: ['-v', '--token', input('TOKEN')] } }).launch),
    ).toMatchObject({
      inputValues: { TOKEN: 'abc' },
    });
    expect(edit(old, { launch: { args: [] } }).launch.inputs).toBeUndefined();
  });
});

describe('R42 keys in URLs', () => {
  const sealed: readonly (readonly [string, string, Record<string, string>])[] = [
    [
      'https://a.example/mcp?api_key=a%2Bb',
      `https://a.example/mcp?api_key=${input('API_KEY')}`,
      { API_KEY: 'a+b' },
    ],
    [`https://a.example/s/${random}/mcp`, `https://a.example/s/${input('URL_KEY')}/mcp`, { URL_KEY: random }],
    [`https://a.example/mcp?x=1&token=${input('T')}`, `https://a.example/mcp?x=1&token=${input('T')}`, {}],
    ['https://a.example/mcp?k=$%7Binput:KEY%7D', `https://a.example/mcp?k=${input('KEY')}`, {}],
    [`https://a.example/${env('TEAM')}/mcp`, `https://a.example/${env('TEAM')}/mcp`, {}],
  ];
  it.each(sealed)('R42 %s', (url, expected, values) => {
    const { launch } = install({ kind: 'http', url });
    expect(openedLaunch(launch)).toMatchObject({ url: expected });
    expect(openedLaunch(launch)['inputValues'] ?? {}).toEqual(values);
  });

  it('R42 a message about a URL holds no key of it', () => {
    expect(() => install({ kind: 'http', url: 'ftp://u:p4ss@a.example/?api_key=abc' })).toThrow(
      'ftp://…@a.example/?api_key=…',
    );
  });
});
