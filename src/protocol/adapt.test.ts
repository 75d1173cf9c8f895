/** protocol/adapt — tests. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/index.ts';
import {
  errorForLegacy,
  errorForModern,
  resultForLegacy,
  resultForMissingCapability,
  resultForModern,
} from './adapt.ts';
import { checkJson } from './json-bytes.ts';
import { RawJson } from './raw-json.ts';

const infoKey = 'io.modelcontextprotocol/serverInfo';
const serverInfo = { name: 'mcpmux', version: '1' };
const stamp = { serverInfo, ttlMs: 5000, cacheScope: 'private' as const };
const own = { name: 'upstream', version: '9' };
const complete = { resultType: 'complete' };
const hints = { ttlMs: 5000, cacheScope: 'private' };
const ours = { _meta: { [infoKey]: serverInfo } };

function raw(value: object | string): RawJson {
  return RawJson.ofBytes(Buffer.from(typeof value === 'string' ? value.trim() : JSON.stringify(value)));
}

function modern(
  method: string,
  value: object | string,
  how: Parameters<typeof resultForModern>[2] = stamp,
): object {
  const adapted = resultForModern(method, raw(value), how);
  expect(checkJson(adapted.bytes)).toBe(true);
  return JSON.parse(adapted.bytes.toString()) as object;
}

function legacy(method: string, value: object | string, outputSchema?: JsonObject): object {
  const adapted = resultForLegacy(method, raw(value), {
    revision: '2025-11-25',
    outputSchema: outputSchema && raw(outputSchema),
  });
  expect(checkJson(adapted.bytes)).toBe(true);
  return JSON.parse(adapted.bytes.toString()) as object;
}

describe('resultForModern', () => {
  it.each<[string, string, object | string, object]>([
    ['stamps a plain result', 'tools/call', { content: [] }, { content: [], ...complete, ...ours }],
    ['stamps an empty result', 'completion/complete', '{ }', { ...complete, ...ours }],
    [
      'stamps whatever whitespace there is',
      'tools/call',
      ' {\n "content" : [ ] }\n',
      { content: [], ...complete, ...ours },
    ],
    [
      'adds cache hints to what may be kept',
      'resources/read',
      { contents: [] },
      { contents: [], ...complete, ...hints, ...ours },
    ],
    [
      'keeps hints of the server',
      'tools/list',
      { tools: [], ttlMs: 0, cacheScope: 'public' },
      { tools: [], ttlMs: 0, cacheScope: 'public', ...complete, ...ours },
    ],
    [
      'replaces hints that are none',
      'tools/list',
      { tools: [], ttlMs: -1, cacheScope: 'all' },
      { tools: [], ...complete, ...hints, ...ours },
    ],
    [
      'adds the hint that is missing',
      'tools/list',
      { tools: [], ttlMs: 7 },
      { tools: [], ...complete, ttlMs: 7, cacheScope: 'private', ...ours },
    ],
    [
      'keeps a result type',
      'tools/call',
      { resultType: 'complete', content: [] },
      { content: [], ...complete, ...ours },
    ],
    [
      'gives input_required no hints',
      'resources/read',
      { resultType: 'input_required', requestState: 's' },
      { resultType: 'input_required', requestState: 's', ...ours },
    ],
    [
      'keeps the name of a server',
      'tools/call',
      { content: [], _meta: { [infoKey]: own } },
      { content: [], ...complete, _meta: { [infoKey]: own } },
    ],
    [
      'adds to a _meta that is there',
      'tools/call',
      { _meta: { a: { b: 1 } }, content: [] },
      { content: [], ...complete, _meta: { a: { b: 1 }, [infoKey]: serverInfo } },
    ],
    [
      'adds to an empty _meta',
      'tools/call',
      { _meta: {}, content: [] },
      { content: [], ...complete, ...ours },
    ],
    [
      'leaves a _meta that is no object',
      'tools/call',
      { _meta: 1, content: [] },
      { content: [], ...complete, _meta: 1 },
    ],
    [
      'is not misled by nested keys',
      'tools/call',
      { content: [{ _meta: {}, resultType: 'x', ttlMs: 1 }] },
      { content: [{ _meta: {}, resultType: 'x', ttlMs: 1 }], ...complete, ...ours },
    ],
    [
      'is not misled by text',
      'tools/call',
      { content: [{ type: 'text', text: '{"resultType":"x","_meta":{}}' }] },
      { content: [{ type: 'text', text: '{"resultType":"x","_meta":{}}' }], ...complete, ...ours },
    ],
    [
      'adds no hints where none belong',
      'tools/call',
      { content: [], ttlMs: 'mine' },
      { content: [], ttlMs: 'mine', ...complete, ...ours },
    ],
  ])('%s', (_, method, value, expected) => {
    expect(modern(method, value)).toEqual(expected);
  });

  it('leaves a result alone that has all it needs', () => {
    const result = raw({ resultType: 'complete', content: [], _meta: { [infoKey]: own } });
    expect(resultForModern('tools/call', result, stamp)).toBe(result);
  });

  it('stamps no name when it gets none', () => {
    expect(modern('tools/call', { content: [] }, { ttlMs: 0, cacheScope: 'private' })).toEqual({
      content: [],
      ...complete,
    });
  });

  it('takes a result that is held as a value', () => {
    const adapted = resultForModern('tools/list', RawJson.ofValue({ tools: [] }), stamp);
    expect(adapted.value).toEqual({ tools: [], ...complete, ...hints, ...ours });
  });

  it('keeps the bytes of every field that it does not own', () => {
    const text =
      '{"content":[{"n":1.0,"big":12345678901234567890,"u":"\\u00e9"}],"x":1e2,"_meta":{"k":1.50}}';
    const bytes = resultForModern('tools/call', raw(text), stamp).bytes.toString();
    expect(bytes).toContain('"content":[{"n":1.0,"big":12345678901234567890,"u":"\\u00e9"}],"x":1e2');
    expect(bytes).toContain('"k":1.50');
  });

  it('changes nothing but its own fields, for any result', () => {
    const result = fc.dictionary(
      fc.constantFrom('content', 'x', '_meta', 'resultType', 'ttlMs', 'cacheScope', 'tools'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(result, fc.constantFrom('tools/call', 'resources/read'), (value, method) => {
        const before = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const after = modern(method, before) as Record<string, unknown>;
        expect(after).toHaveProperty('resultType');
        for (const key of ['content', 'x', 'tools']) expect(after[key]).toEqual(before[key]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('resultForLegacy', () => {
  const text = (value: string) => ({ type: 'text', text: value });
  it.each<[string, string, object | string, object]>([
    [
      'takes off what the modern era added',
      'tools/list',
      { tools: [], ...complete, ...hints, ...ours },
      { tools: [] },
    ],
    [
      'takes off the first, a middle and the last key',
      'tools/list',
      '{"resultType":"complete","tools":[], "ttlMs":1 ,"x":2,"cacheScope":"public"}',
      { tools: [], x: 2 },
    ],
    ['can leave an empty object', 'completion/complete', { ...complete }, {}],
    [
      'keeps the rest of _meta',
      'tools/call',
      { content: [], _meta: { a: 1, [infoKey]: own, b: 2 } },
      { content: [], _meta: { a: 1, b: 2 } },
    ],
    [
      'keeps ttlMs where it is the server’s own',
      'tools/call',
      { content: [], ttlMs: 5, ...complete },
      { content: [], ttlMs: 5 },
    ],
    [
      'leaves nested keys',
      'tools/call',
      { content: [{ resultType: 'x', _meta: { [infoKey]: 1 } }] },
      { content: [{ resultType: 'x', _meta: { [infoKey]: 1 } }] },
    ],
    [
      'leaves structured objects',
      'tools/call',
      { content: [], structuredContent: { a: 1 } },
      { content: [], structuredContent: { a: 1 } },
    ],
    [
      'wraps a structured list and tells it in text',
      'tools/call',
      { content: [], structuredContent: [1, 2] },
      { content: [text('[1,2]')], structuredContent: { result: [1, 2] } },
    ],
    [
      'wraps null',
      'tools/call',
      { structuredContent: null, content: [text('t')] },
      { structuredContent: { result: null }, content: [text('t')] },
    ],
    [
      'wraps zero beside an image',
      'tools/call',
      { structuredContent: 0, content: [{ type: 'image' }] },
      { structuredContent: { result: 0 }, content: [{ type: 'image' }, text('0')] },
    ],
    [
      'wraps false without content',
      'tools/call',
      { structuredContent: false },
      { structuredContent: { result: false }, content: [text('false')] },
    ],
  ])('%s', (_, method, value, expected) => {
    expect(legacy(method, value)).toEqual(expected);
  });

  it('wraps an object too when its schema had to be wrapped', () => {
    const value = { content: [], structuredContent: { a: 1 } };
    expect(legacy('tools/call', value, { anyOf: [] })).toEqual({
      content: [],
      structuredContent: { result: { a: 1 } },
    });
    expect(legacy('tools/call', value, { type: 'object' })).toEqual(value);
  });

  it('does not even look into a result that has nothing modern', () => {
    const result = raw('{"content":[]}');
    expect(resultForLegacy('tools/call', result, { revision: '2025-03-26' })).toBe(result);
    expect(result.isParsed).toBe(false);
  });

  it('undoes what resultForModern does', () => {
    const value = fc.dictionary(
      fc.constantFrom('tools', 'x', '_meta'),
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
    );
    fc.assert(
      fc.property(value, (before) => {
        const plain = JSON.parse(JSON.stringify(before)) as JsonObject;
        const there = resultForModern('prompts/list', RawJson.ofValue(plain), stamp);
        const back = resultForLegacy('prompts/list', RawJson.ofBytes(there.bytes), {
          revision: '2025-11-25',
        });
        expect(JSON.parse(back.bytes.toString())).toEqual(plain);
      }),
    );
  });
});

describe('errors between the eras', () => {
  it.each<[string, number, number]>([
    ['resources/read', -32002, -32602],
    ['tools/call', -32002, -32603],
    ['tools/call', -32020, -32603],
    ['tools/call', -32022, -32603],
    ['tools/call', -32021, -32021],
    ['tools/call', -32601, -32601],
    ['tools/call', 17, 17],
  ])('for a modern client %s turns %i into %i', (method, from, to) => {
    const error = { code: from, message: 'm', data: { uri: 'x://a' } };
    const adapted = errorForModern(method, error);
    expect(adapted.code).toBe(to);
    if (![-32020, -32022].includes(from))
      expect(adapted).toMatchObject({ message: 'm', data: { uri: 'x://a' } });
  });

  it.each<[number, number]>([
    [-32020, -32603],
    [-32022, -32603],
    [-32021, -32021],
    [-32602, -32602],
    [-32002, -32002],
  ])('for a legacy client turns %i into %i', (from, to) => {
    expect(errorForLegacy({ code: from, message: 'm' }).code).toBe(to);
  });

  it('says that an error about our own hop is the gateway’s', () => {
    const error = errorForLegacy({ code: -32022, message: 'secret', data: { supported: [] } });
    expect(error.data).toEqual({ source: 'gateway', reason: 'unsupported_protocol_version' });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('tells a missing capability as a tool’s failure', () => {
    const error = {
      code: -32021,
      message: 'm',
      data: { requiredCapabilities: { elicitation: { url: {} }, sampling: {} } },
    };
    expect(resultForMissingCapability(error)).toEqual({
      content: [
        {
          type: 'text',
          text: 'This tool needs a capability that the client does not have: elicitation.url, sampling',
        },
      ],
      isError: true,
    });
  });
});
