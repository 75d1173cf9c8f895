import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { BestEffortOutput } from './best-effort-output.ts';

class FakeStream extends EventEmitter {
  readonly written: string[] = [];
  writableLength = 0;
  fails: 'never' | 'later' | 'at once' = 'never';

  write(text: string): boolean {
    if (this.fails === 'at once') throw new Error('write after end');
    this.written.push(text);
    if (this.fails === 'later') this.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }));
    return true;
  }
}

describe('output that nobody reads any more', () => {
  it.each(['later', 'at once'] as const)('R1 is given up for good when a write fails %s', (fails) => {
    const stream = new FakeStream();
    const output = new BestEffortOutput(stream);
    output.write('one\n');
    stream.fails = fails;
    output.write('two\n');
    stream.fails = 'never';
    output.write('three\n');
    expect(output.isLost).toBe(true);
    expect(stream.written).not.toContain('three\n');
  });

  it('R1 does not fill the memory for a reader that has stopped', () => {
    const stream = new FakeStream();
    const output = new BestEffortOutput(stream);
    stream.writableLength = 2 * 1024 * 1024;
    output.write('lost\n');
    stream.writableLength = 0;
    output.write('read again\n');
    expect(stream.written).toEqual(['read again\n']);
  });
});
