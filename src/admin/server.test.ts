/**
 * admin/server.test — the admin API on a real unix socket: who may reach it, streams, ends.
 */
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer as createNetServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../../test/support/deadline.ts';
import { deferred } from '../../test/support/deferred.ts';
import { createFakeAdmin, type FakeAdmin, fakeNow, fakeState } from '../../test/support/fake-admin.ts';
import { sendOverSocket } from '../../test/support/gateway.ts';
import { isMcpMuxError } from '../base/index.ts';
import { AdminClient, AdminProblem } from '../contract/index.ts';
import type { ServerId } from '../model/index.ts';
import { type AdminServer, createAdminServer } from './index.ts';

let folder: string;
let socketPath: string;
let fake: FakeAdmin;
const closers: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-admin-'));
  socketPath = join(folder, 'run', 'admin.sock');
  fake = createFakeAdmin();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<AdminServer> {
  const server = await createAdminServer({ ...fake.parts, socketPath });
  closers.push(() => server.close());
  return server;
}

function client(): AdminClient {
  return new AdminClient(sendOverSocket(socketPath));
}

describe('the socket', () => {
  it('can be reached by this user only, whatever the folder allowed before', async () => {
    mkdirSync(join(folder, 'run'));
    chmodSync(join(folder, 'run'), 0o777);
    await start();
    expect(lstatSync(join(folder, 'run')).mode & 0o777).toBe(0o700);
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
    expect((await client().getStatus()).version).toBe('0.1.0');
  });

  it('takes the place of one whose owner is gone', async () => {
    mkdirSync(join(folder, 'run'));
    await leaveStaleSocket(socketPath);
    expect(existsSync(socketPath)).toBe(true);
    await start();
    expect((await client().getStatus()).pid).toBe(123);
  });

  it('leaves one alone that somebody answers on', async () => {
    await start();
    const second = createAdminServer({ ...fake.parts, socketPath });
    await expect(second).rejects.toSatisfy((error) => isMcpMuxError(error, 'admin.socket_taken'));
    expect((await client().getStatus()).pid).toBe(123);
  });

  it('does not remove a file that is no socket', async () => {
    mkdirSync(join(folder, 'run'));
    writeFileSync(socketPath, 'mine');
    const refused = createAdminServer({ ...fake.parts, socketPath });
    await expect(refused).rejects.toSatisfy((error) => isMcpMuxError(error, 'admin.socket_unusable'));
    expect(lstatSync(socketPath).size).toBe(4);
  });

  it('is gone after close, which is safe to call twice', async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
    expect(existsSync(socketPath)).toBe(false);
  });
});

describe('streams', () => {
  it('tells domain events in order, after saying from which sequence on', async () => {
    await start();
    fake.publish({ type: 'gateway.server_removed', serverId: 's9' as ServerId, name: 'before' });
    const events = client().streamEvents();
    expect((await events.next()).value).toMatchObject({ seq: 1, type: 'stream.opened', serverId: null });
    fake.publish({ type: 'gateway.server_enabled', serverId: 's1' as ServerId, name: 'github' });
    fake.publish({
      type: 'upstream.status_changed',
      state: fakeState('s1', 'waiting', { reason: 'it ended' }),
    });
    expect((await events.next()).value).toEqual({
      seq: 2,
      at: fakeNow,
      type: 'gateway.server_enabled',
      serverId: 's1',
      data: { serverId: 's1', name: 'github' },
    });
    expect((await events.next()).value).toMatchObject({
      seq: 3,
      type: 'upstream.status_changed',
      serverId: 's1',
      data: { state: { status: 'waiting', reason: 'it ended', pid: null } },
    });
    await events.return();
  });

  it('forgets a reader that leaves', async () => {
    await start();
    const leave = new AbortController();
    const lines = client().followLog(undefined, {}, leave.signal);
    const first = lines.next();
    await eventually('a follower', () => fake.listeners() || undefined);
    leave.abort();
    await expect(first).rejects.toThrow();
    await eventually('no follower', () => (fake.listeners() === 0 ? true : undefined));
  });

  it('loses and doubles no line between the past and what follows', async () => {
    await start();
    const entry = (message: string) => ({ at: fakeNow, level: 'info', source: 'stderr', message }) as const;
    fake.appendLog('s1', entry('past'));
    const { serverLog } = fake.parts;
    const read = serverLog.read.bind(serverLog);
    serverLog.read = (id, options) => {
      // Comes while the past is being read: it is in both.
      if (id === 's1') fake.appendLog('s1', entry('between'));
      return read(id, options);
    };
    const lines = client().followLog('github');
    const got = [(await lines.next()).value?.message, (await lines.next()).value?.message];
    fake.appendLog('s1', entry('after'));
    got.push((await lines.next()).value?.message);
    expect(got).toEqual(['past', 'between', 'after']);
    await lines.return();
  });

  it('ends with the daemon', async () => {
    const server = await start();
    const events = client().streamEvents();
    await events.next();
    await withDeadline(server.close(), 5_000, 'the server did not close');
    expect((await events.next()).done).toBe(true);
  });
});

describe('calls', () => {
  it('are given up when the caller leaves', async () => {
    await start();
    const begun = deferred<AbortSignal>();
    fake.answersCall = (_tool, _args, signal) => {
      begun.resolve(signal);
      return new Promise(() => {});
    };
    const leave = new AbortController();
    const call = client().callTool('github_search', {}, leave.signal);
    const signal = await begun.promise;
    expect(signal.aborted).toBe(false);
    leave.abort();
    await expect(call).rejects.toThrow();
    await eventually('the call given up', () => signal.aborted || undefined);
  });

  it('reach names with slashes, blanks and dots as they are', async () => {
    await start();
    for (const name of ['a/b', 'a b', '..', 'ü%2f?x#y']) {
      const refused = client().getServer(name);
      await expect(refused).rejects.toSatisfy(
        (error) => error instanceof AdminProblem && error.message === `there is no server "${name}"`,
      );
    }
  });
});

/** A socket file as a daemon leaves it that was killed: nobody listens behind it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server: Server = createNetServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  // Closing removes the file; a second name for it keeps it.
  linkSync(path, `${path}.kept`);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  renameSync(`${path}.kept`, path);
}

describe('hostile input', () => {
  it.each([
    ['GET // HTTP/1.1\r\nHost: localhost\r\n\r\n', 404],
    ['GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['GET /api/v1/servers/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
    [
      'POST /api/v1/servers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{"a',
      400,
    ],
    ['nonsense\r\n\r\n', 400],
  ])('R66 %j is answered and costs nobody else', async (text, status) => {
    await start();
    const socket = connect(socketPath);
    socket.on('error', () => {});
    socket.write(text);
    const [answer] = (await withDeadline(once(socket, 'data'), 5_000, 'an answer')) as [Buffer];
    expect(answer.toString('latin1')).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
    expect((await client().getStatus()).version).toBe('0.1.0');
  });
});
