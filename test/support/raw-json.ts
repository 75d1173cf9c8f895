/**
 * support/raw-json — JSON that crosses as bytes, from and to the values that tests are written in.
 */
import type { JsonValue } from '../../src/base/index.ts';
import { inspectRequest } from '../../src/protocol/inspect-request.ts';
import { RawJson } from '../../src/protocol/raw-json.ts';

/** A value as if it had come over a wire; `undefined` stays that. */
export function raw<Value extends object | undefined>(
  value: Value,
): Value extends undefined ? RawJson | undefined : RawJson {
  return (value === undefined ? undefined : RawJson.ofText(JSON.stringify(value))) as never;
}

/** The same value with every RawJson in it parsed. */
export function plain(value: unknown): unknown {
  if (value instanceof RawJson) return value.parse();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** A body as the door hands it on. @throws when it would be refused */
export function inspected(message: JsonValue | object) {
  const verdict = inspectRequest(Buffer.from(JSON.stringify(message)));
  if (verdict instanceof Promise || !verdict.ok)
    throw new Error('the body is refused before it is classified');
  return verdict;
}
