/** protocol/inspect-request — tests. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parses } from '../../test/support/json.ts';
import { inspectRequest, type RequestVerdict } from './inspect-request.ts';

function judging(text: string | Buffer): RequestVerdict | Promise<RequestVerdict> {
  return inspectRequest(typeof text === 'string' ? Buffer.from(text) : text);
}

/** Short bodies are judged at once. */
function judge(text: string | Buffer): RequestVerdict {
  return judging(text) as RequestVerdict;
}

function codeOf(text: string | Buffer): number | 'ok' {
  const verdict = judge(text);
  return verdict.ok ? 'ok' : verdict.code;
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(',');

describe('inspectRequest', () => {
  const rows: [string, string, number | 'ok'][] = [
    [
      'an ordinary call',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":[1,"é"]}}}',
      'ok',
    ],
    ['a batch', '[{"id":1,"method":"a"},{"id":2,"method":"a"}]', 'ok'],
    ['equal keys in different objects', '{"params":{"a":{"x":1},"b":{"x":1},"x":{"x":1}}}', 'ok'],
    ['equal keys in sibling objects of a list', '{"params":[{"x":1},{"x":1}]}', 'ok'],
    ['the method twice', '{"jsonrpc":"2.0","method":"tools/list","method":"tools/call"}', -32600],
    ['an argument twice', '{"params":{"arguments":{"a":1,"b":2,"a":3}}}', -32600],
    ['a key twice after a nested object', '{"params":{"a":{"b":1},"c":{},"a":2}}', -32600],
    ['a key twice, once escaped', '{"params":{"a":1,"\\u0061":2}}', -32600],
    ['a key twice, both escaped differently', '{"params":{"\\u0061b":1,"a\\u0062":2}}', -32600],
    ['a key twice in a batch member', '[{"id":1,"id":2,"method":"a"}]', -32600],
    ['a key twice among many', `{"params":{${many(100)},"k3":0}}`, -32600],
    ['a key twice beyond many', `{"params":{${many(100)},"k99":0}}`, -32600],
    ['a key twice at the edge of many', `{"params":{${many(32)},"k31":0}}`, -32600],
    ['many keys once', `{"params":{${many(100)}},"id":1}`, 'ok'],
    ['many keys, then many again beside', `{"params":[{${many(40)}},{${many(40)}}]}`, 'ok'],
    ['a key twice outside of many', `{"a":1,"params":{${many(40)}},"a":1}`, -32600],
    ['keys of equal hash', '{"params":{"Aa":1,"BB":2}}', 'ok'],
    ['__proto__ as plain data', '{"params":{"arguments":{"__proto__":1,"constructor":2}}}', 'ok'],
    ['a big integer id', '{"id":9007199254740993,"method":"a"}', -32600],
    ['a big negative id', '{"id":-9007199254740993,"method":"a"}', -32600],
    ['the largest exact id', '{"id":9007199254740991,"method":"a"}', 'ok'],
    ['a big integer id in a batch', '[{"id":9007199254740993,"method":"a"}]', -32600],
    ['a big id written with an exponent', '{"id":9.007199254740993e15,"method":"a"}', -32600],
    ['a big integer under id in arguments', '{"params":{"arguments":{"id":9007199254740993}}}', 'ok'],
    ['a number beyond a double', '{"params":{"arguments":{"a":1e400}}}', 'ok'],
    ['an id beyond a double', '{"id":1e400,"method":"a"}', 'ok'],
    ['an id of 400 digits', `{"id":${'9'.repeat(400)},"method":"a"}`, -32600],
    ['a negative number beyond a double', '{"params":{"arguments":{"a":-1E400}}}', 'ok'],
    ['400 digits', `{"params":{"a":${'9'.repeat(400)}}}`, 'ok'],
    ['a large number that fits', '{"params":{"arguments":{"a":1e308}}}', 'ok'],
    ['a lone high surrogate', '{"params":{"a":"\\ud800"}}', -32600],
    ['a lone low surrogate', '{"params":{"a":"\\udc00x"}}', -32600],
    ['a high surrogate before another escape', '{"params":{"a":"\\ud800\\n"}}', -32600],
    ['two high surrogates', '{"params":{"a":"\\ud800\\ud800"}}', -32600],
    ['a lone surrogate in a key', '{"params":{"\\ud800":1}}', -32600],
    ['a surrogate pair', '{"params":{"a":"\\ud83d\\ude00","\\ud83d\\ude00":1}}', 'ok'],
    ['Method', '{"Method":"tools/call"}', -32600],
    ['method with a NUL', '{"method":"a","method\\u0000":"b"}', -32600],
    ['id with a space', '{" id":1,"method":"a"}', -32600],
    ['a fullwidth method', '{"ｍethod":"a"}', -32600],
    ['method with a zero-width joiner', '{"meth\u200dod":"a"}', -32600],
    ['Method deeper down', '{"params":{"Method":"a"}}', 'ok'],
    ['an unknown key of the envelope', '{"method":"a","extra":1,"_meta":{}}', 'ok'],
    ['depth 128', `{"a":${'['.repeat(127)}${']'.repeat(127)}}`, 'ok'],
    ['depth 129', `{"a":${'['.repeat(128)}${']'.repeat(128)}}`, -32600],
    ['depth 5000', '['.repeat(5000), -32600],
    ['50,000 keys', `{${many(50_000)}}`, 'ok'],
    ['50,001 keys', `{${many(50_001)}}`, -32600],
    ['a byte order mark', '\ufeff{"method":"a"}', -32700],
    ['nothing', '', -32700],
    ['text behind the message', '{"method":"a"}x', -32700],
    ['two messages', '{"method":"a"}{"method":"a"}', -32700],
    ['a raw control character', '{"method":"a\u0001"}', -32700],
    ['a comma too much', '{"method":"a",}', -32700],
    ['a cut message', '{"method":"a"', -32700],
    ['a cut key', '{"meth', -32700],
    ['a cut escape', '{"a":"\\u12', -32700],
  ];
  it.each(rows)('judges %s', async (_, text, expected) => {
    const verdict = await judging(text);
    expect(verdict.ok ? 'ok' : verdict.code).toBe(expected);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe(-32700);
  });

  it('tells what to do about an id that a double cannot hold', () => {
    const verdict = judge('{"id":9007199254740993,"method":"a"}');
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringContaining('use a string id') });
  });

  it('accepts nothing that JSON.parse refuses, and all that it accepts without our rules', () => {
    const alphabet = fc.constantFrom(...'{}[],:"\\ 0123-.e\n\u0001é'.split(''));
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        alphabet,
        fc.boolean(),
        (text, where, character, isChanged) => {
          const at = where % Math.max(1, text.length);
          const tried = isChanged ? text.slice(0, at) + character + text.slice(at + 1) : text;
          const isJson = parses(tried);
          const code = codeOf(tried);
          if (code === -32700) expect(isJson, tried).toBe(false);
          if (code === 'ok') expect(isJson, tried).toBe(true);
          if (!isChanged) expect(code, tried).not.toBe(-32700);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('agrees with JSON.parse on long texts, and refuses half a surrogate pair anywhere in them', () => {
    const pieces = [
      '\\n',
      '\\"',
      '\\\\',
      '\\u00e9',
      '\\ud83d\\ude00',
      '\\ud800',
      '\\uzzzz',
      '\n',
      '\u0001',
      'é',
      '世',
    ];
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.oneof(fc.nat(40), fc.integer({ min: 480, max: 540 }), fc.nat(3_000)),
            fc.constantFrom(...pieces),
          ),
          {
            maxLength: 4,
          },
        ),
        fc.nat(1_200),
        (parts, tail) => {
          const inner = `${parts.map(([size, piece]) => 'a'.repeat(size) + piece).join('')}${'z'.repeat(tail)}`;
          const text = `{"jsonrpc":"2.0","id":1,"method":"m","params":{"t":"${inner}"}}`;
          const isWhole = !inner.includes('\\ud800');
          expect(judge(text).ok, text).toBe(parses(text) && isWhole);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('finds a planted duplicate anywhere, however its key is written', () => {
    const object = fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), fc.jsonValue(), {
      minKeys: 1,
      maxKeys: 50,
    });
    fc.assert(
      fc.property(object, fc.nat(), fc.boolean(), fc.boolean(), (value, which, isEscaped, isWrapped) => {
        const keys = Object.keys(value).filter(
          (key) => !/^\s*(id|method|params|jsonrpc|result|error)\s*$/i.test(key),
        );
        fc.pre(keys.length > 0);
        const key = keys[which % keys.length]!;
        const written = isEscaped
          ? `"${Array.from({ length: key.length }, (_, i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
          : JSON.stringify(key);
        const whole = JSON.stringify(value);
        fc.pre(codeOf(`{"params":${whole}}`) === 'ok');
        const planted = `${whole.slice(0, -1)},${written}:0}`;
        const verdict = judge(`{"params":${isWrapped ? `[[${planted}]]` : planted}}`);
        expect(verdict).toMatchObject({
          ok: false,
          code: -32600,
          reason: 'an object has the same key twice',
        });
      }),
      { numRuns: 500 },
    );
  });
});
