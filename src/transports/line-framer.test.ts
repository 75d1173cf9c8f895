import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFramer } from './line-framer.ts';

function frame(chunks: readonly Buffer[], maxLineBytes = 1_000_000, badLinesAllowed = 100) {
  const heard = { lines: [] as Buffer[], bad: [] as string[], tooLarge: 0 };
  const framer = new LineFramer(
    {
      line: (bytes) => heard.lines.push(bytes),
      badLine: (reason) => {
        heard.bad.push(reason);
        return heard.bad.length < badLinesAllowed;
      },
      tooLarge: () => {
        heard.tooLarge += 1;
      },
    },
    maxLineBytes,
  );
  for (const chunk of chunks) framer.push(chunk);
  return { ...heard, texts: heard.lines.map((line) => line.toString('utf8')), framer };
}

describe('LineFramer', () => {
  it.each([
    ['one line', '{"a":1}\n', ['{"a":1}']],
    ['several lines', '{}\n[1]\n', ['{}', '[1]']],
    ['CRLF', '{}\r\n{"a":1}\r\n', ['{}', '{"a":1}']],
    ['leading space', '  \t{}\n', ['  \t{}']],
    ['no end yet', '{}\n{"half":', ['{}']],
  ])('gives messages: %s', (_, text, expected) => {
    expect(frame([Buffer.from(text)]).texts).toEqual(expected);
  });

  it.each([
    ['a banner', Buffer.from('Server listening\n'), 'not-json'],
    ['a number', Buffer.from('42\n'), 'not-json'],
    ['a null character first', Buffer.from('\0{}\n'), 'not-json'],
    ['an empty line', Buffer.from('\n'), 'empty'],
    ['a line of spaces', Buffer.from('   \r\n'), 'empty'],
  ])('reports a bad line and goes on: %s', (_, bytes, reason) => {
    const { bad, texts } = frame([bytes, Buffer.from('{"next":1}\n')]);
    expect(bad).toEqual([reason]);
    expect(texts).toEqual(['{"next":1}']);
  });

  it('stops when bad lines are not wanted any more', () => {
    const { bad, texts } = frame([Buffer.from('y\n'.repeat(1_000)), Buffer.from('{}\n')], 1_000, 5);
    expect(bad).toHaveLength(5);
    expect(texts).toEqual([]);
  });

  it('does not copy a line that lies in one chunk', () => {
    const chunk = Buffer.from('{"a":1}\n{"b":2}\n');
    const { lines } = frame([chunk]);
    expect(lines.every((line) => line.buffer === chunk.buffer)).toBe(true);
  });

  it('gives the same lines however they are cut, multi-byte characters too', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.json({ stringUnit: 'binary' }).map((text) => `{"x":${text.replace(/[\r\n]/g, ' ')}}`),
          { maxLength: 8 },
        ),
        fc.array(fc.nat(), { maxLength: 30 }),
        (messages, cuts) => {
          const bytes = Buffer.from(messages.map((message) => `${message}\n`).join(''));
          const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
          const chunks = [...places, bytes.length].map((place, i) =>
            bytes.subarray(places[i - 1] ?? 0, place),
          );
          const whole = frame([bytes]).texts;
          expect(frame(chunks).texts).toEqual(whole);
        },
      ),
    );
  });

  it.each([
    ['in one chunk', [`{"a":"${'x'.repeat(200)}"}\n{}\n`]],
    ['over chunks', ['{"a":"', 'x'.repeat(60), 'x'.repeat(60), 'x"}\n{}\n']],
    ['without any end', ['x'.repeat(60), 'x'.repeat(60)]],
  ])('ends at the cap and forgets what it held: %s', (_, parts) => {
    const { tooLarge, lines, framer } = frame(
      parts.map((part) => Buffer.from(part)),
      100,
    );
    expect(tooLarge).toBe(1);
    expect(lines).toEqual([]);
    expect(framer.bufferedBytes).toBe(0);
  });

  it('takes a line of exactly the cap', () => {
    expect(frame([Buffer.from(`${'['.repeat(100)}\n`)], 100).tooLarge).toBe(0);
  });

  it('needs time in proportion to the bytes for a line in many chunks', () => {
    const timeFor = (chunks: number): number => {
      const chunk = Buffer.alloc(1_024, 0x5b);
      const parts = [...Array.from({ length: chunks }, () => chunk), Buffer.from('\n')];
      const before = performance.now();
      expect(frame(parts, 1e9).lines).toHaveLength(1);
      return performance.now() - before;
    };
    timeFor(1_000);
    // The best of some: a busy machine makes single runs longer, never shorter.
    let small = Number.POSITIVE_INFINITY;
    let large = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3 || (round < 12 && large / small >= 120); round += 1) {
      small = Math.max(0.5, Math.min(small, timeFor(2_000)));
      large = Math.min(large, timeFor(32_000));
    }
    // 16 times the bytes; a quadratic framer would need 256 times the time.
    expect(large / small).toBeLessThan(120);
  });
});
