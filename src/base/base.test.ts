/**
 * base/base.test — errors, events, secrets, lifecycle and canonical JSON.
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ManualClock } from './clock.ts';
import { defineErrors, isMcpMuxError } from './errors.ts';
import { EventBus } from './event-bus.ts';
import { nextCallId, randomText } from './ids.ts';
import { canonicalJson } from './json.ts';
import { Closer } from './lifecycle.ts';
import { Secret } from './secret.ts';

describe('defineErrors', () => {
  const roomError = defineErrors('room', {
    broken: {
      kind: 'unavailable',
      retry: 'safe',
      says: (f) => `"${f.what}" is broken`,
      hint: () => 'mend it',
    },
    gone: { kind: 'not-found', says: () => 'it is gone' },
  });

  it('makes errors with code, kind, message, hint and cause', () => {
    const cause = new Error('why');
    expect(roomError('broken', { what: 'x' }, cause)).toMatchObject({
      code: 'room.broken',
      kind: 'unavailable',
      retry: 'safe',
      message: '"x" is broken',
      hint: 'mend it',
      cause,
    });
    expect(roomError('gone')).toMatchObject({ retry: 'no', hint: undefined });
  });

  it('is told apart by its code', () => {
    expect([
      isMcpMuxError(roomError('gone'), 'room.gone'),
      isMcpMuxError(roomError('gone'), 'room.broken'),
      isMcpMuxError(new Error('x')),
    ]).toEqual([true, false, false]);
  });
});

describe('EventBus', () => {
  it('tells all listeners in one order, also what they publish themselves, and survives a failing one', () => {
    const failures: unknown[] = [];
    const bus = new EventBus<{ type: string }>(new ManualClock(), (error) => failures.push(error));
    const heard: string[] = [];
    bus.subscribe(({ seq, event }) => {
      heard.push(`a${seq}${event.type}`);
      if (event.type === 'x') bus.publish({ type: 'y' });
    });
    bus.subscribe(() => {
      throw new Error('listener');
    });
    const leave = bus.subscribe(({ seq, event }) => heard.push(`b${seq}${event.type}`));
    bus.publish({ type: 'x' });
    leave();
    bus.publish({ type: 'z' });
    expect(heard).toEqual(['a1x', 'b1x', 'a2y', 'b2y', 'a3z']);
    expect(failures).toHaveLength(3);
  });
});

it.each([
  ['text', (secret: Secret) => String(secret)],
  ['JSON', (secret: Secret) => JSON.stringify({ secret })],
  ['inspection', (secret: Secret) => inspect({ secret }, { showHidden: true })],
])('a secret does not show in %s', (_, show) => {
  const secret = new Secret('hunter2');
  expect(show(secret)).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});

describe('Closer', () => {
  it('closes last-in first-out, once, and past a failure', async () => {
    const order: string[] = [];
    const closer = new Closer((name) => order.push(`failed ${name}`));
    closer.own('first', { close: () => void order.push('first') });
    closer.defer('second', () => Promise.reject(new Error('no')));
    closer.defer('third', () => void order.push('third'));
    await Promise.all([closer.close(), closer.close()]);
    expect(order).toEqual(['third', 'failed second', 'first']);
  });
});

it('writes the same text for the same value, whatever the order of keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: undefined }], a: 'x' })).toBe(
    canonicalJson({ a: 'x', b: [1, { d: null }] }),
  );
  expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: '1' }));
});

it('makes random text of the wanted length from letters and digits', () => {
  expect(randomText(43)).toMatch(/^[0-9A-Za-z]{43}$/);
  expect(randomText(43)).not.toBe(randomText(43));
  expect(nextCallId()).not.toBe(nextCallId());
});
