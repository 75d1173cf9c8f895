import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkBuffer } from './chunk-buffer.ts';

describe('ChunkBuffer', () => {
  it('gives nothing for nothing, and of a chunk a copy', () => {
    const gatherer = new ChunkBuffer(100);
    expect(gatherer.take()).toHaveLength(0);
    const chunk = Buffer.from('abc');
    gatherer.push(chunk);
    chunk.fill('!');
    expect(gatherer.bytes).toBe(3);
    expect(gatherer.take().toString()).toBe('abc');
    expect(gatherer.bytes).toBe(0);
  });

  it.each([1, 3, 1_000])('R77 keeps chunks of %s bytes in one piece of memory', (chunkBytes) => {
    const gatherer = new ChunkBuffer(64 * 1024 * 1024);
    const chunks = 2_000_000 / chunkBytes;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const chunk = Buffer.alloc(chunkBytes, 'x');
    for (let at = 0; at < chunks; at += 1) gatherer.push(chunk);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - heapUsed - arrayBuffers).toBeLessThan(8 * 1024 * 1024);
    expect(gatherer.take().equals(Buffer.alloc(Math.ceil(chunks) * chunkBytes, 'x'))).toBe(true);
  });

  it('joins chunks of any number and size, again and again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), { maxLength: 5 }),
        (rounds) => {
          const gatherer = new ChunkBuffer(1_000);
          for (const chunks of rounds) {
            for (const chunk of chunks) gatherer.push(Buffer.from(chunk));
            expect(gatherer.take().equals(Buffer.concat(chunks))).toBe(true);
          }
        },
      ),
    );
  });

  it.each([
    ['within the first capacity', 5_000_000, 100_000_000],
    ['over the first capacity', 70_000_000, 100_000_000],
    ['up to the cap', 3_000_000, 3_000_000],
  ])('joins what is large: %s', (_, totalBytes, maxBytes) => {
    const gatherer = new ChunkBuffer(maxBytes);
    const chunkBytes = 500_000;
    for (let at = 0; at < totalBytes; at += chunkBytes) {
      gatherer.push(Buffer.alloc(Math.min(chunkBytes, totalBytes - at), (at / chunkBytes) % 251));
    }
    expect(gatherer.bytes).toBe(totalBytes);
    const whole = gatherer.take();
    expect(whole).toHaveLength(totalBytes);
    for (let at = 0; at < totalBytes; at += chunkBytes) expect(whole[at]).toBe((at / chunkBytes) % 251);
    expect(whole[totalBytes - 1]).toBe((Math.ceil(totalBytes / chunkBytes) - 1) % 251);
  });

  it('forgets everything when it is cleared', () => {
    const gatherer = new ChunkBuffer(10_000_000);
    gatherer.push(Buffer.alloc(3_000_000));
    gatherer.clear();
    gatherer.push(Buffer.from('x'));
    expect(gatherer.take().toString()).toBe('x');
  });
});
