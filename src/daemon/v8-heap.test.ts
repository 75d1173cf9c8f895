import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MB = 1024 * 1024;

it('V8 gives its collector to us and to nobody else', async () => {
  const program = `
    const { openV8Heap } = await import(process.argv[1]);
    const heap = openV8Heap();
    globalThis.garbage = Array.from({ length: 400_000 }, (_, at) => ({ at, list: [at] }));
    heap.collect();
    const full = heap.oldBytes();
    globalThis.garbage = undefined;
    const before = heap.heldBytes();
    heap.collect();
    const { runInNewContext } = await import('node:vm');
    console.log(JSON.stringify({ full, left: heap.oldBytes(), before, after: heap.heldBytes(),
      reachable: [typeof globalThis.gc, runInNewContext('typeof gc')] }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    program,
    new URL('./v8-heap.ts', import.meta.url).href,
  ]);
  const { full, left, before, after, reachable } = JSON.parse(stdout);
  expect(left).toBeLessThan(full - 15 * MB);
  expect(after).toBeLessThan(before - 10 * MB);
  expect(reachable).toEqual(['undefined', 'undefined']);
});
