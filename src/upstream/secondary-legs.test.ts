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
  readonly open: (owner: string, isSession?: boolean) => Promise<Leg>;
} {
  const clock = new ManualClock();
  const legs = new SecondaryLegs('fixture', clock);
  return {
    legs,
    clock,
    open: (owner, isSession = false) =>
      legs.open(legKey('legacy', owner), { name: owner, isSession }, () => Promise.resolve(fakeLeg(owner))),
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
    const owner = { name: 'a', isSession: true };
    const [one, two] = await Promise.all([legs.open(key, owner, work), legs.open(key, owner, work)]);
    expect([one === two, opened, legs.find(key) === one]).toEqual([true, 1, true]);
  });

  it('refuses more legs of single clients than there may be', async () => {
    const { open } = rig();
    for (let count = 0; count < ownedLegsLimit; count += 1) await open(`client-${count}`);
    await expect(open('one-more')).rejects.toMatchObject({ code: 'transports.busy' });
  });

  it('closes a leg whose owner went while it was opened', async () => {
    const { legs } = rig();
    const leg = fakeLeg('a');
    let give: (leg: Leg) => void = () => {};
    const opening = legs.open(
      legKey('legacy', 'a'),
      { name: 'a', isSession: true },
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

  it('ends unused legs of names, and neither those of sessions nor those at work', async () => {
    const { legs, clock, open } = rig();
    const ofName = await open('name');
    const ofSession = await open('session', true);
    const busy = (await open('busy')) as Leg & { inFlight: number };
    busy.inFlight = 1;
    clock.advance(unusedForMs + 120_000);
    expect([ofName.isClosed, ofSession.isClosed, busy.isClosed]).toEqual([true, false, false]);
    expect(legs.all()).toEqual([ofSession, busy]);
  });
});
