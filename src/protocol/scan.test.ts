/** protocol/scan — tests. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parses } from '../../test/support/json.ts';
import { checkJson } from './json-bytes.ts';
import { type ScannedMessage, scanMessage } from './scan.ts';

/** Short messages are scanned at once; these are no batches. */
function scanOne(bytes: Buffer): ScannedMessage | undefined {
  return scanMessage(bytes) as ScannedMessage | undefined;
}

function scan(text: string) {
  const found = scanOne(Buffer.from(text));
  if (found === undefined) return undefined;
  return { id: found.id, kind: found.kind, payload: found.payload.toText() };
}

describe('scanMessage', () => {
  const rows: [string, string, ReturnType<typeof scan>][] = [
    [
      'order of Python, Go, Rust',
      '{"jsonrpc":"2.0","id":7,"result":{"a":1}}',
      { id: 7, kind: 'result', payload: '{"a":1}' },
    ],
    [
      'order of the TypeScript SDK',
      '{"result":{"a":1},"jsonrpc":"2.0","id":7}',
      { id: 7, kind: 'result', payload: '{"a":1}' },
    ],
    [
      'an error',
      '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"x"}}',
      { id: 7, kind: 'error', payload: '{"code":-1,"message":"x"}' },
    ],
    [
      'extra keys on both sides',
      '{"x":[{}],"jsonrpc":"2.0","id":1,"result":{},"y":{"id":9,"result":{}}}',
      { id: 1, kind: 'result', payload: '{}' },
    ],
    [
      'whitespace anywhere',
      ' \r\n{ "id" :\t1 , "result" : { } } \n',
      { id: 1, kind: 'result', payload: '{ }' },
    ],
    ['no jsonrpc', '{"id":1,"result":{}}', { id: 1, kind: 'result', payload: '{}' }],
    [
      'error: null beside a result',
      '{"id":1,"result":{},"error":null}',
      { id: 1, kind: 'result', payload: '{}' },
    ],
    [
      'result: null beside an error',
      '{"id":1,"result":null,"error":{}}',
      { id: 1, kind: 'error', payload: '{}' },
    ],
    ['an error beside a result', '{"id":1,"result":{},"error":{}}', { id: 1, kind: 'error', payload: '{}' }],
    ['a null error alone', '{"id":1,"error":null}', { id: 1, kind: 'error', payload: 'null' }],
    ['a number as a string', '{"id":"7","result":{}}', { id: '7', kind: 'result', payload: '{}' }],
    ['an empty string id', '{"id":"","result":{}}', { id: '', kind: 'result', payload: '{}' }],
    ['id 0', '{"id":0,"result":{}}', { id: 0, kind: 'result', payload: '{}' }],
    ['a negative id', '{"id":-3,"result":{}}', { id: -3, kind: 'result', payload: '{}' }],
    ['id 1.0', '{"id":1.0,"result":{}}', { id: 1, kind: 'result', payload: '{}' }],
    ['id: null', '{"id":null,"error":{}}', { id: null, kind: 'error', payload: '{}' }],
    ['no id', '{"result":{}}', { id: undefined, kind: 'result', payload: '{}' }],
    ['an id of a wrong type', '{"id":{},"result":{}}', { id: undefined, kind: 'result', payload: '{}' }],
    ['an escaped id key', '{"\\u0069d":4,"result":{}}', { id: 4, kind: 'result', payload: '{}' }],
    [
      'the last of two ids, as JSON.parse',
      '{"id":1,"id":2,"result":{}}',
      { id: 2, kind: 'result', payload: '{}' },
    ],
    [
      'text that looks like an envelope',
      '{"id":1,"result":{"t":"\\"id\\":2,\\"result\\":{}"}}',
      { id: 1, kind: 'result', payload: '{"t":"\\"id\\":2,\\"result\\":{}"}' },
    ],
    [
      'a notification',
      '{"method":"x","params":{}}',
      { id: undefined, kind: 'other', payload: '{"method":"x","params":{}}' },
    ],
    [
      'a request of the server',
      '{"id":5,"method":"ping"}',
      { id: 5, kind: 'other', payload: '{"id":5,"method":"ping"}' },
    ],
    ['neither', '{"id":5}', { id: 5, kind: 'other', payload: '{"id":5}' }],
    ['an empty object', '{}', { id: undefined, kind: 'other', payload: '{}' }],
    ['a scalar', '7', undefined],
    ['nothing', '', undefined],
    ['two messages', '{"id":1,"result":{}}{"id":2,"result":{}}', undefined],
    ['a cut message', '{"jsonrpc":"2.0","id":1,"result":{"a":', undefined],
    ['a trailing comma', '{"id":1,"result":{},}', undefined],
    ['a broken payload', '{"jsonrpc":"2.0","id":1,"result":{"a":tru}}', undefined],
    ['a raw line break in a string', '{"id":1,"result":{"a":"\n"}}', undefined],
    ['a byte order mark', '\ufeff{"id":1,"result":{}}', undefined],
  ];
  it.each(rows)('reads %s', (_, text, expected) => {
    expect(scan(text)).toEqual(expected);
  });

  it('reads the messages of a batch, each with its own id', () => {
    const text = '[{"id":1,"result":{"a":1.0}}, {"method":"x"} ,7,{"error":{"code":1},"id":"2"}]';
    const found = scanMessage(Buffer.from(text)) as readonly ScannedMessage[];
    expect(found.map(({ id, kind, payload }) => [id, kind, payload.isObject && payload.toText()])).toEqual([
      [1, 'result', '{"a":1.0}'],
      [undefined, 'other', '{"method":"x"}'],
      [undefined, 'other', false],
      ['2', 'error', '{"code":1}'],
    ]);
    expect(scanMessage(Buffer.from('[{"id":1,"result":{}}'))).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":1,"result":{"a":"'),
      Buffer.from([0xff]),
      Buffer.from('"}}'),
    ]);
    expect(scanOne(bytes)).toBeUndefined();
  });

  it('refuses what is nested beyond the limit instead of overflowing the stack', () => {
    const deep = `{"id":1,"result":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(scanOne(Buffer.from(deep))).toBeUndefined();
  });

  it('agrees with JSON.parse on any order of keys and any whitespace', () => {
    const space = fc.constantFrom('', '', ' ', '\n', '\t ', '\r\n');
    const key = fc.constantFrom(
      'jsonrpc',
      'id',
      'result',
      'error',
      'method',
      '_meta',
      'x',
      'resul',
      'errors',
      'i"d',
    );
    const member = fc.tuple(key, fc.jsonValue(), space, space, space, space);
    fc.assert(
      fc.property(fc.array(member, { maxLength: 7 }), space, (members, outer) => {
        const text = `${outer}{${members
          .map(
            ([name, value, a, b, c, d]) => `${a}${JSON.stringify(name)}${b}:${c}${JSON.stringify(value)}${d}`,
          )
          .join(',')}}${outer}`;
        const bytes = Buffer.from(text);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const found = scanOne(bytes);
        expect(found).toBeDefined();
        const id = parsed['id'];
        const isIdUsable = typeof id === 'string' || typeof id === 'number' || id === null;
        expect(found!.id).toEqual(isIdUsable ? id : undefined);
        const hasMethod = Object.hasOwn(parsed, 'method');
        const hasResult = Object.hasOwn(parsed, 'result');
        const hasError = Object.hasOwn(parsed, 'error') && (parsed['error'] !== null || !hasResult);
        const kind = hasMethod ? 'other' : hasError ? 'error' : hasResult ? 'result' : 'other';
        expect(found!.kind).toBe(kind);
        const payload: unknown = JSON.parse(found!.payload.toText());
        expect(payload).toEqual(kind === 'other' ? parsed : parsed[kind]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('checkJson', () => {
  function agrees(text: string): void {
    expect(checkJson(Buffer.from(text)), text).toBe(parses(text));
  }

  it.each([
    '0',
    '-0',
    '-',
    '01',
    '1.',
    '.5',
    '1.5',
    '1e5',
    '1E+5',
    '1e',
    '1e+',
    '-1.5e-10',
    '+1',
    '0x1',
    'NaN',
    'Infinity',
    'true',
    'tru',
    'truex',
    'false',
    'fals',
    'null',
    'nul',
    'nulll',
    '"',
    '""',
    '"a',
    '"\\"',
    '"\\\\"',
    '"\\x"',
    '"\\u12"',
    '"\\u123g"',
    '"\\uD800"',
    '"\\u00e9"',
    '"\t"',
    '"\u0000"',
    '"\u007f"',
    '"\u2028"',
    '[]',
    '[',
    ']',
    '[,]',
    '[1,]',
    '[1 2]',
    '[[]',
    '[]]',
    '{}',
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '{"a":1 "b":2}',
    '{"a":1,"a":2}',
    '{"a":[{"b":[]}]}',
    '[}',
    '{]',
    ' 1 ',
    '\u00a01',
    '1\u000b',
    '',
    ' ',
    '{"a":1}//',
    '\ufeff1',
    '[1,[2,{"a":"\\n"}],null]',
  ])('agrees with JSON.parse on %j', (text) => {
    agrees(text);
  });

  it('agrees with JSON.parse on random values, whole, cut and changed', () => {
    const alphabet = fc.constantFrom(...'{}[],:"\\ 0123456789-+.eEtrufalsn\n\t\u0001é'.split(''));
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 5 }),
        fc.nat(),
        alphabet,
        fc.constantFrom('keep', 'cut', 'replace', 'insert', 'remove'),
        (text, where, character, change) => {
          const at = text.length === 0 ? 0 : where % text.length;
          if (change === 'keep') agrees(text);
          else if (change === 'cut') agrees(text.slice(0, at));
          else if (change === 'replace') agrees(text.slice(0, at) + character + text.slice(at + 1));
          else if (change === 'insert') agrees(text.slice(0, at) + character + text.slice(at));
          else agrees(text.slice(0, at) + text.slice(at + 1));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('agrees with JSON.parse on long strings, wherever they lie in memory', () => {
    const odd = fc.constantFrom(
      '"',
      '\\',
      '\\n',
      '\\"',
      '\\u00e9',
      '\\uzzzz',
      '\n',
      '\u0000',
      '\u001f',
      ' ',
      '!',
      'é',
      '世',
      '\u{1f600}',
      '\u007f',
      '#[]',
    );
    fc.assert(
      fc.property(
        // Short stretches are read byte by byte, longer ones word by word, the longest by the system's own search.
        fc.array(fc.tuple(fc.oneof(fc.nat(300), fc.nat(7_000)), odd), { maxLength: 4 }),
        fc.oneof(fc.nat(300), fc.nat(7_000)),
        fc.nat(3),
        (parts, tail, offset) => {
          const text = `"${parts.map(([size, character]) => 'a'.repeat(size) + character).join('')}${'z'.repeat(tail)}"`;
          const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).subarray(offset);
          expect(checkJson(bytes), text).toBe(parses(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('holds the limits of depth and keys', () => {
    const limits = { maxDepth: 3, maxKeys: 2 };
    expect(checkJson(Buffer.from('[[[1]]]'), limits)).toBe(true);
    expect(checkJson(Buffer.from('[[[[]]]]'), limits)).toBe(false);
    expect(checkJson(Buffer.from('[{"a":1},{"a":1}]'), limits)).toBe(true);
    expect(checkJson(Buffer.from('[{"a":1},{"a":1},{"a":1}]'), limits)).toBe(false);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(checkJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toBe(false);
    expect(checkJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe(false);
  });
});
