/**
 * store/crypto/aead — AES-256-GCM with a random nonce, and associated data that cannot be read two ways.
 *
 * Knows nothing of: keys' origin, what is sealed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export const keyBytes = 32;
/** 96 bits, as NIST SP 800-38D asks for; random, so a key seals at most 2^32 values. */
const nonceBytes = 12;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';

/** Each part with its length before it, so that no two lists give the same bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  const buffers: Buffer[] = [];
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    buffers.push(length, bytes);
  }
  return Buffer.concat(buffers);
}

export interface Sealed {
  readonly nonce: Buffer;
  /** Ciphertext with the tag behind it. */
  readonly content: Buffer;
}

export function seal(key: Uint8Array, plain: Uint8Array, associated: Uint8Array): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  cipher.setAAD(associated);
  const content = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { nonce, content };
}

/** @returns undefined when key, nonce, content or associated data are not those of the sealing */
export function open(key: Uint8Array, sealed: Sealed, associated: Uint8Array): Buffer | undefined {
  if (sealed.nonce.length !== nonceBytes || sealed.content.length < tagBytes) return undefined;
  const split = sealed.content.length - tagBytes;
  const decipher = createDecipheriv(algorithm, key, sealed.nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.content.subarray(split));
  try {
    return Buffer.concat([decipher.update(sealed.content.subarray(0, split)), decipher.final()]);
  } catch {
    return undefined; // The only failure of final() here is a tag that does not fit.
  }
}
