import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.ts';

/** What is read of an answer that comes in pieces of this size. */
function read(
  text: string,
  pieceBytes: number,
): { headers: IncomingHttpHeaders; body: string; isOver: boolean; problem: string } {
  const heard = { headers: {} as IncomingHttpHeaders, body: '', isOver: false, problem: '' };
  const reader = new AnswerReader({
    head: (_, headers) => {
      heard.headers = headers;
    },
    data: (view) => {
      heard.body += view.toString('latin1');
    },
    complete: () => {
      heard.isOver = true;
    },
    broken: (error) => {
      heard.problem = error.message;
    },
  });
  reader.expect();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  return heard;
}

const ok = 'HTTP/1.1 200 OK\r\n';

describe('an answer that is borne', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['a folded header', `${ok}a: b\r\n  c\r\n\td\r\ncontent-length: 2\r\n\r\nhi`, { a: 'b c d' }, 'hi'],
    ['a folded header that begins empty', `${ok}a:\r\n b\r\ncontent-length: 2\r\n\r\nhi`, { a: 'b' }, 'hi'],
    ['the same length twice', `${ok}content-length: 2\r\nContent-Length: 2\r\n\r\nhi`, {}, 'hi'],
    ['the same length in a list', `${ok}content-length: 2, 2\r\n\r\nhi`, {}, 'hi'],
    [
      'a chunk size with zeros before it',
      `${ok}transfer-encoding: chunked\r\n\r\n0000000000002\r\nhi\r\n000000000000\r\n\r\n`,
      {},
      'hi',
    ],
    ['line feeds alone', 'HTTP/1.1 200 OK\na: b\ncontent-length: 2\n\nhi', { a: 'b' }, 'hi'],
    ['line feeds among the others', `${ok}a: b\ncontent-length: 2\r\nc: d\n\r\nhi`, { a: 'b', c: 'd' }, 'hi'],
    ['an empty line with a line feed alone', `${ok}content-length: 2\r\n\nhi`, {}, 'hi'],
    [
      'a body that looks like the end of a head',
      `${ok}content-length: 6\r\n\r\n\n\n\r\n\r\n`,
      {},
      '\n\n\r\n\r\n',
    ],
    [
      'an informational head with line feeds',
      `HTTP/1.1 103 Early Hints\na: x\n\n${ok}content-length: 2\r\n\r\nhi`,
      {},
      'hi',
    ],
  ])('R40 has %s', (_, text, headers, body) => {
    for (const pieceBytes of [text.length, 1, 7]) {
      const heard = read(text, pieceBytes);
      expect(heard).toMatchObject({ headers, body, isOver: true, problem: '' });
    }
  });

  it.each([
    ['lengths that differ', `${ok}content-length: 2\r\ncontent-length: 3\r\n\r\nhi`],
    ['a chunk size beyond any memory', `${ok}transfer-encoding: chunked\r\n\r\nfffffffffffff\r\n`],
    ['a length beside an encoding', `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])('R40 has not %s', (_, text) => {
    for (const pieceBytes of [text.length, 1]) expect(read(text, pieceBytes).problem).not.toBe('');
  });
});
