/**
 * store/crypto/root-key/choose — which place the root key is kept in.
 *
 * `auto` means: what this database used before; for a new one the keychain when it works, else a key file, with a
 * notice, because a key beside the database protects less than people may think.
 */
import { existsSync } from 'node:fs';
import { isMcpMuxError } from '../../../base/index.ts';
import { credentialProvider, defaultCredentialFile } from './credential-file.ts';
import { keyFileProvider } from './key-file.ts';
import { type KeyringLoader, keychainProvider } from './keychain.ts';
import { type AskPassphrase, passphraseProvider } from './passphrase.ts';
import type { RootKey, RootKeyProvider, RootKeyRecord, RootKeySource } from './root-key.ts';

export interface RootKeyOptions {
  readonly source: 'auto' | RootKeySource;
  /** Key files live in its `keys` folder. */
  readonly dataFolder: string;
  /** `credential`: the file with the key. Default: `mcpmux-root-key` in $CREDENTIALS_DIRECTORY. */
  readonly credentialFile?: string | undefined;
  /** `passphrase`: asks the person, a descriptor, a form. Never an argument or an environment variable. */
  readonly askPassphrase?: AskPassphrase | undefined;
  readonly keychainTimeoutMs?: number | undefined;
  /** For tests: stands in for `@napi-rs/keyring`. */
  readonly loadKeyring?: KeyringLoader | undefined;
}

/** Why the key lies beside the database, for `mcpmux status`. */
export const keyFileNotice =
  'the root key is a file in the data folder, because the keychain of this machine could not be used; ' +
  'whoever copies the whole data folder can read the credentials';

export interface ChosenKey {
  readonly provider: RootKeyProvider;
  readonly root: RootKey;
}

/** The provider for a key that exists. `auto` follows the record. */
export function chooseRootKey(options: RootKeyOptions, used: RootKeyRecord): RootKeyProvider {
  return providerOf(options.source === 'auto' ? used.source : options.source, options, used);
}

/**
 * Makes the first root key of a database, or another one.
 *
 * @param used the one that is in force
 * @throws store.keychain, store.bad_key, store.bad_passphrase, store.not_writable: as the explicit source says
 */
export async function createRootKey(options: RootKeyOptions, used?: RootKeyRecord): Promise<ChosenKey> {
  if (options.source !== 'auto') return createWith(providerOf(options.source, options, used));
  // A credential that was handed to this process is a wish that needs no second word.
  const handedIn = defaultCredentialFile();
  if (options.credentialFile !== undefined || (handedIn !== undefined && existsSync(handedIn)))
    return createWith(providerOf('credential', options));
  try {
    return await createWith(providerOf('keychain', options));
  } catch (error) {
    if (!isMcpMuxError(error, 'store.keychain')) throw error;
  }
  const { provider, root } = await createWith(providerOf('file', options));
  return { provider, root: { ...root, facts: { ...root.facts, isFallback: true } } };
}

async function createWith(provider: RootKeyProvider): Promise<ChosenKey> {
  return { provider, root: await provider.create() };
}

function providerOf(source: RootKeySource, options: RootKeyOptions, used?: RootKeyRecord): RootKeyProvider {
  switch (source) {
    case 'file':
      return keyFileProvider(options.dataFolder);
    case 'keychain':
      return keychainProvider({ load: options.loadKeyring, timeoutMs: options.keychainTimeoutMs });
    case 'passphrase':
      return passphraseProvider(options.askPassphrase);
    case 'credential': {
      const usedPath = used?.facts['path'];
      const former = typeof usedPath === 'string' ? usedPath : undefined;
      return credentialProvider(options.credentialFile ?? defaultCredentialFile() ?? former);
    }
  }
}
