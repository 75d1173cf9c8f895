import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.ts';

/** Reads `wire` in pieces of the given sizes, over and over, and gives what was told. */
function read(wire: string | Buffer, pieces: readonly number[] = [1 << 30], ends = false) {
  const heard = {
    heads: [] as [number, object][],
    body: '',
    reuseMs: undefined as number | undefined,
    error: undefined as string | undefined,
  };
  const reader = new AnswerReader({
    head: (status, headers) => heard.heads.push([status, headers]),
    data: (view) => {
      heard.body += view.toString('latin1');
    },
    complete: (reuseMs) => {
      heard.reuseMs = reuseMs;
    },
    broken: ({ code, message }) => {
      heard.error = `${code}: ${message}`;
    },
  });
  reader.expect();
  const bytes = Buffer.from(wire);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, pieces[turn % pieces.length] as number);
    // The memory of a chunk is used again, as a connection does.
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    reader.push(chunk);
    chunk.fill(0x2a);
    at += size;
  }
  if (ends) reader.ended();
  return { ...heard, isReading: reader.isReading };
}

const ok = 'HTTP/1.1 200 OK\r\n';

describe('AnswerReader', () => {
  it('tells head, body and that the connection can be used again', () => {
    const heard = read(`${ok}Content-Type: application/json\r\nX-Two:  a\t\r\ncontent-length: 2\r\n\r\n{}`);
    expect(heard).toEqual({
      heads: [[200, { 'content-type': 'application/json', 'x-two': 'a', 'content-length': '2' }]],
      body: '{}',
      reuseMs: 4_000,
      error: undefined,
      isReading: false,
    });
  });

  it.each([
    ['a length', `${ok}content-length: 5\r\n\r\nhello`, 'hello'],
    ['no body', `${ok}content-length: 0\r\n\r\n`, ''],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['no reason phrase', 'HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx', 'x'],
    [
      'chunks',
      `${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`,
      'abc0123456789',
    ],
    ['trailers', `${ok}Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\nz: w\r\n\r\n`, 'a'],
    [
      'informational answers first',
      `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${ok}content-length: 1\r\n\r\nx`,
      'x',
    ],
    ['a body that looks like a head', `${ok}content-length: 8\r\n\r\n\r\n\r\nHTTP`, '\r\n\r\nHTTP'],
  ])('reads %s, however it is cut', (_, wire, body) => {
    const whole = read(wire);
    expect(whole).toMatchObject({ body, reuseMs: 4_000, error: undefined, isReading: false });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (pieces) => {
        expect(read(wire, pieces)).toEqual(whole);
      }),
    );
  });

  it('reads to the end of the connection when nothing says how long it is', () => {
    const open = read(`${ok}\r\nhel`);
    expect(open).toMatchObject({ body: 'hel', reuseMs: undefined, isReading: true });
    expect(read(`${ok}\r\nhello`, [3], true)).toMatchObject({ body: 'hello', reuseMs: 0, error: undefined });
  });

  it('keeps repeated headers apart', () => {
    const { heads } = read(
      `${ok}set-cookie: a\r\nSet-Cookie: b\r\nset-cookie: c\r\n__proto__: d\r\ncontent-length: 0\r\n\r\n`,
    );
    expect(heads[0]?.[1]).toEqual({ 'set-cookie': ['a', 'b', 'c'], 'content-length': '0' });
  });

  it.each([
    ['connection: close', 0],
    ['Connection: Keep-Alive', 4_000],
    ['connection: x, close', 0],
    ['keep-alive: timeout=5', 4_000],
    ['Keep-Alive: timeout=60, max=100', 59_000],
    ['keep-alive: timeout=1', 0],
    ['keep-alive: timeout=999999', 599_000],
    ['keep-alive: max=5', 4_000],
  ])('a server that says "%s" may be asked again for %i ms', (header, reuseMs) => {
    expect(read(`${ok}${header}\r\ncontent-length: 0\r\n\r\n`).reuseMs).toBe(reuseMs);
  });

  it.each([
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 0],
    ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', 4_000],
  ])('takes HTTP/1.0 as it is: %j', (wire, reuseMs) => {
    expect(read(wire).reuseMs).toBe(reuseMs);
  });

  it.each([
    ['bytes behind a counted body', `${ok}content-length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n`],
    ['bytes behind chunks', `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\nmore`],
    ['bytes behind no body', `${ok}content-length: 0\r\n\r\nmore`],
  ])('never uses a connection again after %s', (_, wire) => {
    expect(read(wire)).toMatchObject({ reuseMs: 0, error: undefined });
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9\r\n', 'does not begin like'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'does not begin like'],
    ['a status that is none', 'HTTP/1.1 2x0 OK\r\n\r\n', 'does not begin like'],
    ['a status out of range', 'HTTP/1.1 999 OK\r\n\r\n', 'does not begin like'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'does not begin like'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n', 'another protocol'],
    ['a line without a colon', `${ok}nothing\r\n\r\n`, 'no header'],
    ['a blank before the colon', `${ok}content-length : 1\r\n\r\n`, 'no header'],
    ['a NUL', `${ok}a: b\0c\r\n\r\n`, 'control character'],
    [
      'a length and an encoding',
      `${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
      'a length and an encoding',
    ],
    ['two lengths that differ', `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\n`, 'length is no number'],
    ['a list of lengths that differ', `${ok}content-length: 1, 2\r\n\r\n`, 'length is no number'],
    ['a carriage return within a line', `${ok}a: b\rc: d\r\n\r\n`, 'control character'],
    ['a negative length', `${ok}content-length: -1\r\n\r\n`, 'length is no number'],
    ['a length in hex', `${ok}content-length: 0x10\r\n\r\n`, 'length is no number'],
    ['an unknown encoding', `${ok}transfer-encoding: gzip, chunked\r\n\r\n`, 'encoding is not known'],
    [
      'two encodings',
      `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
      'encoding is not known',
    ],
    ['a chunk size that is none', `${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 'size of a chunk'],
    ['a chunk size with a sign', `${ok}transfer-encoding: chunked\r\n\r\n+1\r\na\r\n`, 'size of a chunk'],
    ['a chunk size too large', `${ok}transfer-encoding: chunked\r\n\r\n1000000000000\r\n`, 'size of a chunk'],
    ['a chunk longer than its size', `${ok}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n`, 'chunk'],
    ['a head without end', `${ok}a: ${'b'.repeat(70_000)}`, 'too long'],
    ['a head too long with an end', `${ok}a: ${'b'.repeat(70_000)}\r\n\r\n`, 'too long'],
    [
      'a chunk extension without end',
      `${ok}transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(9_000)}`,
      'too long',
    ],
  ])('refuses %s', (_, wire, reason) => {
    for (const pieces of [[1 << 30], [1_000], [7]]) {
      const heard = read(wire, pieces);
      expect(heard.error).toContain('bad_answer: ');
      expect(heard.error).toContain(reason);
      expect(heard).toMatchObject({ reuseMs: undefined, isReading: false });
    }
  });

  it.each([
    ['in the head', 'HTTP/1.1 200 OK\r\ncont'],
    ['before the head', ''],
    ['in a counted body', `${ok}content-length: 9\r\n\r\nhalf`],
    ['in a chunk', `${ok}transfer-encoding: chunked\r\n\r\n9\r\nhalf`],
    ['before the last chunk', `${ok}transfer-encoding: chunked\r\n\r\n1\r\na\r\n`],
  ])('says that it was cut when the connection ends %s', (_, wire) => {
    expect(read(wire, undefined, true).error).toMatch(/^cut: /);
  });

  it('reads nothing that nobody expects', () => {
    const heard: string[] = [];
    const reader = new AnswerReader({
      head: () => heard.push('head'),
      data: () => heard.push('data'),
      complete: () => heard.push('complete'),
      broken: () => heard.push('broken'),
    });
    reader.push(Buffer.from(`${ok}content-length: 0\r\n\r\n`));
    reader.ended();
    expect(heard).toEqual([]);
  });

  it('tells nothing more once it was stopped from within', () => {
    let told = 0;
    const reader: AnswerReader = new AnswerReader({
      head: () => reader.stop(),
      data: () => (told += 1),
      complete: () => (told += 1),
      broken: () => (told += 1),
    });
    reader.expect();
    reader.push(Buffer.from(`${ok}content-length: 4\r\n\r\nbody`));
    expect(told).toBe(0);
  });

  it('never throws and never invents, whatever comes', () => {
    const parts = fc.constantFrom(
      ok,
      '\r\n',
      'content-length: 3\r\n',
      'transfer-encoding: chunked\r\n',
      '3\r\nabc\r\n',
      '0\r\n\r\n',
      'x: y\r\n',
      'abc',
      '\0',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.array(parts),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        (wire, pieces) => {
          const text = wire.join('');
          const heard = read(text, pieces, true);
          expect(heard.isReading).toBe(false);
          // Exactly one end.
          expect([heard.reuseMs !== undefined, heard.error !== undefined].filter(Boolean)).toHaveLength(1);
          // What comes behind the end is seen at once or with the next piece; the rest does not depend on the pieces.
          const whole = read(text, undefined, true);
          expect({ ...whole, reuseMs: 0 }).toEqual({ ...heard, reuseMs: 0 });
        },
      ),
    );
  });
});
