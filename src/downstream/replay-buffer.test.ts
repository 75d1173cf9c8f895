/**
 * downstream/replay-buffer.test — what a client missed, it gets when it comes back; nothing else, and not without end.
 */
import { describe, expect, it } from 'vitest';
import type { EventStream, StreamEvent } from '../http/index.ts';
import { ReplayBuffer, readEventId } from './replay-buffer.ts';

function recorder(): { events: StreamEvent[]; stream: EventStream; isOpen: boolean } {
  const state = { events: [] as StreamEvent[], isOpen: true, stream: undefined as unknown as EventStream };
  state.stream = {
    get isOpen() {
      return state.isOpen;
    },
    bufferedBytes: 0,
    send: (event: StreamEvent) => {
      state.events.push(event);
      return true;
    },
    end: () => {
      state.isOpen = false;
    },
  } as unknown as EventStream;
  return state;
}

describe('ReplayBuffer', () => {
  it('numbers events and replays what came after a number', () => {
    const log = new ReplayBuffer('s1');
    const first = recorder();
    log.attach(first.stream);
    for (const text of ['a', 'b', 'c']) log.send(text);
    expect(first.events.map((event) => event.id)).toEqual(['s1.1', 's1.2', 's1.3']);
    const second = recorder();
    log.attach(second.stream);
    log.replayAfter(1);
    expect(second.events.map((event) => [event.id, event.data])).toEqual([
      ['s1.2', 'b'],
      ['s1.3', 'c'],
    ]);
    expect(first.isOpen).toBe(false);
  });

  it('keeps what is sent while nobody is attached, and ends a finished stream after the replay', () => {
    const log = new ReplayBuffer('s1');
    log.send('missed');
    log.finish();
    const late = recorder();
    log.attach(late.stream);
    log.replayAfter(0);
    expect(late.events.map((event) => event.data)).toEqual(['missed']);
    expect(late.isOpen).toBe(false);
  });

  it('forgets the oldest beyond its limits', () => {
    const log = new ReplayBuffer('s1');
    for (let count = 0; count < 5; count += 1) log.send('x'.repeat(400_000));
    const late = recorder();
    log.attach(late.stream);
    log.replayAfter(0);
    expect(late.events.map((event) => event.id)).toEqual(['s1.4', 's1.5']);
  });

  it('keeps no event that alone is beyond its limits, and no connection of a stream that is over', () => {
    const log = new ReplayBuffer('s1');
    const first = recorder();
    log.attach(first.stream);
    log.send('x'.repeat(2_000_000));
    log.finish();
    expect([first.events.length, first.isOpen, log.isAttached]).toEqual([1, false, false]);
    first.isOpen = true;
    expect(log.isAttached).toBe(false);
    const late = recorder();
    log.attach(late.stream);
    log.replayAfter(0);
    expect([late.events, late.isOpen]).toEqual([[], false]);
  });

  it('does not replay the event that only gave an id', () => {
    const log = new ReplayBuffer('s1');
    const first = recorder();
    log.attach(first.stream);
    log.prime();
    log.send('a');
    const second = recorder();
    log.attach(second.stream);
    log.replayAfter(0);
    expect(second.events.map((event) => event.data)).toEqual(['a']);
  });
});

it.each([
  ['abc.7', { streamId: 'abc', number: 7 }],
  ['abc', undefined],
  ['../x.1', undefined],
  ['a.1e9', undefined],
])('reads the event id %s', (eventId, expected) => {
  expect(readEventId(eventId)).toEqual(expected);
});
