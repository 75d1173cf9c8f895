/**
 * upstream/secret-references/read-secret — reads one secret from where it is kept: environment, file, keychain, command.
 *
 * Every way has a deadline and a size; what is read is never part of a message.
 */
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { describeError } from '../../base/index.ts';
import { type Keychain, keychain as systemKeychain } from '../../platform/index.ts';
import type { SecretReference } from './find.ts';
import { splitCommand } from './split-command.ts';

/** Larger than any key or token. */
const maxBytes = 64 * 1024;
/** Long enough for a person to touch a key or unlock a vault. */
const commandTimeoutMs = 60_000;
const keychainTimeoutMs = 10_000;

export type ReadSecret =
  | { readonly kind: 'read'; readonly value: string }
  /** Why not, as a clause after "and", and what to do about it. */
  | { readonly kind: 'failed'; readonly reason: string; readonly hint?: string };

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The keychain of this system, when nothing else is given. */
  readonly keychain?: Keychain;
}

/** @returns what was read, without the line break at its end */
export async function readSecret(reference: SecretReference, sources: SecretSources): Promise<ReadSecret> {
  const { kind, target } = reference;
  if (target === '') return { kind: 'failed', reason: `nothing stands behind "${kind}:"` };
  const found = await readFrom(kind, target, sources);
  if (found.kind === 'failed') return found;
  const value = found.value.replace(/\r?\n$/, '');
  return value === '' ? { kind: 'failed', reason: 'it is empty' } : { kind: 'read', value };
}

function readFrom(
  kind: SecretReference['kind'],
  target: string,
  sources: SecretSources,
): ReadSecret | Promise<ReadSecret> {
  switch (kind) {
    case 'env':
      return readVariable(target, sources.env);
    case 'file':
      return readFile(target);
    case 'keychain':
      return readKeychain(target, sources.keychain ?? systemKeychain);
    case 'exec':
      return runCommand(target, sources.env);
  }
}

function readVariable(name: string, env: SecretSources['env']): ReadSecret {
  const value = env[name];
  return value === undefined
    ? {
        kind: 'failed',
        reason: 'that variable is not set for the daemon',
        hint: 'set it where the daemon is started, then start it again',
      }
    : { kind: 'read', value };
}

async function readFile(target: string): Promise<ReadSecret> {
  const path = target.startsWith('~/') ? join(homedir(), target.slice(2)) : target;
  if (!isAbsolute(path)) return { kind: 'failed', reason: 'its path is not absolute' };
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maxBytes) return { kind: 'failed', reason: `the file is larger than ${maxBytes} bytes` };
      // A mounted secret may be a pipe or report no size; so the cap is kept while reading, too.
      const buffer = Buffer.alloc(maxBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
        length += bytesRead;
        if (bytesRead === 0) break;
        if (length > maxBytes) return { kind: 'failed', reason: `the file is larger than ${maxBytes} bytes` };
      }
      return { kind: 'read', value: buffer.toString('utf8', 0, length) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'failed', reason: 'there is no such file' };
    if (code === 'EACCES') return { kind: 'failed', reason: 'the daemon may not read that file' };
    return { kind: 'failed', reason: `the file cannot be read: ${describeError(error)}` };
  }
}

async function readKeychain(target: string, keychain: Keychain): Promise<ReadSecret> {
  const at = target.lastIndexOf('/');
  const [service, account] = [target.slice(0, at), target.slice(at + 1)];
  if (at < 1 || account === '') return { kind: 'failed', reason: 'it must be SERVICE/ACCOUNT' };
  try {
    const value = await keychain.ask(
      service,
      account,
      (entry, signal) => entry.getPassword(signal),
      keychainTimeoutMs,
    );
    return value === null || value === undefined
      ? { kind: 'failed', reason: 'the keychain has no such entry' }
      : { kind: 'read', value };
  } catch (error) {
    return { kind: 'failed', reason: `the keychain could not be asked: ${describeError(error)}` };
  }
}

/** Runs it without a shell. What it says on stderr is not shown: it may be the secret itself. */
function runCommand(command: string, env: SecretSources['env']): ReadSecret | Promise<ReadSecret> {
  const words = splitCommand(command);
  const [program, ...args] = words ?? [];
  if (program === undefined) return { kind: 'failed', reason: 'its quotes do not match' };
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: { ...env }, timeout: commandTimeoutMs, maxBuffer: maxBytes, windowsHide: true },
      (error, stdout) => {
        if (error === null) return resolve({ kind: 'read', value: stdout });
        resolve({ kind: 'failed', reason: reasonOf(error), hint: 'run that command by hand to see more' });
      },
    ).stdin?.end();
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean; signal?: unknown }): string {
  if (error.code === 'ENOENT') return 'the command was not found';
  if (error.code === 'EACCES') return 'the command may not be run';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it said more than ${maxBytes} bytes`;
  if (error.killed === true) return `the command did not end within ${commandTimeoutMs / 1_000} s`;
  return typeof error.code === 'number'
    ? `the command ended with exit code ${error.code}`
    : 'the command could not be run';
}
