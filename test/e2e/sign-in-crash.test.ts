/**
 * e2e/sign-in-crash — the daemon is killed without warning at each step of a sign-in, of a renewal and of a change of
 * keys. After the next start the state is clean, what was acknowledged is there, and a person can go on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browse } from '../fixtures/oauth/browser.ts';
import { openWorld, type World } from '../support/sign-in-world.ts';

let world: World;
let dataDir: string;

async function openHere(accessTokenSeconds: number): Promise<void> {
  dataDir = mkdtempSync(join(tmpdir(), 'mcpmux-sign-in-crash-'));
  world = await openWorld({
    authorizationServer: { accessTokenSeconds },
    gateway: { dataDir, flags: ['--key-source', 'file'] },
  });
  await world.add({ headers: { 'X-Team': 'blue' } });
}

async function closeHere(): Promise<void> {
  await world.close();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
}

/** Ends the daemon in the middle of whatever it does: nothing of ours runs in between. */
function killNow(): void {
  process.kill(-world.gateway.pid, 'SIGKILL');
}

/** Kills when `isHere` is told the line of a request to the authorization server, which never sees that request. */
function killAtRequest(isHere: (line: string) => boolean): void {
  world.authorizationServer.bends.onRequest = (line) => {
    if (!isHere(line)) return false;
    world.authorizationServer.bends.onRequest = undefined;
    killNow();
    return true;
  };
}

/** Kills when the provider has made its answer for a grant, before the daemon has it. */
function killBeforeAnswer(grantType: string): void {
  world.authorizationServer.bends.token = (answer, asked) => {
    if (asked !== grantType) return answer;
    world.authorizationServer.bends.token = undefined;
    killNow();
    return answer;
  };
}

/** Kills when the server sees its first message after a sign-in or renewal. */
function killAtFirstUse(isFresh: () => boolean): void {
  world.resource.options.respond = () => {
    if (!isFresh()) return undefined;
    world.resource.options.respond = () => undefined;
    killNow();
    return undefined;
  };
}

async function restart(): Promise<void> {
  await world.gateway.kill();
  world.authorizationServer.bends.onRequest = undefined;
  world.authorizationServer.bends.token = undefined;
  await world.restart();
  expect((await world.gateway.admin.getVault()).isLocked).toBe(false);
}

function count(line: string): number {
  return world.authorizationServer.requests.filter((request) => request.line === line).length;
}

async function expectLoginWorks(): Promise<void> {
  const login = await world.login();
  expect(login.stdout, login.stderr).toContain('tracker: connected');
}

describe('a sign-in that is cut off', () => {
  beforeAll(() => openHere(3600));
  afterAll(closeHere);
  afterEach(async () => {
    expect(await world.gateway.cli(['logout', 'tracker'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['at the registration', () => killAtRequest((line) => line === 'POST /reg'), 'sign-in-required'],
    ['at the metadata', () => killAtRequest((line) => line.includes('/.well-known/')), 'sign-in-required'],
    ['while the person signs in', () => killAtRequest((line) => line === 'GET /auth'), 'sign-in-required'],
    [
      'at the exchange of the code',
      () => killAtRequest((line) => line === 'POST /token'),
      'sign-in-required',
    ],
    ['before the tokens arrive', () => killBeforeAnswer('authorization_code'), 'sign-in-required'],
    ['at the first use of the tokens', () => killAtFirstUse(() => true), 'connected'],
  ] as const)('%s leaves a clean state', async (_, arrange, status) => {
    arrange();
    const { admin } = world.gateway;
    // Whatever was under way fails with the daemon.
    await admin
      .startSignIn('tracker')
      .then(browse)
      .then(() => admin.awaitServer('tracker', 10_000))
      .catch(() => {});
    await restart();
    const { state } = await world.until(status);
    expect((await world.gateway.admin.getSignIn('tracker')).open).toBeNull();
    if (status === 'sign-in-required') {
      expect(state.nextStep).toBe('run: mcpmux login tracker');
      await expectLoginWorks();
    }
  });

  it('keeps the one client id over all of this', () => {
    // One that was cut off, one that counts.
    expect(count('POST /reg')).toBe(2);
  });

  it('keeps a sign-in that was acknowledged', async () => {
    await expectLoginWorks();
    killNow();
    await restart();
    await world.until('connected');
  });
});

describe('a renewal that is cut off', () => {
  beforeAll(async () => {
    await openHere(5);
    await expectLoginWorks();
  });
  afterAll(closeHere);

  it('before the provider knew of it is done after the next start', async () => {
    killAtRequest((line) => line === 'POST /token');
    await world.gateway.exited;
    await restart();
    await world.until('connected', 45_000);
    expect(count('POST /reg')).toBe(1);
    expect(world.authorizationServer.counts.grantsRevoked).toBe(0);
  });

  it('once it is stored is not lost', async () => {
    const lastUsed = () => world.resource.requests.at(-1)?.authorization;
    const before = lastUsed();
    // A new token is used once it is stored, and not before. That the provider gave one would say less.
    killAtFirstUse(() => lastUsed() !== before);
    // Somebody has to use the new token.
    const using = setInterval(() => {
      void world.gateway.admin.callTool('tracker_test_simple_text', {}).catch(() => {});
    }, 300);
    await world.gateway.exited;
    clearInterval(using);
    await restart();
    await world.until('connected', 45_000);
    expect(world.authorizationServer.counts.grantsRevoked).toBe(0);
  });

  it('between the answer and our write ends in one clear state, and a sign-in mends it', async () => {
    killBeforeAnswer('refresh_token');
    await world.gateway.exited;
    await restart();
    const { state } = await world.until('sign-in-required', 45_000);
    expect(state.reason).toContain('asks for sign-in: ');
    await expectLoginWorks();
  });
});

describe('a change of keys that is cut off', () => {
  beforeAll(async () => {
    await openHere(3600);
    await expectLoginWorks();
    const headers = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`X-Key-${at}`, `value-${at}`]));
    for (let at = 0; at < 40; at += 1)
      await world.gateway.admin.addServer({
        name: `sealed-${at}`,
        isEnabled: false,
        launch: { kind: 'http', url: 'http://127.0.0.1:9/mcp', headers },
      });
  });
  afterAll(closeHere);

  it.each([1, 4, 9, 16, 25, 36])('after %d ms opens everything and goes on', async (afterMs) => {
    const { admin } = world.gateway;
    const changes = Promise.allSettled([admin.rotateDataKeys(), admin.rotateRootKey({})]);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    killNow();
    await changes;
    await restart();
    // The tokens open, and the header arrives as it was given.
    await world.until('connected');
    expect(world.resource.requests.at(-1)?.team).toBe('blue');
    expect(await world.gateway.admin.rotateDataKeys()).toMatchObject({ damaged: 0 });
  });
});
