import { describe, expect, it } from 'vitest';
import { RequestIdScanner, requestIdText } from './request-id.ts';

describe('R103 the id of a line that is not parsed', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":7,"method":"x"}', '7'],
    ['{"method":"x","params":{"id":1,"a":["id",{"id":2}]},"id":"a b"}', '"a b"'],
    ['{"method":"x","id": 9007199254740993 }', '9007199254740993'],
    ['{"method":"x","id":1.5}', '1.5'],
    ['{"method":"x","id":null}', 'null'],
    ['{ "id" : "\\"},\\u00e4{" , "method" : "x" }', '"\\"},\\u00e4{"'],
    ['{"id":"größe","method":"x"}', '"größe"'],
    ['{"id":{"a":[1,2]},"method":"x"}', '{"a":[1,2]}'],
    ['{"method":"x"}', undefined],
    ['{"id":7,"result":{}}', undefined],
    ['{"method":"x","params":"\\",\\"id\\":7"}', undefined],
    ['{"id":7,"method":"x"', undefined],
    [`{"id":"${'x'.repeat(600)}","method":"x"}`, undefined],
    ['', undefined],
  ])('R103 of %s is %s', (line, expected) => {
    expect(requestIdText(line)).toBe(expected);
    // However it is cut.
    for (const size of [1, 2, 7]) {
      const scanner = new RequestIdScanner();
      const bytes = Buffer.from(line);
      for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
      expect(scanner.requestId).toBe(expected);
    }
  });
});
