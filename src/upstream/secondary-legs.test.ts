/**
 * upstream/secondary-legs.test — who gets a leg of their own, and when it ends.
 */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import type { Leg } from './leg.ts';
import { legKey, ownedLegsLimit, SecondaryLegs, unusedForMs } from './secondary-legs.ts';

function fakeLeg(owner: string | undefined): Leg & { isClosed: boolean; inFlight: number } {
  const leg = {
    owner,
    isClosed: false,
    inFlight: 0,
    close: () => {
      leg.isClosed = true;
      return Promise.resolve();
    },
  };
  return leg as unknown as Leg & { isClosed: boolean; inFlight: number };
}

function rig(): {
  legs: SecondaryLegs;
  clock: ManualClock;
  /** Sessions whose clients are there. */
  present: Set<string>;
  readonly open: (owner: string, sessionKey?: string) => Promise<Leg & { inFlight: number }>;
} {
  const clock = new ManualClock();
  const present = new Set<string>();
  const legs = new SecondaryLegs('fixture', clock, (sessionKey) => present.has(sessionKey));
  return {
    legs,
    clock,
    present,
    open: (owner, sessionKey) =>
      legs.open(legKey('legacy', owner), { owner, sessionKey }, () =>
        Promise.resolve(fakeLeg(owner)),
      ) as Promise<Leg & { inFlight: number }>,
  };
}

describe('SecondaryLegs', () => {
  it('opens one leg for all who ask at once', async () => {
    const { legs } = rig();
    let opened = 0;
    const work = (): Promise<Leg> => {
      opened += 1;
      return Promise.resolve(fakeLeg('a'));
    };
    const key = legKey('legacy', 'a');
    const user = { owner: 'a', sessionKey: 'a' };
    const [one, two] = await Promise.all([legs.open(key, user, work), legs.open(key, user, work)]);
    expect([one === two, opened, legs.find(key) === one]).toEqual([true, 1, true]);
  });

  it('R14 closes the longest unused leg for the next client, first among clients that are away', async () => {
    const { legs, clock, present, open } = rig();
    for (let count = 0; count < ownedLegsLimit; count += 1) {
      clock.advance(1);
      await open(`s${count}`, `s${count}`);
    }
    const [first, second, third] = legs.all() as (Leg & { inFlight: number })[];
    present.add('s0');
    if (second !== undefined) second.inFlight = 1;
    await open('next', 'next');
    expect([first, second, third].map((leg) => leg?.isClosed)).toEqual([false, false, true]);
    expect(legs.all()).toHaveLength(ownedLegsLimit);
  });

  it('R14 refuses one more only when all are at work', async () => {
    const { legs, open } = rig();
    for (let count = 0; count < ownedLegsLimit; count += 1) (await open(`client-${count}`)).inFlight = 1;
    await expect(open('one-more')).rejects.toMatchObject({ code: 'transports.busy' });
    (legs.all()[7] as Leg & { inFlight: number }).inFlight = 0;
    await expect(open('one-more')).resolves.toBeDefined();
  });

  it('counts the legs that are being opened', async () => {
    const { legs } = rig();
    const never = new Promise<Leg>(() => {});
    const opening = [];
    for (let count = 0; count <= ownedLegsLimit; count += 1) {
      const owner = `client-${count}`;
      opening.push(legs.open(legKey('legacy', owner), { owner, sessionKey: undefined }, () => never));
    }
    await expect(opening.at(-1)).rejects.toMatchObject({ code: 'transports.busy' });
  });

  it('closes a leg whose owner went while it was opened', async () => {
    const { legs } = rig();
    const leg = fakeLeg('a');
    let give: (leg: Leg) => void = () => {};
    const opening = legs.open(
      legKey('legacy', 'a'),
      { owner: 'a', sessionKey: 'a' },
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    );
    const failure = expect(opening).rejects.toMatchObject({ code: 'transports.closed' });
    await legs.release('a');
    give(leg);
    await failure;
    expect([leg.isClosed, legs.all()]).toEqual([true, []]);
  });

  it.each<[string, string | undefined, boolean, number, boolean]>([
    ['a modern client', undefined, false, 0, true],
    ['a session whose client went without a word', 's', false, 0, true],
    ['a session whose client listens', 's', true, 0, false],
    ['a client whose call runs', undefined, false, 1, false],
  ])('R14 after minutes without use, the leg of %s', async (_, sessionKey, isPresent, inFlight, isClosed) => {
    const { legs, clock, present, open } = rig();
    if (isPresent) present.add('s');
    const leg = await open(sessionKey ?? 'name', sessionKey);
    leg.inFlight = inFlight;
    clock.advance(unusedForMs + 60_000);
    expect(leg.isClosed).toBe(isClosed);
    expect(legs.all()).toHaveLength(isClosed ? 0 : 1);
    // Its time runs from the moment at which its client went.
    leg.inFlight = 0;
    present.clear();
    clock.advance(unusedForMs - 60_000);
    expect(leg.isClosed).toBe(isClosed);
    clock.advance(180_000);
    expect(leg.isClosed).toBe(true);
  });

  it('R14 keeps the leg of a workspace while one of its sessions is there', async () => {
    const { legs, clock, present, open } = rig();
    const leg = await open('workspace:/a', 's1');
    legs.find(legKey('legacy', 'workspace:/a'), 's2');
    present.add('s2');
    await legs.release('s1');
    clock.advance(unusedForMs * 2);
    expect(leg.isClosed).toBe(false);
    await legs.release('s2');
    clock.advance(unusedForMs * 2);
    expect(leg.isClosed).toBe(true);
  });

  it('forgets a leg that ends by itself, and bears one that ends before it was open', async () => {
    const { legs } = rig();
    const ends: (() => void)[] = [];
    const user = { owner: 'a', sessionKey: undefined };
    const refused = legs.open(legKey('legacy', 'a'), user, (closed) => {
      closed();
      return Promise.reject(new Error('not this era'));
    });
    await expect(refused).rejects.toThrow('not this era');
    await legs.open(legKey('legacy', 'a'), user, (closed) => {
      ends.push(closed);
      return Promise.resolve(fakeLeg('a'));
    });
    expect(legs.all()).toHaveLength(1);
    ends[0]?.();
    expect(legs.all()).toEqual([]);
  });

  it('leaves the shared leg of the other era alone', async () => {
    const { legs, clock } = rig();
    const leg = await legs.open(legKey('modern', undefined), undefined, () =>
      Promise.resolve(fakeLeg(undefined)),
    );
    clock.advance(unusedForMs * 10);
    expect(leg.isClosed).toBe(false);
  });
});
