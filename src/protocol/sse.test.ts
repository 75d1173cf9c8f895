import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSseEvent, type SseEvent, SseParser } from './sse.ts';

interface Heard {
  events: { type: string | undefined; id: string | undefined; data: string }[];
  retries: number[];
  tooLarge: number;
  lastEventId: string | undefined;
}

function parse(chunks: readonly Buffer[], maxEventBytes = 1_000_000): Heard {
  const heard: Heard = { events: [], retries: [], tooLarge: 0, lastEventId: undefined };
  const parser = new SseParser(
    {
      event: (event: SseEvent) => heard.events.push({ ...event, data: event.data.toString('utf8') }),
      retry: (delayMs) => heard.retries.push(delayMs),
      tooLarge: () => {
        heard.tooLarge += 1;
      },
    },
    maxEventBytes,
  );
  for (const chunk of chunks) parser.push(chunk);
  heard.lastEventId = parser.lastEventId;
  return heard;
}

/** What a parser keeps: objects and the memory of buffers. Without a collection, so it counts what is thrown away too. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive. Without a collection, Nodes differ in how much garbage they leave. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const dataOf = (text: string): string[] => parse([Buffer.from(text)]).events.map((event) => event.data);

describe('SseParser (WHATWG HTML, "Parsing an event stream")', () => {
  it.each([
    ['one line of data', 'data: hello\n\n', ['hello']],
    ['no space after the colon', 'data:hello\n\n', ['hello']],
    ['only the first space is taken away', 'data:  hello\n\n', [' hello']],
    ['several data lines are joined', 'data: a\ndata: b\n\n', ['a\nb']],
    ['CR alone ends a line', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['CRLF ends one line, not two', 'data: a\r\ndata: b\r\n\r\n', ['a\nb']],
    ['line ends may be mixed', 'data: a\r\n\ndata: b\r\n\r', ['a', 'b']],
    ['comments are nothing', ': ping\n\ndata: a\n: in between\ndata: b\n\n', ['a\nb']],
    ['unknown fields are nothing', 'datax: no\nfoo: bar\ndata: a\n\n', ['a']],
    ['a field without a colon has an empty value', 'data\n\n', ['']],
    ['an event without data is no event', 'event: x\nid: 1\n\n', []],
    ['empty data is an event', 'id: 7\ndata:\n\n', ['']],
    ['a byte order mark at the start is skipped', '\ufeffdata: a\n\n', ['a']],
    ['a byte order mark elsewhere is not', 'data: a\n\n\ufeffdata: b\n\n', ['a']],
    ['what has no blank line behind it is dropped', 'data: a\n\ndata: b\n', ['a']],
    ['colons in the value stay', 'data: {"a":"b:c"}\n\n', ['{"a":"b:c"}']],
  ])('%s', (_, text, expected) => {
    expect(dataOf(text)).toEqual(expected);
  });

  it('tells type and id of the event that has them, and remembers the last id', () => {
    const heard = parse([Buffer.from('id: 1\nevent: endpoint\ndata: a\n\ndata: b\n\nid: 2\n\n')]);
    expect(heard.events).toEqual([
      { type: 'endpoint', id: '1', data: 'a' },
      { type: undefined, id: undefined, data: 'b' },
    ]);
    expect(heard.lastEventId).toBe('2');
  });

  it('ignores an id with a null character, and forgets the last id when an empty one comes', () => {
    expect(parse([Buffer.from('id: a\u0000b\ndata: x\n\n')]).lastEventId).toBeUndefined();
    expect(parse([Buffer.from('id: a\ndata: x\n\nid\ndata: y\n\n')]).lastEventId).toBeUndefined();
  });

  it('takes a retry time of digits only', () => {
    expect(parse([Buffer.from('retry: 250\nretry: 1s\nretry: -1\nretry:\n\n')]).retries).toEqual([250]);
  });

  it.each([
    ['one line in one chunk', ['data: {"a":1}\n\n'], '{"a":1}'],
    ['its end comes in another chunk', ['data: {"a":1}\n', '\n'], '{"a":1}'],
    ['a line in two chunks', ['data: {"a"', ':1}\n\n'], '{"a":1}'],
    ['two lines in one chunk', ['data: {"a":\ndata: 1}\n\n'], '{"a":\n1}'],
    ['two lines in two chunks', ['data: {"a":\nda', 'ta: 1}\n\n'], '{"a":\n1}'],
  ])('gives data that stays when the memory of the chunks is used again: %s', (_, texts, expected) => {
    const datas: Buffer[] = [];
    const parser = new SseParser({ event: ({ data }) => datas.push(data), tooLarge: () => {} }, 100);
    for (const text of texts) {
      const chunk = Buffer.from(text);
      parser.push(chunk);
      chunk.fill('!');
    }
    expect(datas.map((data) => data.toString())).toEqual([expected]);
  });

  it('goes on from an id it is given, until the stream gives another or resets it', () => {
    const sink = { event: () => {}, tooLarge: () => {} };
    const parser = new SseParser(sink, 100, 'before');
    parser.push(Buffer.from('data: a\n\n'));
    expect(parser.lastEventId).toBe('before');
    parser.push(Buffer.from('id: 1\n\n'));
    expect(parser.lastEventId).toBe('1');
    parser.push(Buffer.from('id\ndata: b\n\n'));
    expect(parser.lastEventId).toBeUndefined();
  });

  it.each([
    ['empty data lines', () => ['data:\n'.repeat(1_000_000)]],
    ['data lines of one byte', () => ['data:x\n'.repeat(1_000_000)]],
    ['a data line in chunks of one byte', () => ['data:', ...'x'.repeat(1_000_000).split('')]],
    ['data lines in small chunks', () => 'data:\n,'.repeat(300_000).split(',')],
    [
      'ids and types, again and again',
      () => [`data\n${`id:${'x'.repeat(1_000)}\nevent:x\n`.repeat(20_000)}`],
    ],
  ])('R77 keeps an event in the memory of its bytes, however it is cut: %s', (_, make) => {
    const chunks = make().map((text) => Buffer.from(text));
    let told: SseEvent | undefined;
    const parser = new SseParser({ event: (event) => (told = event), tooLarge: () => {} }, 64 * 1024 * 1024);
    const before = heldBytes();
    for (const chunk of chunks) parser.push(chunk);
    const kept = heldBytes() - before;
    parser.push(Buffer.from('\n\n'));
    expect(told).toBeDefined();
    expect(kept).toBeLessThan(16 * 1024 * 1024);
  });

  it.each([
    ['one long line', ['data: ', 'x'.repeat(200)]],
    ['many short lines', Array.from({ length: 40 }, () => 'data: xxxxx\n')],
    ['a long comment', [`: ${'x'.repeat(100)}`, 'x'.repeat(100)]],
  ])('stops at the cap: %s', (_, parts) => {
    const heard = parse([...parts.map((part) => Buffer.from(part)), Buffer.from('\n\ndata: after\n\n')], 100);
    expect(heard.tooLarge).toBe(1);
    expect(heard.events).toEqual([]);
  });

  it('tells the same events however the stream is cut into chunks', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
      fc.constantFrom(
        '',
        '',
        '',
        ': comment',
        'event: note',
        'id: 42',
        'id',
        'retry: 9',
        'data',
        'data: grün €😀',
      ),
    );
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 40 })
      .map((lines) => Buffer.from(`\ufeff${lines.map(([text, end]) => text + end).join('')}\n\n`));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 60 }), (bytes, cuts) => {
        const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const place of [...places, bytes.length]) {
          chunks.push(bytes.subarray(at, place));
          at = place;
        }
        expect(parse(chunks)).toEqual(parse([bytes]));
        expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(parse([bytes]));
      }),
      { numRuns: 100 },
    );
  });
});

describe('encodeSseEvent', () => {
  it.each([
    ['data alone', encodeSseEvent('{"a":1}'), 'data: {"a":1}\n\n'],
    [
      'all fields',
      encodeSseEvent('x', { type: 'message', id: '7', retryMs: 100 }),
      'event: message\nid: 7\nretry: 100\ndata: x\n\n',
    ],
    ['line breaks in text', encodeSseEvent('a\nb\r\nc\rd'), 'data: a\ndata: b\ndata: c\ndata: d\n\n'],
    ['line breaks in bytes', encodeSseEvent(Buffer.from('ü\n€')), 'data: ü\ndata: €\n\n'],
    ['nothing', encodeSseEvent(''), 'data: \n\n'],
  ])('writes %s', (_, frame, expected) => {
    expect(frame.toString('utf8')).toBe(expected);
  });

  it('is read back by the parser, text or bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, asBytes) => {
        const frame = encodeSseEvent(asBytes ? Buffer.from(text) : text, { id: '1' });
        expect(parse([frame]).events.map((event) => event.data)).toEqual([
          Buffer.from(text)
            .toString('utf8')
            .replace(/\r\n|\r/g, '\n'),
        ]);
      }),
    );
  });
});
