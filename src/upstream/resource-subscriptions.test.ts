/**
 * upstream/resource-subscriptions.test — what a server is told of who listens: in order, and not for ever in vain.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { startRawHttpServer } from '../../test/support/raw-server.ts';
import { openServerLife } from '../../test/support/server-life.ts';
import { eventually } from '../../test/support/wire-harness.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

describe('a legacy server', () => {
  it('R96 is told of one resource by one request at a time, and last of what is wanted last', async () => {
    const subscribed = new Set<string>();
    let inFlight = 0;
    let atOnce = 0;
    const slowly = (act: (uri: string) => void) => async (call: { params: Record<string, unknown> }) => {
      inFlight += 1;
      atOnce = Math.max(atOnce, inFlight);
      // The first one takes longest, so that two that overlap would be carried out in the other order.
      await new Promise((resolve) => setTimeout(resolve, subscribed.size === 0 ? 60 : 5));
      act(call.params['uri'] as string);
      inFlight -= 1;
      return {};
    };
    const server = keep(
      await startRawHttpServer({
        eras: ['legacy'],
        resources: [{ uri: 'note://1', name: 'one' }],
        handlers: {
          'resources/subscribe': slowly((uri) => subscribed.add(uri)),
          'resources/unsubscribe': slowly((uri) => subscribed.delete(uri)),
        },
      }),
    );
    const life = keep(openServerLife());
    const notes = await life.start('notes', { kind: 'http', url: server.url });
    const subscriptions = notes.subscriptionsFor('legacy');
    for (let round = 0; round < 3; round += 1) {
      void subscriptions.add('note://1');
      subscriptions.remove('note://1');
    }
    await subscriptions.add('note://1');
    expect([atOnce, [...subscribed]]).toEqual([1, ['note://1']]);
    subscriptions.remove('note://1');
    await eventually('the end of it', () => subscribed.size === 0 && inFlight === 0);
    expect(atOnce).toBe(1);
  });
});

describe('a modern server', () => {
  it.each([
    ['ends every listen at once', () => ({ resultType: 'complete' })],
    ['refuses every listen', undefined],
  ])(
    'R96 that %s is asked less and less',
    async (_, answer) => {
      const server = keep(
        await startRawHttpServer({
          eras: ['modern'],
          handlers: {
            'subscriptions/listen': (call) => {
              if (answer !== undefined) return answer();
              call.fail({ code: -32603, message: 'no' });
              return undefined;
            },
          },
        }),
      );
      const life = keep(openServerLife());
      const instance = await life.start('deaf', { kind: 'http', url: server.url });
      const listens = () =>
        server.received.all
          .filter(({ message }) => message?.method === 'subscriptions/listen')
          .map(({ at }) => at);
      await eventually('three of them', () => listens().length >= 3, 9_000);
      const [first = 0, second = 0, third = 0] = listens();
      expect(third - second).toBeGreaterThan((second - first) * 1.5);
      expect(instance.state.status).toBe('connected');
    },
    15_000,
  );
});
