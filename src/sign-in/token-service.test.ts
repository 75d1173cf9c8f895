import { afterEach, describe, expect, it } from 'vitest';
import {
  type AuthorizationServerOptions,
  startAuthorizationServer,
  type TestAuthorizationServer,
} from '../../test/fixtures/oauth/authorization-server.ts';
import { browse } from '../../test/fixtures/oauth/browser.ts';
import { type MemoryCredentials, memoryCredentials } from '../../test/fixtures/oauth/memory-credentials.ts';
import { startResourceServer } from '../../test/fixtures/oauth/resource-server.ts';
import { call, makeRig, type Rig, type RigOptions } from '../../test/fixtures/oauth/rig.ts';
import { type Clock, ManualClock, Secret } from '../base/index.ts';
import type { RefreshLease, TokenSet } from '../model/index.ts';
import { TokenLifetime } from './token-lifetime.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function signedIn(as: AuthorizationServerOptions = {}, options: Partial<RigOptions> = {}) {
  const authorizationServer = await startAuthorizationServer({ accessTokenSeconds: 3600, ...as });
  const resourceServer = await startResourceServer(authorizationServer, { scopesSupported: ['mcp:read'] });
  const clock = new ManualClock(Date.now());
  const credentials = memoryCredentials();
  const rig = makeRig({ url: resourceServer.url, clock, credentials, ...options });
  closing.push(authorizationServer, resourceServer, rig);
  const page = await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
  expect(page.text).toContain('Signed in');
  return { authorizationServer, resourceServer, rig, clock, credentials };
}

const stored = async (rig: Rig) => (await rig.credentials.getTokens(rig.server.id)) as TokenSet;
const bearer = (tokens: TokenSet) => new Secret(`Bearer ${tokens.accessToken.reveal()}`);
const current = async (rig: Rig) => (await rig.tokens.authorizationFor(rig.server).current())?.reveal();

/** Token requests wait until they may be answered. */
function holdTokenRequests(
  authorizationServer: TestAuthorizationServer,
  mayAnswer: Promise<void>,
  onCome: () => void,
): void {
  const { bends } = authorizationServer;
  const take = authorizationServer.provider.callback();
  bends.mounted = (request, response) => {
    if (request.url !== '/token') return false;
    onCome();
    void mayAnswer.then(() => take(request, response));
    return true;
  };
}

/** Waits for what happens beside the caller; with a deadline, without sleeping. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets the clock run until `work` is done. */
async function passingTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  await until(() => {
    if (!isDone) clock.advance(250);
    return isDone;
  });
  return done;
}

describe('a valid token', () => {
  it('is returned at once, without a request', async () => {
    const { rig, authorizationServer } = await signedIn();
    const before = authorizationServer.requests.length;
    const value = rig.tokens.authorizationFor(rig.server).current();
    expect(value).toBeInstanceOf(Secret);
    expect(authorizationServer.requests).toHaveLength(before);
  });

  it('is read from the store after a restart', async () => {
    const { rig, credentials, clock } = await signedIn();
    const restarted = makeRig({ url: rig.server.url, credentials, clock });
    closing.push(restarted);
    expect(await current(restarted)).toBe(await current(rig));
  });

  it('is not used for another origin', async () => {
    const { rig, credentials, clock } = await signedIn();
    const moved = makeRig({ url: 'https://elsewhere.example/mcp', credentials, clock });
    closing.push(moved);
    expect(await current(moved)).toBeUndefined();
    expect(moved.lines.some((line) => line.message.includes('another address'))).toBe(true);
    expect(await moved.tokens.registeredUrl(moved.server.id)).toBe(rig.server.url);
  });
});

describe('a token that expires', () => {
  it('is renewed before it expires, and the old one is used until then', async () => {
    const { rig, clock, authorizationServer } = await signedIn();
    const first = await current(rig);
    clock.advance(3_541_000);
    expect(await current(rig)).toBe(first);
    await until(() => authorizationServer.counts.refreshed === 1);
    await until(async () => (await current(rig)) !== first);
    expect((await stored(rig)).generation).toBe(2);
  });

  it('is renewed before the request when it has expired', async () => {
    const { rig, clock, authorizationServer, resourceServer } = await signedIn();
    clock.advance(4_000_000);
    expect(await call(rig)).toBe(200);
    expect(authorizationServer.counts.refreshed).toBe(1);
    expect(resourceServer.requests.filter((r) => r.line === 'POST /mcp').map((r) => r.status)).toEqual([
      401, 200,
    ]);
  });

  it('works with a lifetime of five seconds', async () => {
    const { rig, clock, authorizationServer } = await signedIn({ accessTokenSeconds: 5 });
    for (let round = 1; round <= 4; round += 1) {
      clock.advance(4_950);
      expect(await call(rig)).toBe(200);
      expect(authorizationServer.counts.refreshed).toBe(round);
      expect(await call(rig)).toBe(200);
    }
    expect(authorizationServer.counts.refused).toBe(0);
  });

  it('is renewed once for a connected server, even without calls', async () => {
    const { rig, clock, authorizationServer } = await signedIn();
    const letGo = rig.tokens.keepFresh(rig.server);
    await until(() => clock.pending > 0);
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(3_560_000);
      await until(async () => (await stored(rig)).generation === round + 1);
      await until(() => clock.pending > 0);
    }
    expect(authorizationServer.counts.refreshed).toBe(3);
    letGo();
    letGo();
    clock.advance(10_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(authorizationServer.counts.refreshed).toBe(3);
  });

  it('is renewed once for 200 simultaneous calls', async () => {
    const { rig, clock, authorizationServer } = await signedIn();
    clock.advance(4_000_000);
    const values = await Promise.all(Array.from({ length: 200 }, () => current(rig)));
    expect(new Set(values).size).toBe(1);
    expect(authorizationServer.counts).toMatchObject({ refreshed: 1, refused: 0 });
  });

  it('needs a sign-in when there is no refresh token', async () => {
    const { rig, clock } = await signedIn();
    const tokens = await stored(rig);
    await rig.credentials.saveTokens({ ...tokens, refreshToken: undefined, generation: 2 }, 1);
    const restarted = makeRig({ url: rig.server.url, credentials: rig.credentials, clock });
    closing.push(restarted);
    clock.advance(4_000_000);
    expect(await current(restarted)).toBeUndefined();
    expect(restarted.needs).toMatchObject([
      { kind: 'sign-in', reason: expect.stringContaining('no refresh token') },
    ]);
  });
});

describe('a token that the server refuses', () => {
  it('is renewed once for all calls that got a 401', async () => {
    const { rig, authorizationServer } = await signedIn();
    const authorization = rig.tokens.authorizationFor(rig.server);
    const used = bearer(await stored(rig));
    const renewed = await Promise.all(
      Array.from({ length: 50 }, () => authorization.renew(used, 401, 'Bearer')),
    );
    expect(new Set(renewed.map((one) => one?.reveal())).size).toBe(1);
    expect(renewed[0]?.reveal()).not.toBe(used.reveal());
    expect(authorizationServer.counts.refreshed).toBe(1);
  });

  it('is replaced by the token that another process has renewed', async () => {
    const { rig, credentials, clock, authorizationServer } = await signedIn();
    const other = makeRig({ url: rig.server.url, credentials, clock });
    closing.push(other);
    const used = bearer(await stored(rig));
    const theirs = await other.tokens.authorizationFor(other.server).renew(used, 401, undefined);
    const ours = await rig.tokens.authorizationFor(rig.server).renew(used, 401, undefined);
    expect(ours?.reveal()).toBe(theirs?.reveal());
    expect(authorizationServer.counts.refreshed).toBe(1);
  });

  it('is renewed only once for a server that refuses every token', async () => {
    const { rig, clock, authorizationServer, resourceServer } = await signedIn();
    resourceServer.isClosedToAll = true;
    for (let i = 0; i < 10; i += 1) expect(await passingTime(clock, call(rig))).toBe(401);
    expect(authorizationServer.counts.refreshed).toBe(1);
    expect(rig.tokens.needOf(rig.server.id)?.reason).toContain('has just given');
  });

  const invalid = 'Bearer error="invalid_token", error_description="the audience is wrong"';
  it('R49 is tried again after a short while if it is new, by all calls together', async () => {
    const { rig, clock, authorizationServer } = await signedIn();
    authorizationServer.bends.token = ({ refresh_token: _, ...answer }) => answer;
    await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
    const authorization = rig.tokens.authorizationFor(rig.server);
    const used = await authorization.current();
    const retries = Promise.all(Array.from({ length: 20 }, () => authorization.renew(used, 401, invalid)));
    const startedAt = clock.monotonic();
    const next = await passingTime(clock, retries);
    expect(new Set(next)).toEqual(new Set([used]));
    expect(clock.monotonic() - startedAt).toBeGreaterThanOrEqual(5_000);
    expect(rig.tokens.needOf(rig.server.id)).toBeUndefined();
    // It is taken now, and nothing is asked of anybody.
    expect(await call(rig)).toBe(200);
  });

  it.each([
    ['a token that can be renewed', true, 2],
    ['a token that cannot', false, 1],
  ])(
    'R49 reports once, in the words of the server, that it refuses %s',
    async (_name, isRenewable, refusals) => {
      const { rig, clock, authorizationServer } = await signedIn();
      if (!isRenewable) authorizationServer.bends.token = ({ refresh_token: _, ...answer }) => answer;
      await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
      const authorization = rig.tokens.authorizationFor(rig.server);
      const quotes = (token: Secret | undefined) =>
        `Bearer error="invalid_token", error_description="no: ${token?.reveal().slice('Bearer '.length)}"`;
      for (let refusal = 0; refusal < refusals; refusal += 1) {
        const used = await authorization.current();
        expect(await passingTime(clock, authorization.renew(used, 401, quotes(used)))).toBeDefined();
      }
      const used = await authorization.current();
      expect(await authorization.renew(used, 401, quotes(used))).toBeUndefined();
      expect(await authorization.renew(used, 401, quotes(used))).toBeUndefined();
      expect(rig.needs).toMatchObject([
        {
          kind: 'sign-in',
          isTokenRefused: true,
          hasToken: true,
          reason: 'it refuses the token that its provider has just given (invalid_token: no: …)',
        },
      ]);
      // The next sign-in is another chance.
      await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
      expect(rig.tokens.needOf(rig.server.id)).toBeUndefined();
    },
  );

  it('asks for a person when nobody has signed in', async () => {
    const authorizationServer = await startAuthorizationServer();
    const resourceServer = await startResourceServer(authorizationServer);
    const rig = makeRig({ url: resourceServer.url });
    closing.push(authorizationServer, resourceServer, rig);
    expect(await call(rig)).toBe(401);
    expect(rig.needs).toMatchObject([{ kind: 'sign-in', reason: 'nobody has signed in yet' }]);
    expect(rig.tokens.challengeOf(rig.server.id)?.resourceMetadataUrl).toContain('/elsewhere/metadata');
  });
});

describe('responses of the token endpoint', () => {
  it('keep the refresh token if there is no new one', async () => {
    const { rig, authorizationServer } = await signedIn({ isRotating: false });
    authorizationServer.bends.token = ({ refresh_token: _, ...answer }) => answer;
    const before = await stored(rig);
    for (let generation = 2; generation <= 4; generation += 1) {
      expect(
        await rig.tokens.authorizationFor(rig.server).renew(bearer(await stored(rig)), 401, undefined),
      ).toBeDefined();
      const after = await stored(rig);
      expect(after.generation).toBe(generation);
      expect(after.refreshToken?.reveal()).toBe(before.refreshToken?.reveal());
      (rig.tokens as unknown as { forget(id: string): void }).forget(rig.server.id);
    }
  });

  it.each([
    ['a token with a line break', (answer: object) => ({ ...answer, access_token: 'a\nb' })],
    ['wrong types', (answer: object) => ({ ...answer, access_token: 7 })],
    ['no JSON', () => '<html>'],
  ])('are refused with a reason for %s; the current token is kept', async (_name, bend) => {
    const { rig, authorizationServer } = await signedIn({ isRotating: false });
    const before = await stored(rig);
    authorizationServer.bends.token = bend;
    await expect(
      rig.tokens.authorizationFor(rig.server).renew(bearer(before), 401, undefined),
    ).rejects.toMatchObject({
      code: 'sign-in.unavailable',
    });
    expect(await stored(rig)).toEqual(before);
    expect(rig.lines.some((line) => line.level === 'error' && line.message.includes('cannot be used'))).toBe(
      true,
    );
    expect(await call(rig)).toBe(200);
  });

  it('change nothing while the authorization server is down; afterwards the renewal works again', async () => {
    const { rig, clock, authorizationServer } = await signedIn();
    rig.tokens.keepFresh(rig.server);
    const before = await stored(rig);
    authorizationServer.bends.down = 503;
    clock.advance(4_000_000);
    await expect(call(rig)).rejects.toMatchObject({ code: 'sign-in.unavailable', retry: 'safe' });
    const asked = () => authorizationServer.requests.filter((r) => r.line === 'POST /token').length;
    const before2 = asked();
    for (let i = 0; i < 20; i += 1)
      await expect(call(rig)).rejects.toMatchObject({ code: 'sign-in.unavailable' });
    expect(asked()).toBe(before2);
    expect(await stored(rig)).toEqual(before);
    authorizationServer.bends.down = undefined;
    clock.advance(60_000);
    await until(async () => (await stored(rig)).generation === 2);
    expect(await call(rig)).toBe(200);
    expect(rig.needs).toEqual([]);
  });

  it('are requested once more when one is lost', async () => {
    const { rig, authorizationServer } = await signedIn({ isRotating: false });
    authorizationServer.bends.loseTokenAnswers = 1;
    expect(
      await rig.tokens.authorizationFor(rig.server).renew(bearer(await stored(rig)), 401, undefined),
    ).toBeDefined();
    expect(authorizationServer.counts.refreshed).toBe(2);
    expect((await stored(rig)).generation).toBe(2);
  });

  it('ask for one sign-in after a revoked grant, with the reason', async () => {
    const { rig, authorizationServer, clock, credentials } = await signedIn();
    const tokens = await stored(rig);
    const { RefreshToken } = authorizationServer.provider as unknown as {
      RefreshToken: { find(token: string): Promise<{ destroy(): Promise<void> }> };
    };
    await (await RefreshToken.find(tokens.refreshToken?.reveal() ?? '')).destroy();
    clock.advance(4_000_000);
    expect(await current(rig)).toBeUndefined();
    expect(rig.needs).toMatchObject([{ kind: 'sign-in', reason: expect.stringContaining('invalid_grant') }]);
    for (let i = 0; i < 20; i += 1) expect(await current(rig)).toBeUndefined();
    const other = makeRig({ url: rig.server.url, credentials, clock });
    closing.push(other);
    expect(await current(other)).toBeUndefined();
    expect(authorizationServer.counts.refused).toBe(1);
    await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
    expect(await call(rig)).toBe(200);
    expect(rig.tokens.needOf(rig.server.id)).toBeUndefined();
  });

  it('end the connection when the last token of a revoked grant expires, even without calls', async () => {
    const { rig, authorizationServer, clock } = await signedIn();
    const letGo = rig.tokens.keepFresh(rig.server);
    await until(() => clock.pending > 0);
    authorizationServer.bends.token = () => ({ error: 'invalid_grant' });
    clock.advance(3_560_000);
    await until(() => rig.needs.length > 0);
    // The token is as good as before, for what is left of its life.
    expect([rig.ends, await current(rig)]).toEqual([0, expect.stringMatching(/^Bearer /)]);
    await until(() => clock.pending > 0);
    clock.advance(30_000);
    expect(rig.ends).toBe(0);
    clock.advance(20_000);
    await until(() => rig.ends > 0);
    clock.advance(10_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect([rig.ends, rig.needs.length]).toEqual([1, 1]);
    letGo();
  });

  it('do not end the connection if another process has signed in', async () => {
    const { rig, authorizationServer, clock } = await signedIn();
    rig.tokens.keepFresh(rig.server);
    await until(() => clock.pending > 0);
    authorizationServer.bends.token = () => ({ error: 'invalid_grant' });
    clock.advance(3_560_000);
    await until(() => rig.needs.length > 0);
    const old = await stored(rig);
    const better = {
      ...old,
      accessToken: new Secret('from-another-process'),
      generation: old.generation + 1,
    };
    const now = clock.now();
    await rig.credentials.saveTokens(
      { ...better, updatedAt: now, expiresAt: now + 3_600_000 },
      old.generation,
    );
    clock.advance(50_000);
    await until(async () => (await current(rig)) === 'Bearer from-another-process');
    expect([rig.ends, rig.tokens.needOf(rig.server.id)]).toEqual([0, undefined]);
  });

  it('lead to a new registration when the provider no longer knows ours', async () => {
    const { rig, authorizationServer } = await signedIn();
    authorizationServer.bends.token = () => ({ error: 'invalid_client' });
    await rig.tokens.authorizationFor(rig.server).renew(bearer(await stored(rig)), 401, undefined);
    expect(rig.needs).toMatchObject([
      { reason: expect.stringContaining('no longer knows our registration') },
    ]);
    expect(await rig.credentials.getRegistration(rig.server.id)).toBeUndefined();
    authorizationServer.bends.token = undefined;
    await browse(await rig.signIn.start(rig.server, { mode: 'browser' }));
    expect(await call(rig)).toBe(200);
  });
});

describe('the store', () => {
  it('is written before a token is redeemed: without a lease there is no request', async () => {
    const { rig, authorizationServer, credentials } = await signedIn();
    credentials.takeLease = () => Promise.reject(new Error('read-only'));
    await expect(
      rig.tokens.authorizationFor(rig.server).renew(bearer(await stored(rig)), 401, undefined),
    ).rejects.toThrow('read-only');
    expect(authorizationServer.counts.refreshed).toBe(0);
  });

  it('may fail after a token was redeemed: the tokens are kept and stored later', async () => {
    const { rig, clock, credentials, authorizationServer } = await signedIn();
    const used = bearer(await stored(rig));
    credentials.failures = Array.from({ length: 4 }, () => new Error('disk full'));
    const renewing = rig.tokens.authorizationFor(rig.server).renew(used, 401, undefined);
    await until(async () => {
      if (credentials.failures.length === 0) return true;
      clock.advance(1_000);
      return false;
    });
    const renewed = await renewing;
    expect(renewed?.reveal()).not.toBe(used.reveal());
    expect((await stored(rig)).generation).toBe(1);
    expect(await call(rig)).toBe(200);
    clock.advance(4_000_000);
    expect(await call(rig)).toBe(200);
    expect((await stored(rig)).generation).toBe(3);
    expect(authorizationServer.counts).toMatchObject({ refreshed: 2, refused: 0 });
  });

  it('keeps the lease of a dead process until it expires', async () => {
    const { rig, clock, credentials, authorizationServer } = await signedIn();
    await credentials.takeLease(
      rig.server.id,
      'a process that was killed',
      1,
      clock.now() + 20_000,
      clock.now(),
    );
    let isDone = false;
    const renewing = rig.tokens
      .authorizationFor(rig.server)
      .renew(bearer(await stored(rig)), 401, undefined)
      .finally(() => {
        isDone = true;
      });
    let waitedMs = 0;
    await until(() => {
      if (!isDone) {
        clock.advance(100);
        waitedMs += 100;
      }
      if (waitedMs < 20_000) expect(authorizationServer.counts.refreshed).toBe(0);
      return isDone;
    });
    expect(await renewing).toBeDefined();
    expect(authorizationServer.counts.refreshed).toBe(1);
  });

  it('extends the lease while a slow provider answers, and releases it then', async () => {
    const { rig, clock, credentials, authorizationServer } = await signedIn();
    const { id } = rig.server;
    let answer: () => void = () => {};
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let hasCome = false;
    holdTokenRequests(authorizationServer, mayAnswer, () => {
      hasCome = true;
    });
    const renewing = rig.tokens.authorizationFor(rig.server).renew(bearer(await stored(rig)), 401, undefined);
    await until(() => hasCome);
    for (let second = 0; second < 25; second += 1) {
      clock.advance(1_000);
      await until(async () => {
        const now = clock.now();
        // Each extension is written before the next second comes.
        await new Promise((resolve) => setImmediate(resolve));
        return (credentials.leases.get(id)?.expiresAt ?? 0) > now + 6_000;
      });
      expect(await credentials.takeLease(id, 'another process', 1, clock.now() + 1_000, clock.now())).toBe(
        undefined,
      );
    }
    answer();
    expect(await renewing).toBeDefined();
    expect(credentials.leases.size).toBe(0);
    expect(authorizationServer.counts).toMatchObject({ refreshed: 1, refused: 0 });
  });

  it('has lost the lease of a suspended process, which then sends no request', async () => {
    const { rig, clock, credentials, authorizationServer } = await signedIn();
    const { id } = rig.server;
    const take = credentials.takeLease.bind(credentials);
    credentials.takeLease = async (...wanted) => {
      const lease = await take(...wanted);
      // The machine sleeps right behind the write; meanwhile somebody else takes over.
      credentials.leases.set(id, { ...(lease as RefreshLease), holder: 'another process' });
      credentials.takeLease = take;
      clock.advance(60_000);
      return lease;
    };
    const used = bearer(await stored(rig));
    expect(
      await rig.tokens
        .authorizationFor(rig.server)
        .renew(used, 401, undefined)
        .catch(() => undefined),
    ).toBe(undefined);
    expect(authorizationServer.counts).toMatchObject({ refreshed: 0, refused: 0 });
    expect(credentials.leases.get(id)?.holder).toBe('another process');
    expect((await stored(rig)).refreshToken).toBeDefined();
  });

  it('stays without tokens if a person signs out during a refresh', async () => {
    const { rig, credentials, authorizationServer } = await signedIn();
    const used = bearer(await stored(rig));
    authorizationServer.bends.token = (answer, grantType) => {
      if (grantType === 'refresh_token') (credentials as MemoryCredentials).tokens.delete(rig.server.id);
      return answer;
    };
    expect(await rig.tokens.authorizationFor(rig.server).renew(used, 401, undefined)).toBeUndefined();
    expect(await rig.credentials.getTokens(rig.server.id)).toBeUndefined();
  });
});

describe('the lifetime of a token', () => {
  function life(clock: Clock, lifetimeMs: number | undefined, agoMs = 0): TokenLifetime {
    const updatedAt = clock.now() - agoMs;
    return new TokenLifetime(clock, {
      updatedAt,
      expiresAt: lifetimeMs === undefined ? undefined : updatedAt + lifetimeMs,
    } as TokenSet);
  }
  /** A clock whose wall part can be set without time passing. */
  class JumpingClock extends ManualClock {
    offsetMs = 0;
    override now(): number {
      return super.now() + this.offsetMs;
    }
  }

  it.each([
    [3_600_000, 0, 'good'],
    [3_600_000, 3_539_000, 'good'],
    [3_600_000, 3_541_000, 'due'],
    [3_600_000, 3_597_000, 'due'],
    [3_600_000, 3_598_500, 'over'],
    [5_000, 3_900, 'good'],
    [5_000, 4_100, 'due'],
    [5_000, 4_800, 'over'],
    [5_000, 5_000, 'over'],
  ] as const)('of %i ms is after %i ms: %s', (lifetimeMs, passedMs, phase) => {
    const clock = new ManualClock();
    const one = life(clock, lifetimeMs);
    clock.advance(passedMs);
    expect(one.phase).toBe(phase);
  });

  it('is unlimited if the server gives none', () => {
    const clock = new ManualClock();
    const one = life(clock, undefined);
    clock.advance(1e10);
    expect([one.phase, one.dueInMs]).toEqual(['good', undefined]);
  });

  it('ends on time although the wall clock was set back', () => {
    const clock = new JumpingClock();
    const one = life(clock, 3_600_000);
    clock.offsetMs = -2 * 24 * 3_600_000;
    clock.advance(3_600_000);
    expect(one.phase).toBe('over');
  });

  it('is over after the clock was set forward; a refresh helps', () => {
    const clock = new JumpingClock();
    const one = life(clock, 3_600_000);
    clock.offsetMs = 2 * 24 * 3_600_000;
    expect(one.phase).toBe('over');
    expect(life(clock, 3_600_000).phase).toBe('good');
  });

  it('is at most the whole lifetime if the token was stored in the future', () => {
    const clock = new JumpingClock();
    const one = life(clock, 3_600_000, -10 * 24 * 3_600_000);
    expect(one.remainingMs).toBe(3_600_000);
  });
});
