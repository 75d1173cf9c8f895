/**
 * auth/key-text — how the text of an API key is made and recognised.
 *
 *     mcpk_ + 43 characters of [0-9A-Za-z] (256 bits) + 6 characters CRC-32 of all before
 *
 * The prefix and the checksum let secret scanners find a leaked key without guessing, and let us turn away nonsense
 * without hashing it.
 * Knows nothing of: who holds a key.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { randomText } from '../base/index.ts';

const prefix = 'mcpk_';
/** 62^43 > 2^256. */
const randomLength = 43;
/** 62^6 > 2^32. */
const checksumLength = 6;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** For secret scanners. Every key matches; what matches is a key when its checksum is right. */
export const keyTextPattern = /\bmcpk_[0-9A-Za-z]{49}\b/;

export function newKeyText(): string {
  return newCredentialText(prefix);
}

/** The text of a credential of another kind, made the same way. @param kind its prefix, such as `mcpat_` */
export function newCredentialText(kind: string): string {
  const body = kind + randomText(randomLength);
  return body + checksum(body);
}

/** Is it a well-formed credential of this kind? */
export function isCredentialText(text: string, kind: string): boolean {
  if (text.length !== kind.length + randomLength + checksumLength || !text.startsWith(kind)) return false;
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength);
}

/** Is it well-formed, checksum included? Says nothing about whether the key exists. */
export function isKeyText(text: string): boolean {
  return isCredentialText(text, prefix);
}

/** What is stored of a key: SHA-256, hex. The text has 256 random bits, so a slow hash would add nothing. */
export function hashKeyText(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The part of a key that may be shown, to recognise it by. */
export function shownPrefixOf(text: string): string {
  return text.slice(0, prefix.length + 8);
}

function checksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let at = 0; at < checksumLength; at += 1) {
    digits = (alphabet[rest % 62] as string) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
