/**
 * store/crypto/root-key/credential-file — a root key that an operator gives as a file: systemd credential, mounted secret.
 *
 * The file is read, never written. It may be reached through links (Kubernetes mounts are), but only the owner may read it.
 */
import { constants } from 'node:fs';
import { access, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { describeError } from '../../../base/index.ts';
import { platform } from '../../../platform/index.ts';
import { storeError } from '../../errors.ts';
import { maxKeyTextBytes, readForeignKey } from './key-text.ts';
import { asRootKey, type RootKey, type RootKeyProvider } from './root-key.ts';

export const credentialName = 'mcpmux-root-key';

/** Where systemd puts `LoadCredential=mcpmux-root-key:…`; undefined when we were not started so. */
export function defaultCredentialFile(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = environment['CREDENTIALS_DIRECTORY'];
  return folder === undefined || folder === '' ? undefined : join(folder, credentialName);
}

export function credentialProvider(path: string | undefined): RootKeyProvider {
  return {
    source: 'credential',
    where: path ?? `the credential "${credentialName}"`,
    async create() {
      const root = await readCredential(path);
      if (root === undefined)
        throw storeError('bad_key', {
          location: path,
          reason: 'there is no such file',
          hint: 'make one with: (umask 077; openssl rand -hex 32 > FILE)',
        });
      return root;
    },
    async read({ id }) {
      const root = await readCredential(path);
      if (root !== undefined && root.id !== id)
        throw storeError('bad_key', {
          location: path,
          reason: 'it is another key than the one the credentials are sealed with',
          hint: 'give the former file; to change keys: mcpmux key rotate',
        });
      return root;
    },
    async destroy() {
      // The operator's file is the operator's to remove.
    },
  };
}

async function readCredential(path: string | undefined): Promise<RootKey | undefined> {
  if (path === undefined)
    throw storeError('bad_key', {
      location: `the credential "${credentialName}"`,
      reason: 'no file was named',
      hint: `start under systemd with LoadCredential=${credentialName}:FILE; elsewhere set CREDENTIALS_DIRECTORY to the folder that holds a file of that name`,
    });
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // Not waiting: a pipe in its place would hold up the start for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw storeError('bad_key', { location: path, reason: describeError(error) }, error);
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw storeError('bad_key', { location: path, reason: 'it is not a plain file' });
    if (platform.files.hasModes && !(await isGuarded(path, facts)))
      throw storeError('exposed', {
        location: path,
        mode: `0${(facts.mode & 0o777).toString(8)}`,
        wanted: '400',
      });
    if (facts.size > maxKeyTextBytes)
      throw storeError('bad_key', { location: path, reason: 'it is too long' });
    const key = readForeignKey(await file.readFile());
    if (key === undefined)
      throw storeError('bad_key', {
        location: path,
        reason: 'it holds neither 32 bytes nor 64 hex digits nor their base64',
        hint: 'make one with: (umask 077; openssl rand -hex 32 > FILE)',
      });
    return asRootKey(key, { path });
  } finally {
    await file.close();
  }
}

/**
 * Kubernetes (fsGroup), Docker secrets and systemd hand a secret over with mode 0440 or 0444, in a mount of its own that
 * nobody can change. Such a file is root's or ours, and cannot be written by anybody else; the place guards it. Elsewhere
 * nobody but us may read it.
 */
async function isGuarded(
  path: string,
  facts: { readonly mode: number; readonly uid: number },
): Promise<boolean> {
  if ((facts.mode & 0o077) === 0) return true;
  const us = process.getuid?.() ?? 0;
  if ((facts.mode & 0o022) !== 0 || (facts.uid !== 0 && facts.uid !== us)) return false;
  return isHandedOver(await realpath(path).catch(() => path));
}

/** Below the folder of the service manager, where the runtimes of containers mount secrets, or on a read-only mount. */
async function isHandedOver(path: string): Promise<boolean> {
  const given = process.env['CREDENTIALS_DIRECTORY'];
  const folders = [
    ...(given === undefined || given === '' ? [] : [given]),
    '/run/secrets',
    '/run/credentials',
  ];
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => folder);
    if (path.startsWith(`${real}${sep}`)) return true;
  }
  try {
    // Root may write past every mode, but not to a read-only mount.
    await access(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
