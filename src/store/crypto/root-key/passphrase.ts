/**
 * store/crypto/root-key/passphrase — a root key that is nowhere: made from a passphrase each time.
 */
import { randomBytes, scrypt } from 'node:crypto';
import type { JsonObject, Secret } from '../../../base/index.ts';
import { storeError } from '../../errors.ts';
import { keyBytes } from '../aead.ts';
import { asRootKey, type RootKeyProvider } from './root-key.ts';

/** Asks for the passphrase. @returns undefined when nobody can be asked */
export type AskPassphrase = (question: { readonly isNew: boolean }) => Promise<Secret | undefined>;

/** About 0.4 s and 128 MiB a guess. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
const saltBytes = 16;
/** What a stored record may ask of us; a changed row shall not be able to take all memory. */
const maxN = 2 ** 20;
const maxBlock = 32;
export const minPassphraseLength = 8;

export interface KdfFacts {
  readonly kdf: 'scrypt';
  readonly salt: string;
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export function newKdfFacts(): KdfFacts {
  return { kdf: 'scrypt', salt: randomBytes(saltBytes).toString('base64url'), ...cost };
}

/** @returns undefined when the facts are not ours or ask for too much */
export function readKdfFacts(facts: JsonObject): KdfFacts | undefined {
  const { kdf, salt, N, r, p } = facts;
  const isCount = (value: unknown, max: number): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
  if (kdf !== 'scrypt' || typeof salt !== 'string' || salt.length < 20) return undefined;
  if (!isCount(N, maxN) || N < 2 ** 14 || (N & (N - 1)) !== 0) return undefined;
  if (!isCount(r, maxBlock) || !isCount(p, 4)) return undefined;
  return { kdf, salt, N, r, p };
}

/** The same characters typed on another system give the same key (Unicode NFKC). Runs off the event loop. */
export function deriveKey(passphrase: Secret, facts: KdfFacts): Promise<Buffer> {
  const { N, r, p } = facts;
  const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(
      Buffer.from(passphrase.reveal().normalize('NFKC'), 'utf8'),
      Buffer.from(facts.salt, 'base64url'),
      keyBytes,
      { N, r, p, maxmem },
      (error, key) => (error === null ? resolve(key) : reject(error)),
    );
  });
}

/** @throws store.bad_passphrase */
export function checkNewPassphrase(passphrase: Secret, what: string): void {
  if (passphrase.reveal().length < minPassphraseLength)
    throw storeError('bad_passphrase', {
      what,
      reason: `a passphrase needs at least ${minPassphraseLength} characters`,
    });
}

export function passphraseProvider(ask: AskPassphrase | undefined): RootKeyProvider {
  async function passphraseFor(isNew: boolean): Promise<Secret> {
    const passphrase = await ask?.({ isNew });
    if (passphrase === undefined)
      throw storeError('bad_passphrase', {
        what: 'the credentials are sealed with a passphrase',
        reason: 'none was given',
      });
    return passphrase;
  }
  return {
    source: 'passphrase',
    where: 'a passphrase',
    async create() {
      const passphrase = await passphraseFor(true);
      checkNewPassphrase(passphrase, 'the new passphrase is refused');
      const facts = newKdfFacts();
      return asRootKey(await deriveKey(passphrase, facts), { ...facts });
    },
    async read({ id, facts }) {
      const kdf = readKdfFacts(facts);
      if (kdf === undefined)
        throw storeError('bad_key', {
          location: 'the database',
          reason: 'its passphrase settings are damaged',
        });
      const root = asRootKey(await deriveKey(await passphraseFor(false), kdf), facts);
      if (root.id !== id)
        throw storeError('bad_passphrase', {
          what: 'the credentials stay locked',
          reason: 'the passphrase is wrong',
        });
      return root;
    },
    async destroy() {
      // There is nothing kept that could be forgotten.
    },
  };
}
