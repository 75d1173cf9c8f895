/**
 * e2e/vault — keys, copies and references, as a person handles them by way of the command line.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { openWorld, type World } from '../support/sign-in-world.ts';

const passphrase = 'correct horse battery';

let folder: string;
const open: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-vault-'));
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

function dataFolder(): string {
  return mkdtempSync(join(folder, 'data-'));
}

async function start(dataDir: string, flags: readonly string[] = []): Promise<Gateway> {
  const gateway = await startGateway({ dataDir, flags, env: { CANARY: 'from-the-environment' } });
  open.push(() => gateway.kill());
  return gateway;
}

/** A command on a data folder on which no daemon runs. */
function offline(
  dataDir: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>> = {},
) {
  return runChild({
    command: process.execPath,
    args: [repositoryPath('bin/mcpmux.mjs'), '--data-dir', dataDir, ...args],
    cwd: dataDir,
    input,
    env,
  });
}

describe('a backup', () => {
  it('brings servers, sign-ins and their secrets to another data folder, with its passphrase alone', async () => {
    const dataDir = dataFolder();
    const world: World = await openWorld({ gateway: { dataDir, flags: ['--key-source', 'file'] } });
    open.push(() => world.close());
    await world.add({ headers: { 'X-Team': 'blue' } });
    expect(await world.login()).toMatchObject({ code: 0 });
    const file = join(folder, 'copy.mcpmux');
    const backup = await world.gateway.cli(['backup', file], { input: `${passphrase}\n` });
    expect(backup, backup.stderr).toMatchObject({ code: 0 });
    // A second one does not replace the first.
    expect(await world.gateway.cli(['backup', file], { input: `${passphrase}\n` })).toMatchObject({
      code: 7,
    });
    await world.gateway.kill();

    const other = dataFolder();
    const wrong = await offline(other, ['restore', file], 'another passphrase\n');
    expect(wrong.code, wrong.stderr).not.toBe(0);
    const restored = await offline(other, ['restore', file], `${passphrase}\n`);
    expect(restored.stderr).toContain('Restored 1 server, sealed with');
    expect(await offline(other, ['restore', file], `${passphrase}\n`)).toMatchObject({ code: 7 });

    world.gateway = await startGateway({ dataDir: other });
    const { state } = await world.until('connected');
    expect(state.reason).toBeNull();
    expect(world.resource.requests.at(-1)?.team).toBe('blue');
    expect(
      world.authorizationServer.requests.filter(
        ({ form }) => form?.get('grant_type') === 'authorization_code',
      ),
    ).toHaveLength(1);
  });

  it('is not restored under the feet of a running daemon', async () => {
    const dataDir = dataFolder();
    const gateway = await start(dataDir, ['--key-source', 'file']);
    const file = join(folder, 'copy.mcpmux');
    await gateway.cli(['backup', file], { input: `${passphrase}\n` });
    const restore = await gateway.cli(['restore', file, '--overwrite'], { input: `${passphrase}\n` });
    expect([restore.code, restore.stderr]).toEqual([7, expect.stringContaining('running')]);
    expect((await gateway.admin.getVault()).isLocked).toBe(false);
  });
});

describe('a folder that others use', () => {
  it('R97 is left as it is by a restore and by a start that would put its socket there', async () => {
    const dataDir = dataFolder();
    const gateway = await start(dataDir, ['--key-source', 'file']);
    const file = join(folder, 'copy.mcpmux');
    await gateway.cli(['backup', file], { input: `${passphrase}\n` });
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const env = { MCPMUX_SOCKET: join(shared, 'm.sock'), MCPMUX_PORT: '0' };
    const other = dataFolder();
    const restored = await offline(other, ['restore', file], `${passphrase}\n`, env);
    expect(restored.code, restored.stderr).toBe(0);
    const started = await offline(other, ['start'], '', env);
    expect(started.code).not.toBe(0);
    expect(started.stderr).toContain(shared);
    expect(statSync(shared).mode & 0o7777).toBe(0o1777);
  });
});

describe('custody of the root key', () => {
  it('R106 tells of a key file that was deleted while the daemon runs, before the next start is locked', async () => {
    const gateway = await start(dataFolder(), ['--key-source', 'file']);
    expect((await gateway.admin.getStatus()).problems).toEqual([]);
    for (const name of readdirSync(join(gateway.dataDir, 'keys')))
      rmSync(join(gateway.dataDir, 'keys', name));
    expect((await gateway.admin.getStatus()).problems).toMatchObject([{ code: 'store.bad_key' }]);
    const doctor = await gateway.cli(['doctor']);
    expect(doctor.code).not.toBe(0);
    expect(doctor.stdout).toContain('the next start would be locked');
    expect((await gateway.cli(['key', 'rotate', '--root'])).code).toBe(0);
    expect((await gateway.admin.getStatus()).problems).toEqual([]);
  });

  it('is given at the first unlock of a new store with a passphrase, and asked for from then on', async () => {
    const dataDir = dataFolder();
    const first = await start(dataDir, ['--key-source', 'passphrase']);
    expect((await first.admin.getVault()).isLocked).toBe(true);
    await first.kill();
    const again = await start(dataDir, ['--key-source', 'passphrase']);
    const made = await again.cli(['unlock'], { input: `${passphrase}\n` });
    expect(made.code, made.stderr).toBe(0);
    await again.kill();
    const third = await start(dataDir);
    expect((await third.cli(['unlock'], { input: 'another passphrase\n' })).code).not.toBe(0);
    expect((await third.cli(['unlock'], { input: `${passphrase}\n` })).code).toBe(0);
  });

  it('R106 asks for no passphrase where the key is a credential, and opens nothing before it is right', async () => {
    const given = mkdtempSync(join(folder, 'given-'));
    const credential = join(given, 'mcpmux-root-key');
    writeFileSync(credential, 'ab'.repeat(32));
    chmodSync(credential, 0o666);
    const gateway = await startGateway({
      dataDir: dataFolder(),
      env: { MCPMUX_KEY_SOURCE: 'credential', CREDENTIALS_DIRECTORY: given },
    });
    open.push(() => gateway.kill());
    const refused = await gateway.cli(['unlock'], { input: 'any passphrase\n' });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('is open to other users');
    expect((await gateway.admin.getVault()).isLocked).toBe(true);
    chmodSync(credential, 0o600);
    const unlocked = await gateway.cli(['unlock']);
    expect(unlocked.code, unlocked.stderr).toBe(0);
  });

  it.each(['3', '7', '20', '99'])(
    'R106 does not wait on descriptor %s, which nobody passed',
    async (descriptor) => {
      const gateway = await start(dataFolder(), ['--key-source', 'file']);
      const refused = await gateway.cli(['backup', join(folder, 'x'), '--passphrase-fd', descriptor]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(`descriptor ${descriptor} cannot be read`);
    },
  );
});

describe('a store behind a passphrase', () => {
  it('is locked after a start, says so, and connects its servers once it is unlocked', async () => {
    const dataDir = dataFolder();
    const first = await start(dataDir, ['--key-source', 'file']);
    await first.addServer({
      name: 'plain',
      launch: {
        kind: 'stdio',
        command: process.execPath,
        args: [repositoryPath('test/fixtures/servers/stdio-server.mjs')],
        env: { SOME: 'secret-value' },
      },
    });
    const rotate = await first.cli(['key', 'rotate', '--root', '--source', 'passphrase'], {
      input: `${passphrase}\n`,
    });
    expect(rotate, rotate.stderr).toMatchObject({ code: 0 });
    expect(readdirSync(dataDir).includes('keys') ? readdirSync(join(dataDir, 'keys')) : []).toEqual([]);
    await first.kill();

    const second = await start(dataDir);
    expect((await second.cli(['status'])).stdout).toContain('the store is locked');
    expect(await second.cli(['unlock'], { input: 'not this one\n' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the passphrase is wrong'),
    });
    const unlock = await second.cli(['unlock'], { input: `${passphrase}\n` });
    expect(unlock, unlock.stderr).toMatchObject({ code: 0 });
    expect((await second.admin.awaitServer('plain', 10_000)).state.status).toBe('connected');
    expect((await second.cli(['status'])).stdout).not.toContain('the store is locked');
  });
});

describe('a server that needs to be told something', () => {
  const ask = (id: string): string => `$${`{input:${id}}`}`;
  const program = repositoryPath('test/fixtures/servers/stdio-server.mjs');

  it('says what, starts once it is told, and remembers it sealed over a restart', async () => {
    const dataDir = dataFolder();
    const gateway = await start(dataDir, ['--key-source', 'file']);
    const add = await gateway.cli([
      ...['add', 'My Tracker', '--wait-seconds', '5', '-e', `TOKEN=${ask('API_KEY')}`],
      ...[
        '-e',
        `WHERE=https://${ask('HOST')}/`,
        '--input',
        'HOST=x.example',
        '--',
        process.execPath,
        program,
      ],
    ]);
    expect(add.stderr).toMatch(/input API_KEY +missing/);
    expect(add.stderr).toMatch(/input HOST +given/);
    expect(add.stdout).toContain('server "My Tracker" needs to be told: API_KEY');
    expect(add.stdout).toContain('next: mcpmux tune my-tracker --input API_KEY');
    expect((await gateway.admin.getServer('my-tracker')).state.status).toBe('needs-configuration');

    const set = await gateway.cli(['set', 'my-tracker', '--input', 'API_KEY'], { input: 'planted-key-77\n' });
    expect(set.stdout, set.stderr).toContain('My Tracker: connected');
    const { state, inputs } = await gateway.admin.getServer('my-tracker');
    expect(inputs).toMatchObject([
      { id: 'API_KEY', type: 'password', isRequired: true, isGiven: true },
      { id: 'HOST', isGiven: true },
    ]);
    if (process.platform === 'linux') {
      const environment = readFileSync(`/proc/${state.pid}/environ`, 'utf8').split('\0');
      expect(environment).toContain('TOKEN=planted-key-77');
      expect(environment).toContain('WHERE=https://x.example/');
      // A value goes where it was asked for and nowhere else.
      expect(environment.filter((line) => line.includes('planted-key-77'))).toHaveLength(1);
    }
    await gateway.kill();
    for (const file of readdirSync(dataDir).filter((name) => name.startsWith('mcpmux.db')))
      expect(readFileSync(join(dataDir, file)).includes('planted-key-77'), file).toBe(false);

    const second = await start(dataDir);
    expect((await second.admin.awaitServer('my-tracker', 10_000)).state.status).toBe('connected');
    // Taken away, it is missing again.
    const forget = await second.cli(['set', 'my-tracker', '--input', 'API_KEY=']);
    expect(forget.stdout).toContain('needs to be told: API_KEY');
  });

  it('is refused with two inputs of one name, and with values that cannot be', async () => {
    const gateway = await start(dataFolder(), ['--key-source', 'file']);
    const body = (change: object) => ({
      name: 'plain',
      launch: { kind: 'stdio' as const, command: process.execPath, args: [program] },
      ...change,
    });
    const inputs = [{ id: 'PORT', type: 'number' as const, isRequired: true }];
    await expect(gateway.admin.addServer(body({ inputs: [...inputs, { id: 'port' }] }))).rejects.toThrow(
      'the input "port" of the server "plain" cannot be used: there are two of that name, the other is "PORT"',
    );
    expect((await gateway.admin.listServers()).servers).toEqual([]);
    await gateway.addServer(body({ inputs }));
    expect(await gateway.cli(['set', 'plain', '--input', 'PORT=secret-that-is-no-number'])).toMatchObject({
      code: 2,
      stderr: expect.not.stringContaining('secret-that-is-no-number'),
    });
    expect(await gateway.cli(['set', 'plain', '--input', 'PROT=1'])).toMatchObject({
      stderr: expect.stringContaining('its inputs are: PORT'),
    });
    expect((await gateway.cli(['set', 'plain', '--input', 'PORT=8080'])).stdout).toContain(
      'plain: connected',
    );
  });
});

describe('a value that names a secret', () => {
  it('is filled in when the server starts, and the state says what is missing', async () => {
    const port = await freePort();
    const gateway = await start(dataFolder(), ['--key-source', 'file']);
    const file = join(folder, 'token');
    const add = await gateway.cli([
      ...[
        'add',
        'plain',
        '--wait-seconds',
        '5',
        '-e',
        `TOKEN=\${file:${file}}`,
        '-e',
        `OTHER=\${env:CANARY}`,
      ],
      ...['--', process.execPath, repositoryPath('test/fixtures/servers/stdio-server.mjs'), String(port)],
    ]);
    expect(add.stdout).toContain(
      `server "plain": variable "TOKEN" needs \${file:${file}}, and there is no such file`,
    );
    writeFileSync(file, 'now-it-is-there\n');
    expect((await gateway.cli(['refresh', 'plain'])).stdout).toContain('plain: connected');
  });

  it('runs a command only after an approval', async () => {
    const gateway = await start(dataFolder(), ['--key-source', 'file']);
    const words = (name: string, ...flags: readonly string[]) => [
      ...['add', name, ...flags, '-e', `TOKEN=\${exec:"${process.execPath}" -p 40+2}`],
      ...['--', process.execPath, repositoryPath('test/fixtures/servers/stdio-server.mjs')],
    ];
    expect(await gateway.cli(words('one'))).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('--allow-exec'),
    });
    expect((await gateway.cli(words('two', '--allow-exec'))).stdout).toContain('two: connected');
  });
});
