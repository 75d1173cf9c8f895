/** protocol/meta — tests. */
import { describe, expect, it } from 'vitest';
import { plain, raw } from '../../test/support/raw-json.ts';
import { modernMetaFault, paramsForHop, readModernMeta } from './meta.ts';
import { RawJson } from './raw-json.ts';

const prefix = 'io.modelcontextprotocol/';
const modern = { [`${prefix}protocolVersion`]: '2026-07-28', [`${prefix}clientCapabilities`]: { roots: {} } };

describe('the modern keys of a request', () => {
  it('are read, and what has a wrong type is not there', () => {
    const params = { _meta: { ...modern, [`${prefix}logLevel`]: 'loud', progressToken: 0 } };
    expect(plain(readModernMeta(raw(params)))).toEqual({
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
    const found = modernMetaFault(raw(params));
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(fault);
  });

  it('are left out of what is passed on, and put beside it for the next hop, without touching anything', () => {
    const others = { traceparent: '00-1', 'x.y/z': { deep: [1] } };
    const params = raw({ name: 'a', _meta: { ...others, ...modern, progressToken: 'mine' } });
    const before = params.toText();
    const hop = {
      protocolVersion: '2026-07-28',
      clientCapabilities: {},
      clientInfo: { name: 'c', version: '1' },
      logLevel: 'info',
    } as const;
    expect(paramsForHop(params, undefined, 7)?.parse()).toEqual({
      name: 'a',
      _meta: { ...others, progressToken: 7 },
    });
    expect(paramsForHop(params, hop, undefined)?.parse()).toEqual({
      name: 'a',
      _meta: {
        ...others,
        [`${prefix}protocolVersion`]: '2026-07-28',
        [`${prefix}clientCapabilities`]: {},
        [`${prefix}clientInfo`]: { name: 'c', version: '1' },
        [`${prefix}logLevel`]: 'info',
      },
    });
    expect(params.toText()).toBe(before);
  });

  it('pass in the words of the client where we would say the same', () => {
    const own = `{"${prefix}protocolVersion":"2026-07-28", "${prefix}clientCapabilities":{"x":1.0},"progressToken":9007199254740993}`;
    const params = RawJson.ofText(`{"name":"a","_meta":${own},"arguments":{"n":1e400}}`);
    const meta = readModernMeta(params);
    const sent = paramsForHop(
      params,
      {
        protocolVersion: '2026-07-28',
        clientCapabilities: meta.clientCapabilities!,
        clientInfo: { name: 'ours', version: '1' },
      },
      7,
    );
    const words = own.replace('9007199254740993', '7').slice(1);
    const ours = `{"${prefix}clientInfo":{"name":"ours","version":"1"},`;
    expect(sent?.toText()).toBe(`{"name":"a","_meta":${ours}${words},"arguments":{"n":1e400}}`);
    expect(meta.progressToken?.toText()).toBe('9007199254740993');
  });

  it.each<[object | undefined, object | undefined]>([
    [undefined, undefined],
    [{}, {}],
    [{ a: 1, _meta: { ...modern, progressToken: 0 } }, { a: 1 }],
    [{ _meta: 'text' }, {}],
  ])('leave nothing behind when there was nothing else: %j', (params, passed) => {
    expect(paramsForHop(raw(params), undefined, undefined)?.parse()).toEqual(passed);
  });

  it('keep a __proto__ key as plain data', () => {
    const params = RawJson.ofText(`{"_meta":{"__proto__":{"a":1},"${prefix}protocolVersion":"x"}}`);
    expect(paramsForHop(params, undefined, undefined)?.toText()).toBe('{"_meta":{"__proto__":{"a":1}}}');
    const hop = { protocolVersion: 'x', clientCapabilities: {} };
    expect(paramsForHop(params, hop, undefined)?.toText()).toContain('"__proto__":{"a":1},');
  });
});
