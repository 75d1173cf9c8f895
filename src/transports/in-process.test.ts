import { describe, expect, it } from 'vitest';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { InProcessTransport } from './in-process.ts';
import type { InProcessServer } from './transport.ts';

async function wire(receive: InProcessServer['receive']): Promise<WireHarness> {
  const harness = new WireHarness(new InProcessTransport({ server: 'inside', target: { receive } }));
  await harness.open();
  return harness;
}

describe('InProcessTransport', () => {
  it('hands on parsed messages and gives answers back with their cause, never before send returned', async () => {
    const inside = await wire((message, reply) => {
      reply({ jsonrpc: '2.0', method: 'notifications/progress' });
      reply({ jsonrpc: '2.0', id: message['id']!, result: { got: message['params'] } });
    });
    const id = inside.ask('ping', { a: 1 });
    expect(inside.messages).toEqual([]);
    const answer = await inside.answer(id);
    expect(answer).toMatchObject({ causedBy: id, json: { result: { got: { a: 1 } } } });
    expect(inside.messages).toHaveLength(2);
  });

  it('fails the request when the server throws', async () => {
    const inside = await wire(() => {
      throw new Error('oops');
    });
    expect(await inside.failure(inside.ask('ping'))).toMatchObject({ code: 'transports.bad_answer' });
    expect((await inside.heardLog(/oops/)).level).toBe('error');
    inside.tell('notifications/x');
  });

  it('hears nothing after its end', async () => {
    let late: (() => void) | undefined;
    const inside = await wire((message, reply) => {
      late = () => reply({ jsonrpc: '2.0', id: message['id']!, result: {} });
    });
    inside.ask('ping');
    await eventually('the message', () => late !== undefined);
    await inside.transport.close();
    await inside.transport.close();
    late?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(inside.closes).toEqual([{ kind: 'asked' }]);
    expect(inside.messages).toEqual([]);
    expect(() => inside.ask('ping')).toThrow(expect.objectContaining({ code: 'transports.closed' }));
  });
});
