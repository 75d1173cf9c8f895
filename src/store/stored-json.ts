/**
 * store/stored-json — JSON out of a row that somebody may have damaged: a disk, a copy gone wrong, a hand.
 *
 * A bad row must not take the others with it. What is a cache is dropped and learnt anew; what is not is shown as damaged.
 */
import { isJsonObject, type JsonObject } from '../base/index.ts';

/** @returns undefined when it is no JSON */
export function readStored(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** @returns undefined when it is no JSON object */
export function readStoredObject(text: string): JsonObject | undefined {
  const value = readStored(text);
  return isJsonObject(value) ? value : undefined;
}
