import { afterEach, describe, expect, it } from 'vitest';
import { startAuthorizationServer } from '../../test/fixtures/oauth/authorization-server.ts';
import { browse } from '../../test/fixtures/oauth/browser.ts';
import { memoryCredentials } from '../../test/fixtures/oauth/memory-credentials.ts';
import { startResourceServer } from '../../test/fixtures/oauth/resource-server.ts';
import { call, makeRig, type Rig } from '../../test/fixtures/oauth/rig.ts';
import { ManualClock, Secret } from '../base/index.ts';
import type { TokenSet } from '../model/index.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

/** Waits for what happens beside the caller; with a deadline, without sleeping. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const signIn = async (rig: Rig) =>
  expect((await browse(await rig.signIn.start(rig.server, { mode: 'browser' }))).text).toContain('Signed in');
const stored = (rig: Rig) => rig.credentials.getTokens(rig.server.id);
const inUse = async (rig: Rig) => (await rig.tokens.authorizationFor(rig.server).current())?.reveal();
const renew = async (rig: Rig) => {
  const { accessToken } = (await stored(rig)) as TokenSet;
  const used = new Secret(`Bearer ${accessToken.reveal()}`);
  return (await rig.tokens.authorizationFor(rig.server).renew(used, 401, undefined))?.reveal();
};

async function setUp() {
  const authorizationServer = await startAuthorizationServer({ accessTokenSeconds: 3600 });
  const resourceServer = await startResourceServer(authorizationServer, { scopesSupported: ['mcp:read'] });
  const clock = new ManualClock(Date.now());
  const credentials = memoryCredentials();
  const rig = makeRig({ url: resourceServer.url, clock, credentials });
  closing.push(authorizationServer, resourceServer, rig);
  await signIn(rig);
  const isTaken = async (header: string | undefined) =>
    (await fetch(resourceServer.url, { method: 'POST', headers: { authorization: header ?? '' } })).status ===
    200;
  /** Time passes until `work` is done. */
  const whileTimePasses = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await until(async () => {
      if (!isDone) clock.advance(100);
      return isDone;
    });
    return done;
  };
  const diskFull = (times: number) => {
    credentials.failures = Array.from({ length: times }, () => new Error('disk full'));
  };
  return { authorizationServer, resourceServer, clock, credentials, rig, isTaken, whileTimePasses, diskFull };
}

/** Signed in, and renewed while the disk was full. */
async function renewedUnsaved() {
  const world = await setUp();
  world.diskFull(4);
  const renewed = await world.whileTimePasses(renew(world.rig));
  expect(await world.isTaken(renewed)).toBe(true);
  expect((await stored(world.rig))?.generation).toBe(1);
  return { ...world, renewed };
}

describe('tokens that could not be stored', () => {
  it('R87 are revoked by a sign-out and never used again', async () => {
    const { rig, renewed, isTaken, clock } = await renewedUnsaved();
    expect(await rig.tokens.signOut(rig.server)).toEqual({ isRevoked: true, reason: undefined });
    expect(await isTaken(renewed)).toBe(false);
    expect(await inUse(rig)).toBeUndefined();
    await signIn(rig);
    const second = (await stored(rig)) as TokenSet;
    expect(second.generation).toBe(2);
    clock.advance(3_590_000);
    expect(await call(rig)).toBe(200);
    await until(async () => (await stored(rig))?.generation === 3);
    expect(await isTaken(await inUse(rig))).toBe(true);
  });

  it('R87 do not overwrite the tokens of another sign-in', async () => {
    const { rig, renewed, clock } = await renewedUnsaved();
    await signIn(rig);
    const second = (await stored(rig)) as TokenSet;
    clock.advance(120_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await stored(rig))?.accessToken.reveal()).toBe(second.accessToken.reveal());
    expect(await inUse(rig)).toBe(`Bearer ${second.accessToken.reveal()}`);
    expect(await inUse(rig)).not.toBe(renewed);
    expect(await renew(rig)).toBeDefined();
    expect((await stored(rig))?.generation).toBe(second.generation + 1);
  });

  it('R87 are revoked when the server is removed', async () => {
    const { rig, renewed, isTaken, credentials, clock } = await renewedUnsaved();
    credentials.tokens.clear();
    credentials.registrations.length = 0;
    rig.tokens.forget(rig.server.id);
    await until(async () => !(await isTaken(renewed)));
    clock.advance(120_000);
    expect(await stored(rig)).toBeUndefined();
  });

  it.each([
    ['are requested', false],
    ['are being stored', true],
  ])('R87 are not used when a person signs out while they %s', async (_name, isBeingStored) => {
    const { rig, authorizationServer, credentials, isTaken, whileTimePasses, diskFull } = await setUp();
    let answer: () => void = () => {};
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let renewed: string | undefined;
    const take = authorizationServer.provider.callback();
    authorizationServer.bends.mounted = (request, response) => {
      if (request.url !== '/token') return false;
      authorizationServer.bends.mounted = undefined;
      const end = response.end.bind(response) as (text: unknown) => typeof response;
      response.end = ((text: unknown) => {
        renewed = `Bearer ${String(JSON.parse(String(text)).access_token)}`;
        return end(text);
      }) as typeof response.end;
      void mayAnswer.then(() => take(request, response));
      return true;
    };
    const renewing = renew(rig);
    await until(async () => authorizationServer.bends.mounted === undefined);
    const signOut = async () => {
      // The provider does not hear of the revocation: what is renewed would live on there.
      authorizationServer.bends.onRequest = (line) => line.includes('/token/revocation');
      await rig.tokens.signOut(rig.server);
      authorizationServer.bends.onRequest = undefined;
    };
    if (isBeingStored) {
      diskFull(4);
      answer();
      await until(() => credentials.failures.length === 3);
      await signOut();
      credentials.failures = [];
    } else {
      await signOut();
      answer();
    }
    expect(await whileTimePasses(renewing)).toBeUndefined();
    expect(await inUse(rig)).toBeUndefined();
    expect(await stored(rig)).toBeUndefined();
    expect(renewed).toBeDefined();
    await until(async () => !(await isTaken(renewed)));
    await signIn(rig);
    expect(await call(rig)).toBe(200);
  });

  it('are stored as soon as the store works again, even without calls', async () => {
    const { rig, clock, renewed } = await renewedUnsaved();
    clock.advance(1_000);
    await until(async () => (await stored(rig))?.generation === 2);
    expect(`Bearer ${(await stored(rig))?.accessToken.reveal()}`).toBe(renewed);
    expect(rig.lines.some((line) => line.message === 'renewed tokens are stored now')).toBe(true);
  });

  it('are tried again and again, and once more when the daemon stops', async () => {
    const { rig, clock, diskFull, credentials } = await renewedUnsaved();
    diskFull(3);
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      const left = credentials.failures.length;
      clock.advance(pauseMs);
      await until(async () => credentials.failures.length < left);
      // The next attempt is planned when the failed one has come back.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await stored(rig))?.generation).toBe(1);
    await rig.tokens.close();
    expect((await stored(rig))?.generation).toBe(2);
  });
});
