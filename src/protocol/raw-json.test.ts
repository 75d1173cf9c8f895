/** protocol/raw-json — tests. */
import { expect, it } from 'vitest';
import { RawJson } from './raw-json.ts';

it('gives back the very bytes it was made of, parsed or not', () => {
  const bytes = Buffer.from('{ "a" : 1.0 }');
  const raw = RawJson.ofBytes(bytes);
  expect(raw.isParsed).toBe(false);
  expect(raw.value).toEqual({ a: 1 });
  expect(raw.isParsed).toBe(true);
  expect(raw.bytes).toBe(bytes);
  expect(raw.value).toBe(raw.value);
});

it('serialises a value once', () => {
  const raw = RawJson.ofValue({ a: 'é' });
  expect(raw.bytes.toString()).toBe('{"a":"é"}');
  expect(raw.byteLength).toBe(10);
  expect(raw.bytes).toBe(raw.bytes);
  expect(JSON.stringify({ raw })).toBe('{"raw":{"a":"é"}}');
});

it('says that a key may be there when it is, and not when its text is nowhere', () => {
  const raw = RawJson.ofBytes(Buffer.from('{"a" : {"resultType":1}, "b":"_meta"}'));
  expect(raw.hasKeyText('resultType')).toBe(true);
  expect(raw.hasKeyText('_meta')).toBe(true);
  expect(raw.hasKeyText('ttlMs')).toBe(false);
  expect(RawJson.ofValue({}).hasKeyText('ttlMs')).toBe(false);
});
