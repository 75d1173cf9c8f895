/**
 * store/crypto/record — the text form of something sealed: `v1.<key id>.<nonce>.<ciphertext and tag>`.
 *
 * The text opens only at the address it was sealed for: moved to another row, column or generation, or with the
 * thing it is meant for (`binding`) changed, it does not open.
 * Knows nothing of: where keys come from.
 */
import { open, seal } from './aead.ts';

const version = 'v1';
const textPattern = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/;

/** Where a sealed value lives and what it may be used for. All of it is authenticated, none of it is stored in the text. */
export interface RecordAddress {
  readonly spaceId: string;
  readonly table: string;
  readonly recordId: string;
  readonly column: string;
  /** 0 where rows have none. */
  readonly generation: number;
  /** What the value is meant for: an origin, an issuer, a command. Empty where it is for nothing in particular. */
  readonly binding: string;
}

/** The parts of an address as associated data. The first word keeps purposes apart that share a key. */
export function addressParts(address: RecordAddress): readonly string[] {
  return [
    'mcpmux-record-v1',
    address.spaceId,
    address.table,
    address.recordId,
    address.column,
    String(address.generation),
    address.binding,
  ];
}

/** @param keyId 16 hex characters */
export function sealText(keyId: string, key: Uint8Array, plain: Uint8Array, associated: Uint8Array): string {
  const sealed = seal(key, plain, associated);
  return `${version}.${keyId}.${sealed.nonce.toString('base64url')}.${sealed.content.toString('base64url')}`;
}

/** The id of the key that sealed it, or undefined when this is no sealed text. */
export function keyIdOf(text: string): string | undefined {
  return textPattern.exec(text)?.[1];
}

/** @returns undefined when it is no sealed text, or does not open with this key and associated data */
export function openText(text: string, key: Uint8Array, associated: Uint8Array): Buffer | undefined {
  const match = textPattern.exec(text);
  if (match === null) return undefined;
  const nonce = Buffer.from(match[2] as string, 'base64url');
  const content = Buffer.from(match[3] as string, 'base64url');
  // Base64 has spare bits at its end; a text that says the same in another way is not ours.
  if (content.toString('base64url') !== match[3]) return undefined;
  return open(key, { nonce, content }, associated);
}
