/**
 * store/crypto/root-key/keychain — root keys in the operating system's keychain, through the optional `@napi-rs/keyring`.
 *
 * Protects against other users and stolen disks, not against other programs of the same user.
 * One entry a key, named by its fingerprint; every question has a deadline, because a keychain may ask a person first.
 */
import { describeError, isMcpMuxError } from '../../../base/index.ts';
import { Keychain, type KeychainEntry, type KeyringLoader, keychain } from '../../../platform/index.ts';
import { storeError } from '../../errors.ts';
import { readKeyText, writeKeyText } from './key-text.ts';
import { asRootKey, newRootKey, type RootKeyProvider } from './root-key.ts';

export type { KeyringLoader } from '../../../platform/index.ts';

const service = 'mcpmux';
const accountOf = (id: string) => `root-key-${id}`;
/** Long enough for an unlock prompt to be seen, short enough that a start does not seem to hang. */
const defaultTimeoutMs = 5_000;

export interface KeychainOptions {
  readonly load?: KeyringLoader | undefined;
  readonly timeoutMs?: number | undefined;
}

export function keychainProvider(options: KeychainOptions = {}): RootKeyProvider {
  const asked = options.load === undefined ? keychain : new Keychain(options.load);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;

  /** All that a keychain can do wrong becomes one error with its reason. */
  async function ask<T>(
    id: string,
    question: (entry: KeychainEntry, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await asked.ask(service, accountOf(id), question, timeoutMs);
    } catch (error) {
      if (isMcpMuxError(error)) throw error;
      throw storeError('keychain', { reason: reasonOf(error) }, error);
    }
  }

  return {
    source: 'keychain',
    where: 'the keychain of this machine',
    async create() {
      const root = newRootKey();
      const text = writeKeyText(root.key).trim();
      const stored = await ask(root.id, async (entry, signal) => {
        await entry.setPassword(text, signal);
        return entry.getPassword(signal);
      });
      if (stored !== text) throw storeError('keychain', { reason: 'it did not give back what it was given' });
      return root;
    },
    async read({ id }) {
      const text = await ask(id, (entry, signal) => entry.getPassword(signal));
      if (text === null || text === undefined) return undefined;
      const key = readKeyText(text);
      const root = key === undefined ? undefined : asRootKey(key);
      if (root?.id !== id)
        throw storeError('bad_key', {
          location: `the keychain entry "${accountOf(id)}"`,
          reason: 'it holds something else',
          hint: 'restore a backup: mcpmux restore FILE',
        });
      return root;
    },
    async destroy({ id }) {
      await ask(id, (entry, signal) => entry.deletePassword(signal));
    },
  };
}

function reasonOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return 'the package @napi-rs/keyring is not installed';
  return describeError(error);
}
