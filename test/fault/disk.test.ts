/**
 * fault/disk.test — a disk that is full, or takes no byte any more, under a running daemon.
 *
 * Rows 36 and 41 of the faults: what runs goes on, what would have to be stored is refused with the reason, no token is
 * spent that could not be kept, and when there is room again all is as it was.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { openWorld, type World } from '../support/sign-in-world.ts';
import { limitFileSize, openSmallDisk, type SmallDisk } from './small-disk.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
const keepsKeyInFile = { MCPMUX_KEY_SOURCE: 'file' };
let disk: SmallDisk;

/** A server that is switched off, with more to be sealed than any remainder of the disk holds. */
const sealedServer = (name: string) => ({
  name,
  isEnabled: false,
  launch: {
    kind: 'stdio' as const,
    command: process.execPath,
    args: [],
    env: Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`SECRET_${at}`, 'x'.repeat(65_000)])),
  },
});
const clientOf = (gateway: Gateway) =>
  RawHttpClient.connect({ url: gateway.mcpUrl(), era: 'legacy', headers: gateway.headers });

describe('a daemon whose disk', () => {
  let gateway: Gateway;
  let client: RawHttpClient;
  beforeAll(async () => {
    disk = await openSmallDisk(16);
    console.log(`the disk is made small by: ${disk.by}`);
    gateway = await startGateway({ dataDir: disk.folder, env: keepsKeyInFile });
    await gateway.addServer({
      name: 'echo',
      launch: { kind: 'stdio', command: process.execPath, args: [fixture] },
    });
    await gateway.admin.addServer(sealedServer('stored before'));
    client = await clientOf(gateway);
  });
  afterAll(async () => {
    client.close();
    await gateway.kill();
    await disk.close();
  });

  const names = async () => (await gateway.admin.listServers()).servers.map(({ name }) => name).sort();
  const callsSucceed = async () => {
    for (let n = 0; n < 50; n += 1) {
      const answer = await client.callTool('echo_echo', { n });
      expect(answer.result?.['content']).toEqual([{ type: 'text', text: `{"n":${n}}` }]);
    }
  };

  it.each([
    ['36: is full', (pid: number) => disk.fill(pid), (pid: number) => disk.free(pid), 'store.disk_full'],
    [
      '41: takes not one byte any more',
      (pid: number) => limitFileSize(pid, 0),
      (pid: number) => limitFileSize(pid, 'unlimited'),
      'store.not_writable',
    ],
  ])('%s serves calls, refuses what it cannot keep, and loses nothing', async (row, spoil, mend, code) => {
    const number = row.slice(0, 2);
    const before = await names();
    const expected = number === '36' && disk.by !== 'mount' ? 'store.not_writable' : code;
    await spoil(gateway.pid);
    await callsSucceed();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const refused = await gateway.admin.addServer(sealedServer('in vain')).catch((error: unknown) => error);
      expect(refused).toMatchObject({ status: 503, code: expected });
    }
    // Small ones may still find room; what is acknowledged has to be there afterwards.
    const key = await gateway.admin.createKey(`key ${number}`).catch((error: unknown) => error as Error);
    if (key instanceof Error) expect(key).toMatchObject({ status: 503, code: expected });
    await callsSucceed();
    expect(await names()).toEqual(before);
    await mend(gateway.pid);
    await gateway.admin.addServer(sealedServer(`after ${number}`));
    await callsSucceed();
    client.close();
    await gateway.kill();
    gateway = await startGateway({ dataDir: disk.folder, env: keepsKeyInFile });
    client = await clientOf(gateway);
    expect(await names()).toEqual([...before, `after ${number}`].sort());
    const keys = (await gateway.admin.listKeys()).keys.map(({ name }) => name);
    expect(keys.includes(`key ${number}`)).toBe(!(key instanceof Error));
    await callsSucceed();
  });
});

describe('a full disk', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    disk = await openSmallDisk(16);
    gateway = await startGateway({ dataDir: disk.folder, env: keepsKeyInFile });
  });
  afterEach(async () => {
    await gateway.kill();
    await disk.close();
  });
  const ready = async () => {
    const answer = await fetch(`${gateway.url}/readyz`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  };
  const problems = async () =>
    (await gateway.admin.getStatus()).problems
      .filter(({ about }) => about.kind === 'daemon')
      .map(({ code }) => code);

  it.each([
    ['is full', (pid: number) => disk.fill(pid), (pid: number) => disk.free(pid)],
    [
      'takes not one byte',
      (pid: number) => limitFileSize(pid, 0),
      (pid: number) => limitFileSize(pid, 'unlimited'),
    ],
  ])('R71 that %s is said by status, doctor and readyz until it is over', async (_, spoil, mend) => {
    expect(await ready()).toBe('200 ready');
    await spoil(gateway.pid);
    await gateway.admin.addServer(sealedServer('in vain')).catch(() => {});
    expect(await ready()).toMatch(/^200 degraded: the (?:disk is full|store cannot be written)$/);
    expect(await problems()).toEqual([expect.stringMatching(/^store\.(?:disk_full|not_writable)$/)]);
    expect((await gateway.cli(['status'])).stdout).toContain('the store cannot be written');
    const doctor = await gateway.cli(['doctor']);
    expect(doctor.code).not.toBe(0);
    expect(doctor.stdout).toContain('the store cannot be written');
    await mend(gateway.pid);
    await eventually('an end of the trouble', async () =>
      (await problems()).length === 0 && (await ready()) === '200 ready' ? true : undefined,
    );
    expect((await gateway.cli(['status'])).stdout).not.toContain('cannot be written');
  });

  it('R71 is known before somebody has written in vain', async (context) => {
    if (disk.by !== 'mount') context.skip();
    await disk.fill(gateway.pid);
    expect(await ready()).toBe('200 degraded: the disk is full');
  });

  it('R71 keeps no new client out, and their sessions are stored when there is room again', async () => {
    await limitFileSize(gateway.pid, 0);
    const client = await clientOf(gateway);
    expect((await client.request('tools/list')).result).toBeDefined();
    await limitFileSize(gateway.pid, 'unlimited');
    await eventually('the trouble is over', async () => ((await problems()).length === 0 ? true : undefined));
    await eventually('the session is stored', async () =>
      gateway.log().includes('kept in memory') ? true : undefined,
    );
    // Written by the timer, or at the end at the latest.
    process.kill(gateway.pid, 'SIGTERM');
    await gateway.exited;
    gateway = await startGateway({ dataDir: disk.folder, env: keepsKeyInFile, port: gateway.port });
    expect((await client.request('tools/list')).result).toBeDefined();
    client.close();
  });

  it('R71 holds no revocation up: the key is shut out at once, and it is said that this is not stored yet', async () => {
    const { key, text } = await gateway.admin.createKey('to be revoked');
    const call = async () =>
      (
        await fetch(gateway.mcpUrl(), {
          method: 'POST',
          headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
          body: '{}',
        })
      ).status;
    expect(await call()).not.toBe(401);
    await limitFileSize(gateway.pid, 0);
    const revoke = await gateway.cli(['key', 'revoke', 'to be revoked']);
    expect(revoke.code).toBe(6);
    expect(revoke.stderr).toContain('not stored yet');
    expect(await call()).toBe(401);
    const stored = async () =>
      (await gateway.admin.listKeys()).keys.find(({ id }) => id === key.id)?.isStored;
    expect(await stored()).toBe(false);
    await limitFileSize(gateway.pid, 'unlimited');
    await eventually('the revocation is stored', async () => ((await stored()) === true ? true : undefined));
    await gateway.kill();
    gateway = await startGateway({ dataDir: disk.folder, env: keepsKeyInFile, port: gateway.port });
    expect(await call()).toBe(401);
  });

  it('R71 stops a start with what is wrong and what to do', async (context) => {
    if (disk.by !== 'mount') context.skip();
    // What the daemon had open is given back with its end.
    await gateway.kill();
    await disk.fill(gateway.pid);
    const refused = await startGateway({ dataDir: disk.folder, env: keepsKeyInFile }).then(
      async (started) => {
        await started.kill();
        return 'it started';
      },
      (error: Error) => error.message,
    );
    expect(refused).toContain('the disk is full');
    expect(refused).toMatch(/next: free some space/);
  });
});

describe('a token that is to be renewed', () => {
  let world: World;
  beforeEach(async () => {
    disk = await openSmallDisk(16);
  });
  afterEach(async () => {
    await world.close();
    await disk.close();
  });

  it.each([
    ['36: while the disk is full', (pid: number) => disk.fill(pid), (pid: number) => disk.free(pid)],
    [
      '41: while not one byte can be written',
      (pid: number) => limitFileSize(pid, 0),
      (pid: number) => limitFileSize(pid, 'unlimited'),
    ],
  ])(
    '%s is not spent, the caller is told why, and the sign-in outlives the daemon',
    async (_, spoil, mend) => {
      world = await openWorld({
        authorizationServer: { accessTokenSeconds: 5 },
        gateway: { dataDir: disk.folder, flags: ['--key-source', 'file'] },
      });
      await world.add();
      expect((await world.login()).stdout).toContain('tracker: connected');
      await spoil(world.gateway.pid);
      const { counts } = world.authorizationServer;
      const before = counts.refreshed;
      const refused = await eventually(
        'a call that needs another token',
        async () => {
          const outcome = await world.gateway.admin.callTool('tracker_test_simple_text', {});
          return outcome.kind === 'error' ? outcome.message : undefined;
        },
        { everyMs: 100, timeoutMs: 20_000 },
      );
      expect(refused).toMatch(/disk is full|cannot write to/);
      expect(refused).not.toContain('cannot be reached');
      // Nobody went to the provider with a refresh token whose successor could not have been kept.
      expect(counts.refreshed).toBe(before);
      await mend(world.gateway.pid);
      await world.gateway.kill();
      await world.restart();
      await world.until('connected', 45_000);
      expect(counts.grantsRevoked).toBe(0);
    },
  );
});
