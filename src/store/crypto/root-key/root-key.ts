/**
 * store/crypto/root-key/root-key — the key that wraps all others, and how it is recognised.
 *
 * A root key is known by its fingerprint. Files and keychain entries carry the fingerprint in their name, so that
 * two keys never compete for one place and a rotation that was killed leaves both where they can be found.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { JsonObject } from '../../../base/index.ts';
import { keyBytes, lengthPrefixed } from '../aead.ts';
import { openText, sealText } from '../record.ts';
import type { RootKeySource } from './sources.ts';

export type { RootKeySource };

export interface RootKey {
  /** Fingerprint: 16 hex characters that tell nothing of the key. */
  readonly id: string;
  readonly key: Buffer;
  /** What the source needs to find the key again, kept in the database. Holds no secret. */
  readonly facts: JsonObject;
}

/** What the database knows of a root key. */
export interface RootKeyRecord {
  readonly id: string;
  readonly source: RootKeySource;
  readonly facts: JsonObject;
  readonly canary: string;
}

/** One place where root keys are kept. */
export interface RootKeyProvider {
  readonly source: RootKeySource;
  /** For people: the folder, "the keychain of this machine" … */
  readonly where: string;
  /** Makes a new key and keeps it durably, beside those that are there. @throws store.* */
  create(): Promise<RootKey>;
  /** @returns undefined when it is not there. @throws store.* when it is there and may not be used */
  read(record: Pick<RootKeyRecord, 'id' | 'facts'>): Promise<RootKey | undefined>;
  /** Forgets a key that nothing is sealed with any more. */
  destroy(record: Pick<RootKeyRecord, 'id' | 'facts'>): Promise<void>;
}

export function fingerprintOf(key: Uint8Array): string {
  return createHmac('sha256', key).update('mcpmux root key id').digest('hex').slice(0, 16);
}

export function newRootKey(facts: JsonObject = {}): RootKey {
  return asRootKey(randomBytes(keyBytes), facts);
}

export function asRootKey(key: Buffer, facts: JsonObject = {}): RootKey {
  return { id: fingerprintOf(key), key, facts };
}

const canaryText = 'mcpmux: this is the right key';

function canaryAddress(id: string): Buffer {
  return lengthPrefixed(['mcpmux-canary-v1', id]);
}

/** A known sentence sealed with the key: opens only with the same one. */
export function makeCanary(root: RootKey): string {
  return sealText(root.id, root.key, Buffer.from(canaryText), canaryAddress(root.id));
}

export function canaryFits(root: RootKey, canary: string): boolean {
  const plain = openText(canary, root.key, canaryAddress(root.id));
  const expected = Buffer.from(canaryText);
  return plain !== undefined && plain.length === expected.length && timingSafeEqual(plain, expected);
}
