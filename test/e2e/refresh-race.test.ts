/**
 * e2e/refresh-race — many processes, one credential, an authorization server that ends the grant when a refresh token
 * comes back a second time.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId, silentLogger, systemClock } from '../../src/base/index.ts';
import type { InstalledServer, ServerId } from '../../src/model/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import {
  startAuthorizationServer,
  type TestAuthorizationServer,
} from '../fixtures/oauth/authorization-server.ts';
import { browse } from '../fixtures/oauth/browser.ts';
import { startResourceServer, type TestResourceServer } from '../fixtures/oauth/resource-server.ts';
import { makeRig, type Rig } from '../fixtures/oauth/rig.ts';
import { withDeadline } from '../support/deadline.ts';
import { firstSpaceId } from '../support/first-space.ts';
import { nodeCommand } from '../support/paths.ts';

const workers = 8;
const rounds = 50;

let folder: string;
let store: Store;
let authorizationServer: TestAuthorizationServer;
let resourceServer: TestResourceServer;
let rig: Rig;
let serverId: ServerId;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-race-'));
  store = await openStore({
    location: { kind: 'sqlite', file: join(folder, 'mcpmux.db') },
    keys: { source: 'file', dataFolder: folder },
    clock: systemClock,
    logger: silentLogger,
  });
  authorizationServer = await startAuthorizationServer({ isRotating: true });
  resourceServer = await startResourceServer(authorizationServer, { scopesSupported: ['mcp:read'] });
  serverId = newId<ServerId>();
  const installed: InstalledServer = {
    id: serverId,
    spaceId: firstSpaceId,
    name: 'tracker',
    alias: 'tracker',
    isEnabled: true,
    launch: { kind: 'http', url: resourceServer.url, headers: {}, flavour: 'auto' },
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: Date.now(),
    updatedAt: Date.now(),
  };
  await store.repositories.servers.insert(installed);
  rig = makeRig({ url: resourceServer.url, credentials: store.repositories.credentials });
  const server = { id: serverId, name: 'tracker', url: resourceServer.url };
  await browse(await rig.signIn.start(server, { mode: 'browser' }));
  const worker = nodeCommand('test/fixtures/oauth/refresh-worker.ts', folder, serverId, resourceServer.url);
  const [flag, loader, script, ...rest] = worker.args as [string, string, string, ...string[]];
  await Promise.all(
    Array.from({ length: workers }, () => {
      const child = fork(script, rest, { execArgv: [flag, loader] });
      children.push(child);
      return withDeadline(next(child), 30_000, 'a worker did not start');
    }),
  );
  // What the processes cost at once is what is measured; a little latency makes their requests overlap.
  authorizationServer.bends.latencyMs = 5;
}, 60_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rig?.close();
  await resourceServer?.close();
  await authorizationServer?.close();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status?: number;
  readonly header?: string;
  readonly error?: string;
}

function next(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a worker ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Answer);
    });
  });
}

/** Every worker calls once, all at the same moment, `advanceMs` later than before. */
function callAll(advanceMs: number, hasLease: boolean): Promise<Answer[]> {
  return withDeadline(
    Promise.all(
      children.map((child) => {
        const answer = next(child);
        child.send({ advanceMs, hasLease });
        return answer;
      }),
    ),
    20_000,
    'a round did not end',
  );
}

it(`redeems once for each of ${rounds} expiries met by ${workers} processes at once, and loses no grant`, async () => {
  let calls = 0;
  let header = '';
  for (let round = 1; round <= rounds; round += 1) {
    // In turn: the token has ended by the clock; the server refuses a token that should still be good.
    const isByClock = round % 2 === 1;
    if (!isByClock) resourceServer.refused.add(header.replace('Bearer ', ''));
    const answers = await callAll(isByClock ? 4_000_000 : 20_000, true);
    calls += answers.length;
    const before = header;
    header = answers[0]?.header ?? '';
    expect(header).not.toBe(before);
    expect(answers).toEqual(answers.map(() => ({ status: 200, header })));
  }
  expect(calls).toBe(rounds * workers);
  expect(authorizationServer.counts).toEqual({ refreshed: rounds, refused: 0, grantsRevoked: 0 });
  const stored = await store.repositories.credentials.getTokens(serverId);
  expect(stored?.generation).toBe(rounds + 1);
}, 60_000);

it('would lose the grant without the lease: this rig sees what it looks for', async () => {
  for (let round = 1; round <= 20 && authorizationServer.counts.refused === 0; round += 1) {
    await callAll(4_000_000, false);
  }
  expect(authorizationServer.counts.refused).toBeGreaterThan(0);
  expect(authorizationServer.counts.grantsRevoked).toBeGreaterThan(0);
}, 60_000);
