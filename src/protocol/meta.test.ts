/** protocol/meta — tests. */
import { describe, expect, it } from 'vitest';
import { forwardedMeta, modernMeta, modernMetaFault, readModernMeta } from './meta.ts';

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

  it('are left out of what is passed on, and put beside it for the next hop, without touching anything', () => {
    const others = { traceparent: '00-1', 'x.y/z': { deep: [1] } };
    const params = { name: 'a', _meta: { ...others, ...modern, progressToken: 'mine' } };
    const before = structuredClone(params);
    const passed = forwardedMeta(params);
    expect(passed).toEqual(others);
    expect(
      modernMeta(passed, {
        protocolVersion: '2026-07-28',
        clientCapabilities: {},
        clientInfo: { name: 'c', version: '1' },
        logLevel: 'info',
      }),
    ).toEqual({
      ...others,
      [`${prefix}protocolVersion`]: '2026-07-28',
      [`${prefix}clientCapabilities`]: {},
      [`${prefix}clientInfo`]: { name: 'c', version: '1' },
      [`${prefix}logLevel`]: 'info',
    });
    expect(passed).toEqual(others);
    expect(params).toEqual(before);
  });

  it.each<[object | undefined]>([
    [undefined],
    [{}],
    [{ _meta: 'text' }],
    [{ _meta: { ...modern, progressToken: 0 } }],
  ])('leave nothing behind when there was nothing else: %j', (params) => {
    expect(forwardedMeta(params as never)).toBeUndefined();
  });

  it('keep a __proto__ key as plain data', () => {
    const params = JSON.parse(`{"_meta":{"__proto__":{"a":1},"${prefix}protocolVersion":"x"}}`);
    const passed = forwardedMeta(params);
    expect(JSON.stringify(passed)).toBe('{"__proto__":{"a":1}}');
    const hop = { protocolVersion: 'x', clientCapabilities: {} };
    expect(JSON.stringify(modernMeta(passed, hop))).toContain('{"__proto__":{"a":1},');
  });
});
