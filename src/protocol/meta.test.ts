/** protocol/meta — tests. */
import { describe, expect, it } from 'vitest';
import {
  modernMetaFault,
  readModernMeta,
  withModernMeta,
  withoutModernMeta,
  withProgressToken,
} from './meta.ts';

const prefix = 'io.modelcontextprotocol/';
const modern = { [`${prefix}protocolVersion`]: '2026-07-28', [`${prefix}clientCapabilities`]: { roots: {} } };

describe('the modern keys of a request', () => {
  it('are read, and what has a wrong type is not there', () => {
    const params = { _meta: { ...modern, [`${prefix}logLevel`]: 'loud', progressToken: 0 } };
    expect(readModernMeta(params)).toEqual({
      protocolVersion: '2026-07-28',
      clientCapabilities: { roots: {} },
      clientInfo: undefined,
      logLevel: undefined,
      progressToken: 0,
    });
  });

  it.each<[string, object | undefined, object | undefined]>([
    ['no params', undefined, { key: '_meta', problem: 'missing' }],
    ['no _meta', {}, { key: '_meta', problem: 'missing' }],
    ['_meta as a list', { _meta: [] }, { key: '_meta', problem: 'malformed' }],
    ['no version', { _meta: {} }, { key: `${prefix}protocolVersion`, problem: 'missing' }],
    [
      'a version that is no text',
      { _meta: { ...modern, [`${prefix}protocolVersion`]: 1 } },
      { problem: 'malformed' },
    ],
    [
      'no capabilities',
      { _meta: { [`${prefix}protocolVersion`]: 'x' } },
      { key: `${prefix}clientCapabilities`, problem: 'missing' },
    ],
    [
      'capabilities as null',
      { _meta: { ...modern, [`${prefix}clientCapabilities`]: null } },
      { problem: 'malformed' },
    ],
    [
      'a client without a name',
      { _meta: { ...modern, [`${prefix}clientInfo`]: { version: '1' } } },
      { key: `${prefix}clientInfo` },
    ],
    [
      'an unknown level',
      { _meta: { ...modern, [`${prefix}logLevel`]: 'loud' } },
      { key: `${prefix}logLevel` },
    ],
    ['no clientInfo', { _meta: modern }, undefined],
  ])('are judged: %s', (_, params, fault) => {
    const found = modernMetaFault(params as never);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(fault);
  });

  it('are added and taken off again without touching anything else', () => {
    const params = { name: 'a', _meta: { traceparent: '00-1', 'x.y/z': { deep: [1] } } };
    const before = structuredClone(params);
    const added = withModernMeta(params, {
      protocolVersion: '2026-07-28',
      clientCapabilities: {},
      clientInfo: { name: 'c', version: '1' },
      logLevel: 'info',
    });
    expect(added).toEqual({
      name: 'a',
      _meta: {
        traceparent: '00-1',
        'x.y/z': { deep: [1] },
        [`${prefix}protocolVersion`]: '2026-07-28',
        [`${prefix}clientCapabilities`]: {},
        [`${prefix}clientInfo`]: { name: 'c', version: '1' },
        [`${prefix}logLevel`]: 'info',
      },
    });
    expect(withoutModernMeta(added)).toEqual(before);
    expect(params).toEqual(before);
  });

  it('leave no empty _meta behind', () => {
    expect(withoutModernMeta({ name: 'a', _meta: { ...modern } })).toEqual({ name: 'a' });
    expect(withoutModernMeta(undefined)).toBeUndefined();
  });

  it('keep a __proto__ key as plain data', () => {
    const params = JSON.parse(`{"_meta":{"__proto__":{"a":1},"${prefix}protocolVersion":"x"}}`);
    expect(JSON.stringify(withoutModernMeta(params))).toBe('{"_meta":{"__proto__":{"a":1}}}');
  });
});

describe('the progress token', () => {
  it('is set, replaced and removed', () => {
    expect(withProgressToken(undefined, 7)).toEqual({ _meta: { progressToken: 7 } });
    expect(withProgressToken({ a: 1, _meta: { progressToken: 'x', k: 1 } }, 0)).toEqual({
      a: 1,
      _meta: { progressToken: 0, k: 1 },
    });
    expect(withProgressToken({ a: 1, _meta: { progressToken: 'x', k: 1 } }, undefined)).toEqual({
      a: 1,
      _meta: { k: 1 },
    });
    expect(withProgressToken({ a: 1, _meta: { progressToken: 'x' } }, undefined)).toEqual({ a: 1 });
    expect(withProgressToken({ a: 1 }, undefined)).toEqual({ a: 1 });
  });
});
