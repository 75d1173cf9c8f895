import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyBytes, lengthPrefixed } from './aead.ts';
import { addressParts, keyIdOf, openText, type RecordAddress, sealText } from './record.ts';

const key = Buffer.alloc(keyBytes, 7);
const keyId = '0123456789abcdef';
const address: RecordAddress = {
  spaceId: 'default',
  table: 'tokens',
  recordId: 'r1',
  column: 'c',
  generation: 3,
  binding: 'https://a.example',
};
const associated = (changed: Partial<RecordAddress> = {}) =>
  lengthPrefixed(addressParts({ ...address, ...changed }));

describe('a sealed text', () => {
  const text = sealText(keyId, key, Buffer.from('secret'), associated());

  it('has the form v1.<key id>.<nonce>.<ciphertext and tag>', () => {
    expect(text).toMatch(/^v1\.0123456789abcdef\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{30}$/);
    expect(keyIdOf(text)).toBe(keyId);
  });

  it('opens where it was sealed, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (plain) => {
        const sealed = sealText(keyId, key, plain, associated());
        expect(openText(sealed, key, associated())).toEqual(Buffer.from(plain));
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, Partial<RecordAddress>]>([
    ['another Space', { spaceId: 'other' }],
    ['another table', { table: 'oauth_registrations' }],
    ['another row', { recordId: 'r2' }],
    ['another column', { column: 'd' }],
    ['another generation', { generation: 4 }],
    ['another binding', { binding: 'https://b.example' }],
    ['parts that run together', { recordId: 'r1c', column: '' }],
  ])('does not open in %s', (_, changed) => {
    expect(openText(text, key, associated(changed))).toBeUndefined();
  });

  it('does not open with another key', () => {
    expect(openText(text, Buffer.alloc(keyBytes, 8), associated())).toBeUndefined();
  });

  it('does not open after any one character was changed', () => {
    for (let at = 0; at < text.length; at += 1) {
      // The key id is not part of what is sealed: it only says where to look for the key.
      if (at >= 3 && at < 19) continue;
      for (const other of ['A', 'B', '.', '=']) {
        if (text[at] === other) continue;
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        expect(openText(changed, key, associated()), `${changed} at ${at}`).toBeUndefined();
      }
    }
  });

  it.each([
    '',
    'v1',
    'plain',
    'v2.0123456789abcdef.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA',
    'v1.0123456789abcdef.AAAAAAAAAAAAAAAA.',
    'v1.0123456789ABCDEF.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA',
    `${'v1.0123456789abcdef.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA'}\n`,
  ])('is not %j', (other) => {
    expect(keyIdOf(other) === undefined || openText(other, key, associated()) === undefined).toBe(true);
  });
});

describe('associated data', () => {
  it('is different for different lists', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, two) => {
        const isSame = JSON.stringify(one) === JSON.stringify(two);
        // Unpaired surrogates have no UTF-8 of their own; ids and names of ours hold none.
        fc.pre([...one, ...two].every((part) => Buffer.from(part).toString() === part));
        expect(lengthPrefixed(one).equals(lengthPrefixed(two))).toBe(isSame);
      }),
    );
  });
});
