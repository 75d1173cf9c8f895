import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitTable } from '../upstream/index.ts';
import {
  type LoadInput,
  loadSettings,
  type Machine,
  platformFolders,
  prepareFolders,
  renderSettingsDoc,
  settingNames,
  settingsTable,
  socketPathOf,
} from './index.ts';

const linux = {
  env: {},
  platform: 'linux',
  homeDir: '/home/ada',
  tempDir: '/tmp',
  userId: 1000,
  workingDir: '/home/ada/here',
} as const;

/** Loads with one settings file, wherever it is looked for. */
function load(input: LoadInput & { readonly text?: string } = {}) {
  return loadSettings({ ...linux, readFile: async () => input.text, ...input });
}

describe('settings', () => {
  it.each([
    ['by default', { MCPMUX_PORT: '45819' }, 'MCPMUX_PORT'],
    ['by hand', { MCPMUX_CALLBACK_PORT: '45818' }, 'MCPMUX_CALLBACK_PORT'],
    ['both', { MCPMUX_PORT: '5000', MCPMUX_CALLBACK_PORT: '5000' }, 'MCPMUX_CALLBACK_PORT'],
  ])('R107 refuse one port for clients and for the browser, %s', async (_, env, where) => {
    await expect(load({ env })).rejects.toMatchObject({
      code: 'config.same_port',
      message: expect.stringContaining(where) as string,
    });
  });

  it('R107 take any free port for both', async () => {
    const { settings } = await load({ env: { MCPMUX_PORT: '0', MCPMUX_CALLBACK_PORT: '0' } });
    expect([settings.port, settings.callbackPort]).toEqual([0, 0]);
  });

  it('come from flag before environment before file before default, and say so', async () => {
    const text = '{ "port": 3000, "logLevel": "warn", "callTimeoutMs": 5000 }';
    const { settings, origins } = await load({
      text,
      env: { MCPMUX_PORT: '2000', MCPMUX_LOG_LEVEL: 'error' },
      flags: { port: '1000' },
    });
    expect(settings).toMatchObject({
      port: 1000,
      logLevel: 'error',
      callTimeoutMs: 5000,
      maxCallMs: 600_000,
    });
    expect(origins.port).toEqual({ value: 1000, origin: 'flag', where: '--port' });
    expect(origins.logLevel).toEqual({ value: 'error', origin: 'env', where: 'MCPMUX_LOG_LEVEL' });
    expect(origins.callTimeoutMs).toEqual({
      value: 5000,
      origin: 'file',
      where: '/home/ada/.config/mcpmux/config.json:1:37',
    });
    expect(origins.maxCallMs).toEqual({ value: 600_000, origin: 'default', where: 'default' });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('have the defaults that clients and docs rely on', async () => {
    const { settings } = await load();
    expect(settings).toEqual({
      port: 45818,
      dataDir: '/home/ada/.local/share/mcpmux',
      configDir: '/home/ada/.config/mcpmux',
      logsDir: '/home/ada/.local/state/mcpmux/logs',
      socketPath: '/home/ada/.local/share/mcpmux/run/admin.sock',
      logLevel: 'info',
      noAuth: false,
      parkedCallMs: 600_000,
      keySource: 'auto',
      databaseUrl: undefined,
      startConcurrency: 8,
      connectTimeoutMs: 60_000,
      listTimeoutMs: 60_000,
      callTimeoutMs: 600_000,
      pingIntervalMs: 30_000,
      maxCallMs: 600_000,
      maxMessageBytes: 67_108_864,
      bufferedTotalBytes: 536_870_912,
      memoryBudgetBytes: 0,
      memoryTotalBytes: 17_179_869_184,
      bodyCapBytes: 4_194_304,
      maxSessions: 1_000,
      sessionIdleMs: 604_800_000,
      approvalWaitMs: 60_000,
      definitionPolicy: 'default',
      callbackPort: 45_819,
      publicUrl: undefined,
      listen: [],
      publicHosts: [],
      tlsCertFile: undefined,
      tlsKeyFile: undefined,
      trustedProxies: [],
      auditDays: 90,
      requestsPerSecond: 0,
      clientDocumentHosts: [],
      clientMetadataUrl: undefined,
      clientRegistration: 'local',
      oauthAllowPrivate: [],
      alertWebhook: undefined,
      alertCommand: undefined,
      historyMaxCalls: 1_000_000,
      historyKeepMs: 90 * 86_400_000,
      shutdownGraceMs: 5_000,
    });
  });

  it('agree with the limits of servers', () => {
    for (const name of ['connectTimeoutMs', 'listTimeoutMs', 'callTimeoutMs', 'maxCallMs'] as const) {
      const { defaultValue, min, max } = limitTable[name];
      expect(settingsTable[name]).toMatchObject({ default: defaultValue, min, max });
    }
  });

  it('put config and logs into a data folder that was chosen', async () => {
    const asked: string[] = [];
    const { settings, file } = await load({
      env: { MCPMUX_DATA_DIR: '/srv/mux' },
      readFile: async (path) => {
        asked.push(path);
        return undefined;
      },
    });
    expect(settings).toMatchObject({
      dataDir: '/srv/mux',
      configDir: '/srv/mux/config',
      logsDir: '/srv/mux/logs',
      socketPath: '/srv/mux/run/admin.sock',
    });
    expect(file).toBe('/srv/mux/config/config.json');
    expect(asked).toEqual([file]);
  });

  it('take relative paths from the working folder, in the file from its own', async () => {
    const { settings } = await load({
      flags: { dataDir: 'data' },
      env: { MCPMUX_CONFIG_DIR: '/etc/mux' },
      text: '{ "logsDir": "../logs" }',
    });
    expect(settings.dataDir).toBe('/home/ada/here/data');
    expect(settings.logsDir).toBe('/etc/logs');
  });

  it('may be written with comments, a comma at the end and a byte order mark', async () => {
    const { settings } = await load({
      text: '\uFEFF{\n  // for the laptop\n  "port": 4000, /* why */\n}\n',
    });
    expect(settings.port).toBe(4000);
  });

  it('read true and false from the environment', async () => {
    for (const [text, value] of [
      ['1', true],
      ['true', true],
      ['0', false],
      ['false', false],
      ['', false],
    ] as const) {
      expect((await load({ env: { MCPMUX_NO_AUTH: text } })).settings.noAuth).toBe(value);
    }
  });

  const bad: readonly (readonly [
    why: string,
    input: LoadInput & { text?: string },
    code: string,
    says: string,
  ])[] = [
    [
      'a port out of range',
      { flags: { port: '70000' } },
      'config.out_of_range',
      'port is 70000 (from --port); it must be a whole number from 0 to 65535',
    ],
    [
      'a port that is no number',
      { env: { MCPMUX_PORT: 'http' } },
      'config.out_of_range',
      'port is http (from MCPMUX_PORT)',
    ],
    ['a port with an exponent', { env: { MCPMUX_PORT: '1e3' } }, 'config.out_of_range', '1e3'],
    [
      'a fraction',
      { text: '{"port": 80.5}' },
      'config.out_of_range',
      'port is 80.5 (from /home/ada/.config/mcpmux/config.json:1:2)',
    ],
    [
      'a number in quotes in the file',
      { text: '{"port": "80"}' },
      'config.wrong_type',
      'port must be a whole number',
    ],
    [
      'a timeout of zero',
      { env: { MCPMUX_CALL_TIMEOUT_MS: '0' } },
      'config.out_of_range',
      'from 1000 to 3600000',
    ],
    ['an unknown level', { flags: { logLevel: 'loud' } }, 'config.not_a_choice', 'debug, info, warn, error'],
    ['neither true nor false', { env: { MCPMUX_NO_AUTH: 'yes' } }, 'config.wrong_type', 'true or false'],
    [
      'an unknown key',
      { text: '{\n  "prot": 1\n}' },
      'config.unknown_key',
      'config.json:2:3: there is no setting "prot"',
    ],
    ['a key of every object', { text: '{"constructor": 1}' }, 'config.unknown_key', 'constructor'],
    ['a key twice', { text: '{"port": 1, "port": 2}' }, 'config.repeated_key', 'set twice'],
    ['the data folder in the file', { text: '{"dataDir": "/x"}' }, 'config.not_in_file', 'dataDir'],
    [
      'a broken file',
      { text: '{\n  "port": 1\n  "x": 2\n}' },
      'config.bad_syntax',
      'config.json:3:3 is not valid JSON: comma expected',
    ],
    ['a file cut short', { text: '{ "port": ' }, 'config.bad_syntax', 'config.json:1:'],
    ['an empty file', { text: '' }, 'config.bad_syntax', 'config.json:1:1'],
    ['a list', { text: '[1]' }, 'config.bad_syntax', 'one object'],
    ...(
      [
        ['http://mux.example', 'it must begin with https://'],
        ['mux.example', 'it is no URL'],
        ['https://mux.example/a//b', 'its path must be plain'],
        ['https://mux.example/a%2Fb', 'its path must be plain'],
        ['https://mux.example/?', 'it must have nothing behind its path'],
        ['https://mux.example#top', 'it must not have a fragment'],
        ['https://ada:pw@mux.example', 'it must not carry a user name or a password'],
        ['https://mux.example\n', 'it is no URL'],
      ] as const
    ).map(
      ([url, says]) =>
        [
          `the public URL ${JSON.stringify(url)}`,
          { env: { MCPMUX_PUBLIC_URL: url } },
          'config.not_usable',
          says,
        ] as const,
    ),
    [
      'a document without a path',
      { env: { MCPMUX_CLIENT_METADATA_URL: 'https://x.example' } },
      'config.not_usable',
      'it must have a path',
    ],
    ...['10.0.0.0/33', 'fd00::/129', 'a b', 'https://sso.corp', '10.0.0.1/8/8', 'x.example/8'].map(
      (entry) =>
        [
          `the private host ${entry}`,
          { text: JSON.stringify({ oauthAllowPrivate: ['sso.corp', entry] }) },
          'config.not_usable',
          `oauthAllowPrivate is "${entry}"`,
        ] as const,
    ),
    [
      'private hosts of another type',
      { text: '{"oauthAllowPrivate": [1]}' },
      'config.wrong_type',
      'oauthAllowPrivate must be a list of texts',
    ],
  ];
  for (const [why, input, code, says] of bad) {
    it(`are refused for ${why}`, async () => {
      await expect(load(input)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(says) as string,
      });
    });
  }

  it('take the origin of a public URL, and private hosts from a list or with commas', async () => {
    const { settings } = await load({
      env: {
        MCPMUX_PUBLIC_URL: 'https://Mux.Example:443/',
        MCPMUX_OAUTH_ALLOW_PRIVATE: 'SSO.corp, 10.2.0.0/16,',
      },
    });
    expect(settings.publicUrl).toBe('https://mux.example');
    expect(settings.oauthAllowPrivate).toEqual(['sso.corp', '10.2.0.0/16']);
    const fromFile = await load({ text: '{"oauthAllowPrivate": ["fd00::/8", "wiki"]}' });
    expect(fromFile.settings.oauthAllowPrivate).toEqual(['fd00::/8', 'wiki']);
  });

  it('take a public URL with a path, and what a bind on the network needs', async () => {
    const { settings } = await load({
      env: {
        MCPMUX_PUBLIC_URL: 'https://example.com/team/mux/',
        MCPMUX_LISTEN: '0.0.0.0, fd00::2',
        MCPMUX_TRUSTED_PROXIES: '10.0.0.5,10.1.0.0/16',
        MCPMUX_PUBLIC_HOSTS: 'mux.internal:8443',
      },
    });
    expect(settings).toMatchObject({
      publicUrl: 'https://example.com/team/mux',
      listen: ['0.0.0.0', 'fd00::2'],
      trustedProxies: ['10.0.0.5', '10.1.0.0/16'],
      publicHosts: ['mux.internal:8443'],
    });
  });

  it('suggest the name that was meant', async () => {
    await expect(load({ text: '{"prot": 1}' })).rejects.toMatchObject({
      hint: expect.stringContaining('"port"') as string,
    });
    await expect(load({ text: '{"log_level": 1}' })).rejects.toMatchObject({
      hint: expect.stringContaining('"logLevel"') as string,
    });
  });

  it('never print a value that may hold a password', async () => {
    const failure = (await load({ text: '{"databaseUrl": {"password": "hunter22"}}' }).catch(
      (error: unknown) => error,
    )) as Error;
    expect(failure.message).toContain('databaseUrl must be a text');
    expect(failure.message).not.toContain('hunter22');
  });

  it('are not read from a file that cannot be read', async () => {
    const readFile = () => Promise.reject(new Error('permission denied'));
    await expect(load({ readFile })).rejects.toMatchObject({ code: 'config.unreadable' });
  });

  it('have names, flags and variables of their own', () => {
    const variables = settingNames.map((name) => settingsTable[name].env);
    expect(new Set(variables).size).toBe(variables.length);
    for (const variable of variables) expect(variable).toMatch(/^MCPMUX_[A-Z_]+$/);
    const flags = settingNames.flatMap((name) => settingsTable[name].flag ?? []);
    expect(new Set(flags).size).toBe(flags.length);
  });

  it('stand on docs/configuration.md as the table says', async () => {
    const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toBe(renderSettingsDoc());
  });
});

describe('folders', () => {
  const machine: Machine = {
    platform: 'linux',
    env: {},
    homeDir: '/home/ada',
    tempDir: '/tmp',
    userId: 1000,
  };

  it('follow XDG on Linux and ignore relative values', () => {
    const env = { XDG_DATA_HOME: '/d', XDG_CONFIG_HOME: 'relative', XDG_STATE_HOME: '/s' };
    expect(platformFolders({ ...machine, env })).toEqual({
      dataDir: '/d/mcpmux',
      configDir: '/home/ada/.config/mcpmux',
      logsDir: '/s/mcpmux/logs',
    });
  });

  it('lie in the Library on macOS', () => {
    expect(platformFolders({ ...machine, platform: 'darwin', homeDir: '/Users/ada' })).toEqual({
      dataDir: '/Users/ada/Library/Application Support/mcpmux',
      configDir: '/Users/ada/Library/Application Support/mcpmux/config',
      logsDir: '/Users/ada/Library/Logs/mcpmux',
    });
  });

  it('tell apart what roams on Windows', () => {
    const env = {
      APPDATA: 'C:\\Users\\ada\\AppData\\Roaming',
      LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local',
    };
    expect(platformFolders({ ...machine, platform: 'win32', env })).toEqual({
      dataDir: 'C:\\Users\\ada\\AppData\\Local\\mcpmux\\data',
      configDir: 'C:\\Users\\ada\\AppData\\Roaming\\mcpmux',
      logsDir: 'C:\\Users\\ada\\AppData\\Local\\mcpmux\\logs',
    });
  });

  it('give each data folder a socket of its own that fits into a socket address', () => {
    const withRuntime = { ...machine, env: { XDG_RUNTIME_DIR: '/run/user/1000' } };
    const one = socketPathOf('/data/one', withRuntime);
    expect(one).toMatch(/^\/run\/user\/1000\/mcpmux-[0-9a-f]{12}\/admin\.sock$/);
    expect(socketPathOf('/data/two', withRuntime)).not.toBe(one);
    expect(socketPathOf('/data/one', machine)).toBe('/data/one/run/admin.sock');
    const deep = `/data/${'ü'.repeat(50)}`;
    expect(socketPathOf(deep, machine)).toMatch(/^\/tmp\/mcpmux-1000-[0-9a-f]{12}\/admin\.sock$/);
    const edge = `/${'x'.repeat(90)}`;
    expect(Buffer.byteLength(socketPathOf(edge, machine))).toBe(106);
    expect(socketPathOf(edge, { ...machine, platform: 'darwin' })).toMatch(/^\/tmp\//);
  });

  it('R112 name a pipe that nobody can know before', () => {
    const names = [1, 2, 3].map(() => socketPathOf('C:\\data', { ...machine, platform: 'win32' }));
    expect(new Set(names).size).toBe(3);
    for (const pipe of names) expect(pipe).toMatch(/^\\\\\.\\pipe\\mcpmux-[0-9a-f]{12}-[0-9a-f]{32}$/);
  });
});

describe('a home folder', () => {
  it.each([
    ['empty', '', undefined],
    ['relative', 'here', undefined],
    ['a dot', '.', undefined],
    [
      'empty, with folders of their own',
      '',
      { XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' },
    ],
    ['empty, with a data folder', '', { MCPMUX_DATA_DIR: '/data' }],
  ])('R99 that is %s is refused only where a folder would come from it', async (_, homeDir, env) => {
    const loading = load({ homeDir, env: env ?? {} });
    if (env === undefined)
      await expect(loading).rejects.toMatchObject({
        code: 'config.no_home',
        hint: expect.stringMatching(/HOME.*--data-dir/) as string,
      });
    else expect((await loading).settings.dataDir).toMatch(/^\/data/);
  });
});

describe.skipIf(process.platform === 'win32')('preparing the folders', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcpmux-config-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const inside = () => ({
    dataDir: join(folder, 'data'),
    logsDir: join(folder, 'data', 'logs'),
    socketPath: join(folder, 'data', 'run', 'admin.sock'),
  });

  it('makes them for their owner alone', async () => {
    await prepareFolders(inside());
    for (const path of ['data', 'data/logs', 'data/run'])
      expect((await stat(join(folder, path))).mode & 0o777).toBe(0o700);
    await prepareFolders(inside());
  });

  it.each([
    ['a shared folder with the sticky bit', 0o1777],
    ['a folder that others may read', 0o755],
    ['a folder of a group', 0o770],
  ])('R97 refuses %s for the socket and leaves it as it is', async (_, mode) => {
    const shared = join(folder, 'shared');
    await mkdir(shared);
    await chmod(shared, mode);
    const socketPath = join(shared, 'm.sock');
    await expect(prepareFolders({ ...inside(), socketPath })).rejects.toMatchObject({
      code: 'config.folder_exposed',
      message: expect.stringContaining(shared) as string,
      hint: expect.stringContaining('MCPMUX_SOCKET') as string,
    });
    expect((await stat(shared)).mode & 0o7777).toBe(mode);
    // The one it advises.
    await prepareFolders({ ...inside(), socketPath: join(shared, 'mcpmux', 'admin.sock') });
    expect((await stat(join(shared, 'mcpmux'))).mode & 0o777).toBe(0o700);
    expect((await stat(shared)).mode & 0o7777).toBe(mode);
  });

  it('R97 refuses a NUL in a path before anything is made', async () => {
    for (const name of ['dataDir', 'configDir', 'logsDir', 'socketPath'] as const)
      await expect(
        loadSettings({ flags: { [name]: `${folder}/x\0y` }, env: {}, homeDir: folder }),
      ).rejects.toMatchObject({ code: 'config.path_has_nul' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('closes its own socket folder when others could enter', async () => {
    await prepareFolders(inside());
    await chmod(join(folder, 'data', 'run'), 0o755);
    await prepareFolders(inside());
    expect((await stat(join(folder, 'data', 'run'))).mode & 0o777).toBe(0o700);
  });

  it('does not follow a link that lies where the socket folder belongs', async () => {
    await prepareFolders(inside());
    await rm(join(folder, 'data', 'run'), { recursive: true });
    await symlink(folder, join(folder, 'data', 'run'));
    await expect(prepareFolders(inside())).rejects.toMatchObject({ code: 'config.folder_not_ours' });
  });

  it('names the folder that cannot be used, why, and what to change', async () => {
    await writeFile(join(folder, 'data'), 'a file');
    await expect(prepareFolders(inside())).rejects.toMatchObject({
      code: 'config.folder_not_writable',
      message: `the data folder ${join(folder, 'data')} cannot be used: a file is in the way`,
      hint: expect.stringContaining('--data-dir or MCPMUX_DATA_DIR') as string,
    });
  });

  // Root may write anywhere.
  it.skipIf(process.getuid?.() === 0)('notices a folder that is read-only', async () => {
    await chmod(folder, 0o500);
    await expect(prepareFolders(inside())).rejects.toMatchObject({ code: 'config.folder_not_writable' });
    await chmod(folder, 0o700);
  });
});
