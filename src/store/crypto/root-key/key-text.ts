/**
 * store/crypto/root-key/key-text — how a root key is written down: one line that says what it is.
 */
import { keyBytes } from '../aead.ts';

const prefix = 'mcpmux-root-key-1:';
const pattern = /^mcpmux-root-key-1:([A-Za-z0-9_-]{43})\n?$/;
/** Prefix, 43 characters, line end. Anything much longer is no key. */
export const maxKeyTextBytes = 128;

export function writeKeyText(key: Buffer): string {
  return `${prefix}${key.toString('base64url')}\n`;
}

/** @returns undefined when this is not a key as `writeKeyText` writes it */
export function readKeyText(text: string): Buffer | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const key = Buffer.from(match[1] as string, 'base64url');
  return key.length === keyBytes ? key : undefined;
}

/** Keys that an operator made: ours, 32 raw bytes, 64 hex digits, or base64 of 32 bytes. */
export function readForeignKey(content: Buffer): Buffer | undefined {
  if (content.length === keyBytes) return Buffer.from(content);
  const text = content.toString('latin1').trim();
  const ours = readKeyText(`${text}\n`);
  if (ours !== undefined) return ours;
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) {
    const key = Buffer.from(text, 'base64');
    if (key.length === keyBytes) return key;
  }
  return undefined;
}
