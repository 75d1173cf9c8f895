/** protocol/headers — tests. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import {
  decodeHeaderValue,
  encodeHeaderValue,
  encodeParamHeaders,
  scanParamHeaders,
  trimOws,
  validateParamHeaders,
} from './headers.ts';

describe('encodeHeaderValue', () => {
  it.each([
    ['us-west1', 'us-west1'],
    ['a b\tc', 'a b\tc'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['', '=?base64??='],
    ['a\u007f', '=?base64?YX8=?='],
  ])('writes %j as %j', (text, value) => {
    expect(encodeHeaderValue(text)).toBe(value);
  });

  it('comes back as it was, and is always a legal header value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = encodeHeaderValue(text);
        expect(value).toMatch(/^[!-~]([\t -~]*[!-~])?$/);
        expect(decodeHeaderValue(value)).toBe(text);
        expect(decodeHeaderValue(` \t${value} `)).toBe(text);
      }),
    );
  });
});

describe('decodeHeaderValue', () => {
  it.each([
    ['plain', 'plain'],
    ['=?base64?!!!?=', undefined],
    ['=?base64?YQ?=', undefined],
    ['=?base64?YR==?=', undefined],
    ['=?base64?/w==?=', undefined],
    ['=?BASE64?YQ==?=', '=?BASE64?YQ==?='],
    ['=?base64?=', '=?base64?='],
    ['=?base64?77u/YQ==?=', '\ufeffa'],
  ])('reads %j as %j', (value, text) => {
    expect(decodeHeaderValue(value)).toBe(text);
  });

  it('takes off the optional whitespace of HTTP and no other', () => {
    expect(trimOws('\t a b \t')).toBe('a b');
    expect(trimOws('\u00a0a')).toBe('\u00a0a');
    expect(trimOws(' \t ')).toBe('');
  });
});

const annotated = (type: string, header: unknown = 'Region') => ({ type, 'x-mcp-header': header });

describe('scanParamHeaders', () => {
  it('finds annotations at any depth of properties', () => {
    const schema = {
      type: 'object',
      properties: {
        region: annotated('string'),
        nested: {
          type: 'object',
          properties: { 'a.b': annotated('integer', 'Size'), plain: { type: 'number' } },
        },
      },
    };
    expect(scanParamHeaders(schema)).toEqual({
      ok: true,
      params: [
        { header: 'Region', path: ['region'], type: 'string' },
        { header: 'Size', path: ['nested', 'a.b'], type: 'integer' },
      ],
    });
  });

  it.each<[string, unknown]>([
    ['no schema', undefined],
    ['a boolean schema', true],
    ['a schema without annotations', { type: 'object', properties: { a: { type: 'string' } } }],
    ['a property of that name', { type: 'object', properties: { 'x-mcp-header': { type: 'string' } } }],
    [
      'properties named like keywords',
      { properties: { items: { type: 'string' }, not: { type: 'string' } } },
    ],
  ])('accepts %s', (_, schema) => {
    expect(scanParamHeaders(schema)).toEqual({ ok: true, params: [] });
  });

  it.each<[string, unknown]>([
    ['an empty name', { properties: { a: annotated('string', '') } }],
    ['a name that is no string', { properties: { a: annotated('string', 1) } }],
    ['a name with a space', { properties: { a: annotated('string', 'a b') } }],
    ['a name with a colon', { properties: { a: annotated('string', 'a:b') } }],
    ['a name with a line break', { properties: { a: annotated('string', 'a\r\nb') } }],
    ['a name that is not ASCII', { properties: { a: annotated('string', 'é') } }],
    [
      'names that differ in case only',
      { properties: { a: annotated('string', 'X'), b: annotated('string', 'x') } },
    ],
    ['a number', { properties: { a: annotated('number') } }],
    ['an object', { properties: { a: annotated('object') } }],
    ['an array', { properties: { a: annotated('array') } }],
    ['no type', { properties: { a: { 'x-mcp-header': 'A' } } }],
    ['the root', { type: 'string', 'x-mcp-header': 'A' }],
    ['items', { properties: { a: { type: 'array', items: annotated('string') } } }],
    ['properties under items', { properties: { a: { items: { properties: { b: annotated('string') } } } } }],
    ['anyOf', { properties: { a: { anyOf: [annotated('string')] } } }],
    ['additionalProperties', { additionalProperties: annotated('string') }],
    ['$defs', { $defs: { a: annotated('string') }, properties: { a: { $ref: '#/$defs/a' } } }],
    ['if', { if: { properties: { a: annotated('string') } } }],
  ])('refuses an annotation with or on %s', (_, schema) => {
    expect(scanParamHeaders(schema)).toMatchObject({ ok: false });
  });
});

const params = [
  { header: 'Region', path: ['region'], type: 'string' },
  { header: 'Size', path: ['box', 'size'], type: 'integer' },
  { header: 'Dry', path: ['dry'], type: 'boolean' },
] as const;

describe('encodeParamHeaders', () => {
  it('writes what is there and leaves out what is absent, null or no scalar', () => {
    expect(encodeParamHeaders(params, raw({ region: 'zürich', box: { size: 42 }, dry: false }))).toEqual({
      'Mcp-Param-Region': '=?base64?esO8cmljaA==?=',
      'Mcp-Param-Size': '42',
      'Mcp-Param-Dry': 'false',
    });
    expect(encodeParamHeaders(params, raw({ region: null, box: [], dry: {} }))).toEqual({});
    expect(encodeParamHeaders(params, undefined)).toEqual({});
    expect(
      encodeParamHeaders([{ header: 'A', path: ['constructor', 'name'], type: 'string' }], raw({})),
    ).toEqual({});
  });
});

describe('validateParamHeaders', () => {
  const args = { region: 'west', box: { size: 42 } };
  it.each<[string, Record<string, string>, object, boolean]>([
    ['all as in the body', { region: 'west', size: '42' }, args, true],
    ['an integer written otherwise', { region: 'west', size: '42.0' }, args, true],
    ['an integer in hex', { region: 'west', size: '0x2a' }, args, false],
    ['base64 of the same', { region: '=?base64?d2VzdA==?=', size: '42' }, args, true],
    ['whitespace around it', { region: ' west ', size: '42' }, args, true],
    ['another value', { region: 'east', size: '42' }, args, false],
    ['another case', { region: 'West', size: '42' }, args, false],
    ['bad base64', { region: '=?base64?!?=', size: '42' }, args, false],
    ['a header missing', { region: 'west' }, args, false],
    ['a header for what the body lacks', { region: 'west', size: '42', dry: 'true' }, args, true],
    ['null in the body and no header', {}, { region: null }, true],
  ])('judges %s', (_, headers, body, isFit) => {
    const header = (name: string) => headers[name.slice('Mcp-Param-'.length).toLowerCase()];
    const reason = validateParamHeaders(params, header, raw(body));
    expect(reason === undefined).toBe(isFit);
  });

  it('names the header and the argument, never a value', () => {
    const reason = validateParamHeaders(params, () => 'sesame', raw({ region: 'open' }));
    expect(reason).toBe('the Mcp-Param-Region header differs from argument "region" in the body');
  });
});
