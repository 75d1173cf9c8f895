/** protocol/json-turns — tests. */
import { describe, expect, it } from 'vitest';
import { inspectRequest } from './inspect-request.ts';
import { RawJson } from './raw-json.ts';
import { type ScannedMessage, scanMessage } from './scan.ts';

/** Counts the turns that others get until `work` is done. */
async function turnsDuring<Value>(work: Promise<Value> | Value): Promise<{ value: Value; turns: number }> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const value = await work;
  isOver = true;
  return { value, turns };
}

const mebibyte = 1024 * 1024;
const shapes: readonly (readonly [string, string])[] = [
  ['small values', `[{}${',{}'.repeat((8 * mebibyte) / 3)}]`],
  ['members', `{${Array.from({ length: 400_000 }, (_, at) => `"key-number-${at}":0`).join(',')}}`],
  ['one string full of escapes', `"${'\\n'.repeat(8 * mebibyte)}"`],
  ['nested lists', `[${'[[[[[[[[1]]]]]]]],'.repeat(mebibyte / 2)}1]`],
  ['long numbers', `[${'1234567890123456789,'.repeat(mebibyte)}1]`],
];

describe('a long message', () => {
  it.each(shapes)('R68 of %s is looked through in turns, and found all the same', async (_, text) => {
    const bytes = Buffer.from(`{"jsonrpc":"2.0","id":7,"result":{"x":${text},"isError":true}}`);
    const { value, turns } = await turnsDuring(scanMessage(bytes));
    expect(turns).toBeGreaterThan(2);
    const message = value as ScannedMessage;
    expect([message.id, message.kind, message.payload.is('isError', 'true')]).toEqual([7, 'result', true]);
    expect(message.payload.member('x')?.byteLength).toBe(text.length);
  });

  it.each(shapes.slice(2))('R68 of %s is judged in turns when a client sends it', async (_, text) => {
    const good = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"x":${text}}}`);
    const { value, turns } = await turnsDuring(inspectRequest(good));
    expect([value.ok, turns > 2]).toEqual([true, true]);
    const twice = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"x":${text},"x":1}}`);
    expect(await inspectRequest(twice)).toMatchObject({
      ok: false,
      reason: 'an object has the same key twice',
    });
    expect(await inspectRequest(good.subarray(0, good.length - 1))).toMatchObject({
      ok: false,
      code: -32700,
    });
  });

  it('R68 has its members and elements found in turns too', async () => {
    const list = RawJson.ofText(`[{}${',{}'.repeat((4 * mebibyte) / 3)}]`);
    const found = await turnsDuring(list.elementsInTurns());
    expect([found.value.length, found.turns > 2]).toEqual([Math.floor((4 * mebibyte) / 3) + 1, true]);
    const object = RawJson.ofText(`{"a":${shapes[0]![1]},"uri":"x"}`);
    const prepared = await turnsDuring(object.prepared());
    expect([prepared.value.text('uri'), prepared.turns > 2]).toEqual(['x', true]);
  });
});
