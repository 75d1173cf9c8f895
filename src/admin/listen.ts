/**
 * admin/listen — opens a unix socket that only this user can reach.
 *
 * The folder's mode (0700) is the guard; the socket's own mode (0600) is the second. A socket file whose owner is
 * gone is removed; one that somebody answers on is left alone.
 */
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describeError } from '../base/index.ts';
import { adminError } from './errors.ts';

const probeTimeoutMs = 1_000;

/** @throws admin.socket_taken, admin.socket_unusable */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  const isPipe = path.startsWith('\\\\.\\pipe\\');
  if (!isPipe) {
    prepareFolder(dirname(path));
    await removeIfStale(path);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? adminError('socket_taken', { path }, cause)
          : adminError('socket_unusable', { path, reason: cause.message }, cause),
      ),
    );
    server.listen(path, resolve);
  });
  if (!isPipe) chmodSync(path, 0o600);
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const facts = lstatSync(folder);
    if (!facts.isDirectory()) throw new Error(`${folder} is not a folder`);
    if (process.getuid !== undefined && facts.uid !== process.getuid()) {
      throw new Error(`${folder} belongs to another user`);
    }
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw adminError('socket_unusable', { path: folder, reason: describeError(cause) }, cause);
  }
}

async function removeIfStale(path: string): Promise<void> {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return;
  if (!facts.isSocket()) {
    throw adminError('socket_unusable', {
      path,
      reason: 'something that is not a socket is in its place',
      hint: `move ${path} away`,
    });
  }
  if (await isAnswered(path)) throw adminError('socket_taken', { path });
  rmSync(path, { force: true });
}

/** Does anybody accept connections on `path`? When in doubt, yes: a living daemon's socket must not be removed. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(probeTimeoutMs, () => done(true));
    socket.once('connect', () => done(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
