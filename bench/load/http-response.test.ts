import { describe, expect, it } from 'vitest';
import { ResponseReader } from './http-response.ts';

function collect(): { reader: ResponseReader; seen: unknown[] } {
  const seen: unknown[] = [];
  const reader = new ResponseReader({
    streaming: (head) => seen.push(['stream', head.status]),
    event: (type, data) => seen.push(['event', type, data]),
    ended: (head, body) => seen.push(['ended', head.status, body.toString()]),
  });
  return { reader, seen };
}

const byLength = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n';
const stream =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '7\r\n: hi\n\n\n\r\n1b\r\nevent: message\ndata: {"a":1\r\n4\r\n}\n\nd\r\n7\r\nata: 2\n\r\n1\r\n\n\r\n0\r\n\r\n';

const streamed = [
  ['stream', 200],
  ['event', 'message', '{"a":1}'],
  ['event', 'message', '2'],
  ['ended', 200, ''],
];

describe('ResponseReader', () => {
  it.each([
    ['a body by length', byLength, [['ended', 200, 'hello']]],
    ['a chunked body', chunked, [['ended', 200, 'hello world']]],
    ['an answer without a body', 'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n', [['ended', 202, '']]],
    ['an event stream', stream, streamed],
  ])('reads %s, however it is cut', (_what, text, expected) => {
    for (const size of [text.length, 7, 1]) {
      const { reader, seen } = collect();
      for (let at = 0; at < text.length; at += size) reader.push(Buffer.from(text.slice(at, at + size)));
      expect(seen, `in pieces of ${size}`).toEqual(expected);
    }
  });

  it('reads answers that follow each other on one connection', () => {
    const { reader, seen } = collect();
    reader.push(Buffer.from(byLength + chunked + byLength));
    expect(seen.map((entry) => (entry as unknown[])[2])).toEqual(['hello', 'hello world', 'hello']);
  });

  it('ends a body without a length when the connection ends', () => {
    const { reader, seen } = collect();
    reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nto the end'));
    expect(seen).toEqual([]);
    reader.close();
    expect(seen).toEqual([['ended', 200, 'to the end']]);
  });
});
