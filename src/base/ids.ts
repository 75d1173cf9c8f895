/**
 * base/ids — branded identifiers and where they come from.
 */
import { randomBytes, randomUUID } from 'node:crypto';

export type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** A fresh random id (UUID v4). */
export function newId<T extends string>(): T {
  return randomUUID() as unknown as T;
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `length` characters of [0-9A-Za-z] from a cryptographic source, without modulo bias. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += base62[byte % 62];
    }
  }
  return text;
}

const processMark = randomBytes(3).toString('hex');
let callCounter = 0;

/** One id per call through all rooms: short, unique in this process' life, cheap (it is made for every call). */
export function nextCallId(): string {
  callCounter += 1;
  return `${processMark}-${callCounter.toString(36)}`;
}
