/**
 * store/crypto/root-key/credential-file — a root key that an operator gives as a file: systemd credential, mounted secret.
 *
 * The file is read, never written. It may be reached through links (Kubernetes mounts are), but only the owner may read it.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
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
      hint: `name it with --key-file, or start under systemd with LoadCredential=${credentialName}:FILE`,
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
    if (platform.files.hasModes && (facts.mode & 0o077) !== 0)
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
