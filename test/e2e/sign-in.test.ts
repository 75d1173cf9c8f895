/**
 * e2e/sign-in — a person signs in to a remote server by way of the command line, and it stays signed in: through
 * expiry, restart, step-up and logout. The gateway as it is built, a real authorization server, a real MCP server.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { followUntil } from '../fixtures/oauth/browser.ts';
import { connectClient } from '../fixtures/reference/everything-client.ts';
import { eventually } from '../support/deadline.ts';
import { openWorld, type World, type WorldOptions } from '../support/sign-in-world.ts';

let world: World | undefined;
const folders: string[] = [];

async function open(options: WorldOptions = {}): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcpmux-sign-in-'));
  folders.push(dataDir);
  world = await openWorld({ ...options, gateway: { dataDir, ...options.gateway } });
  return world;
}

async function openSignedIn(options: WorldOptions = {}): Promise<World> {
  const opened = await open(options);
  await opened.add();
  const login = await opened.login();
  expect(login, login.stderr).toMatchObject({ code: 0 });
  return opened;
}

afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function client(of: World) {
  return connectClient({ revision: '2025-11-25' }, of.gateway.mcpUrl('tracker'), of.gateway.headers);
}

function tokenRequests(of: World, grantType: string): number {
  return of.authorizationServer.requests.filter(
    ({ line, form }) => line === 'POST /token' && form?.get('grant_type') === grantType,
  ).length;
}

const simple = { name: 'test_simple_text', arguments: {} };

describe('a server that wants a sign-in', () => {
  it('says so with the one thing to do, and opens no browser by itself', async () => {
    const opened = await open();
    const { state } = await opened.add();
    expect(state).toMatchObject({
      status: 'sign-in-required',
      reason: 'server "tracker" asks for sign-in: nobody has signed in yet',
      nextStep: 'run: mcpmux login tracker',
    });
    await opened.gateway.admin.refreshServer('tracker');
    expect(opened.authorizationServer.requests).toEqual([]);
  });

  it('is connected after `mcpmux login`, with all it offers', async () => {
    const opened = await open();
    await opened.add();
    const login = await opened.login();
    expect(login.code, login.stderr).toBe(0);
    expect(login.stderr).toContain('Signed in to tracker.');
    expect(login.stdout).toContain('tracker: connected, 32 tools');
    const caller = await client(opened);
    expect(await caller.callTool(simple)).toMatchObject({ content: [{ type: 'text' }] });
    await caller.close();
    const log = await opened.gateway.cli(['logs', 'tracker', '--level', 'info']);
    for (const step of [
      'sign-in started',
      'waiting for the sign-in',
      'callback received',
      'signed in',
      'connected',
    ])
      expect(log.stdout).toContain(step);
  });

  it('is signed in to without a browser on this machine', async () => {
    const opened = await open({ hasBrowser: false });
    await opened.add();
    // The command gives the sign-in that is open; its answer is pasted as a person would.
    const started = await opened.gateway.admin.startSignIn('tracker', { mode: 'no-browser' });
    expect((await opened.state()).status).toBe('authenticating');
    const landed = await followUntil(started.authorizationUrl, started.redirectUri);
    const login = await opened.gateway.cli(['login', 'tracker', '--no-browser'], { input: `${landed}\n` });
    expect(login.stdout).toContain(started.authorizationUrl);
    expect(login, login.stderr).toMatchObject({ code: 0 });
    // What was pasted once is used up.
    const again = await opened.gateway.cli(['login', 'tracker', '--no-browser'], { input: `${landed}\n` });
    expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('already used') });
  });

  it.each([
    ['that registers clients by itself', {}, {}, []],
    [
      'that knows our client from before, with its secret',
      {
        registration: 'given',
        clients: [
          {
            client_id: 'by-hand',
            client_secret: 'a-secret-made-by-hand',
            // For a native client the port of a loopback address is left open (RFC 8252, section 7.3).
            application_type: 'native',
            redirect_uris: ['http://127.0.0.1/oauth2redirect'],
            grant_types: ['authorization_code', 'refresh_token'],
          },
        ],
      },
      {},
      ['--client-id', 'by-hand', '--client-secret-stdin'],
    ],
    [
      'that insists on a resource, with metadata at the root',
      { isResourceRequired: true },
      { metadataAt: 'root' },
      [],
    ],
    [
      'on the origin of the server itself, without any resource metadata',
      {},
      { metadataAt: 'nowhere', isOnTheSameOrigin: true },
      ['--scope', 'mcp:read'],
    ],
  ] as const)(
    'is signed in to by an authorization server %s',
    async (_, authorizationServer, resource, flags) => {
      const opened = await open({ authorizationServer: authorizationServer as never, resource });
      await opened.add();
      const login = await opened.gateway.cli(['login', 'tracker', ...flags], {
        input: 'a-secret-made-by-hand\n',
      });
      expect(login.stdout, login.stderr).toContain('tracker: connected');
    },
  );

  it('says what to do when the provider refuses, and keeps asking', async () => {
    const opened = await open();
    await opened.add();
    const started = await opened.gateway.admin.startSignIn('tracker');
    const { searchParams } = new URL(started.authorizationUrl);
    const answer = new URL(started.redirectUri);
    answer.searchParams.set('error', 'access_denied');
    answer.searchParams.set('error_description', 'you may not');
    answer.searchParams.set('iss', opened.authorizationServer.issuer);
    answer.searchParams.set('state', searchParams.get('state') ?? '');
    const page = await fetch(answer);
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('you may not')]);
    const { state } = await opened.until('sign-in-required');
    expect(state.reason).toBe('the sign-in to "tracker" was refused: access_denied: you may not');
    const second = await opened.login();
    expect(second, second.stderr).toMatchObject({ code: 0 });
  });

  it('counts an open sign-in down, and goes back when it is given up', async () => {
    const opened = await open();
    await opened.add();
    const seen: unknown[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of opened.gateway.admin.streamEvents(stop.signal)) {
        if (event.type.startsWith('upstream.sign_in_')) seen.push(event.data);
      }
    })().catch(() => {});
    await opened.gateway.admin.startSignIn('tracker');
    await eventually('the count-down', async () => (seen.length >= 2 ? true : undefined));
    await opened.gateway.admin.cancelSignIn('tracker');
    const { state } = await opened.until('sign-in-required');
    expect(state.reason).toBe('the sign-in to "tracker" was cancelled');
    stop.abort();
    await watching;
    expect(seen).toContainEqual(expect.objectContaining({ remainingSeconds: 300 }));
    expect(seen).toContainEqual(expect.objectContaining({ isSignedIn: false }));
  });

  it('takes no part in OAuth when its Authorization header is fixed', async () => {
    const opened = await open();
    const { state } = await opened.add({ headers: { Authorization: 'Bearer a-fixed-key' } });
    expect(state).toMatchObject({
      status: 'failed',
      reason: 'server "tracker" refused the configured credentials (HTTP 401)',
    });
    expect(await opened.login()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it was given an Authorization header'),
    });
    expect(opened.authorizationServer.requests).toEqual([]);
  });
});

describe('a server that is signed in to', () => {
  it('keeps 8 clients going over the ends of 5-second tokens, with one redemption each', async () => {
    const opened = await openSignedIn({ authorizationServer: { accessTokenSeconds: 5 } });
    const clients = await Promise.all(Array.from({ length: 8 }, () => client(opened)));
    let failed = 0;
    let served = 0;
    await eventually(
      'three renewals',
      async () => {
        const answers = await Promise.allSettled(clients.map((one) => one.callTool(simple)));
        served += answers.length;
        failed += answers.filter(({ status }) => status === 'rejected').length;
        return opened.authorizationServer.counts.refreshed >= 3 ? true : undefined;
      },
      { timeoutMs: 40_000, everyMs: 50 },
    );
    await Promise.all(clients.map((one) => one.close()));
    const { refused, grantsRevoked, refreshed } = opened.authorizationServer.counts;
    expect({ failed, refused, grantsRevoked }).toEqual({ failed: 0, refused: 0, grantsRevoked: 0 });
    expect(tokenRequests(opened, 'refresh_token')).toBe(refreshed);
    expect(served).toBeGreaterThan(16);
  });

  it('is connected again after a restart, without a person', async () => {
    const opened = await openSignedIn();
    await opened.gateway.kill();
    await opened.restart();
    await opened.until('connected');
    expect(tokenRequests(opened, 'authorization_code')).toBe(1);
  });

  it('sends a call once more after a 401 that came before it began, and only then', async () => {
    const opened = await openSignedIn();
    const caller = await client(opened);
    await caller.callTool(simple);
    const last = opened.resource.requests.at(-1)?.authorization?.replace('Bearer ', '') ?? '';
    opened.resource.refused.add(last);
    const before = opened.resource.methods.filter((method) => method === 'tools/call').length;
    await caller.callTool(simple);
    expect(opened.resource.methods.filter((method) => method === 'tools/call').length).toBe(before + 1);
    expect(opened.authorizationServer.counts.refreshed).toBe(1);
    await caller.close();
  });

  it('does not run a tool twice because its text speaks of 401', async () => {
    const opened = await openSignedIn();
    opened.resource.options = {
      ...opened.resource.options,
      respond: ({ method }) =>
        method === 'tools/call'
          ? {
              content: [{ type: 'text', text: 'HTTP 401 Unauthorized: the token has expired' }],
              isError: true,
              resultType: 'complete',
            }
          : undefined,
    };
    const caller = await client(opened);
    const before = opened.resource.methods.length;
    expect(await caller.callTool(simple)).toMatchObject({ isError: true });
    expect(opened.resource.methods.slice(before).filter((method) => method === 'tools/call')).toHaveLength(1);
    expect(opened.authorizationServer.counts.refreshed).toBe(0);
    await caller.close();
  });

  it('keeps the headers of the installation over the sign-in', async () => {
    const opened = await open();
    await opened.add({ headers: { 'X-Team': 'blue' } });
    await opened.login();
    await opened.until('connected');
    const teams = new Set(
      opened.resource.requests.filter(({ line }) => line === 'POST /mcp').map(({ team }) => team),
    );
    expect([...teams]).toEqual(['blue']);
  });

  it('asks for more permission when a call needs it, and answers that call afterwards', async () => {
    const opened = await openSignedIn({
      resource: {
        scopesSupported: ['mcp:read'],
        scopeOf: ({ method }) => (method === 'tools/call' ? 'mcp:write' : undefined),
      },
    });
    const caller = await client(opened);
    expect(await caller.callTool(simple)).toMatchObject({ content: [{ type: 'text' }] });
    await caller.close();
    const { signIns } = await opened.gateway.admin.listSignIns();
    expect(signIns[0]?.tokens.scope?.split(' ').sort()).toEqual(['mcp:read', 'mcp:write']);
    expect((await opened.state()).status).toBe('connected');
  });

  it('comes to one clear state when its grant is revoked at the provider', async () => {
    const opened = await openSignedIn({ authorizationServer: { accessTokenSeconds: 5 } });
    opened.authorizationServer.bends.token = () => ({ error: 'invalid_grant' });
    opened.resource.isClosedToAll = true;
    const caller = await client(opened);
    await expect(caller.callTool(simple)).rejects.toThrow('asks for sign-in');
    await caller.close();
    const { state } = await opened.until('sign-in-required');
    expect(state.nextStep).toBe('run: mcpmux login tracker');
    opened.authorizationServer.bends.token = undefined;
    opened.resource.isClosedToAll = false;
    expect(await opened.login()).toMatchObject({ code: 0 });
  });

  it('says that its grant was revoked before anybody calls', async () => {
    const opened = await openSignedIn({ authorizationServer: { accessTokenSeconds: 5 } });
    opened.authorizationServer.bends.token = () => ({ error: 'invalid_grant' });
    const { state } = await opened.until('sign-in-required');
    expect(state).toMatchObject({
      reason: expect.stringContaining('asks for sign-in: ') as string,
      nextStep: 'run: mcpmux login tracker',
    });
  });

  it('keeps the sign-in while the authorization server is down, and goes on when it is back', async () => {
    const opened = await openSignedIn({ authorizationServer: { accessTokenSeconds: 5 } });
    opened.authorizationServer.bends.down = 503;
    const caller = await client(opened);
    await eventually(
      'a call that fails',
      () =>
        caller.callTool(simple).then(
          () => undefined,
          () => true,
        ),
      { timeoutMs: 15_000, everyMs: 200 },
    );
    expect((await opened.gateway.admin.getSignIn('tracker')).tokens.isSignedIn).toBe(true);
    opened.authorizationServer.bends.down = undefined;
    await eventually(
      'a call that is answered',
      () =>
        caller.callTool(simple).then(
          () => true,
          () => undefined,
        ),
      { timeoutMs: 30_000, everyMs: 200 },
    );
    await caller.close();
    expect(tokenRequests(opened, 'authorization_code')).toBe(1);
  });

  it('is signed out of: tokens revoked, features gone, the registration kept', async () => {
    const opened = await openSignedIn();
    const clientIdOf = () =>
      opened.authorizationServer.requests.filter(({ line }) => line === 'POST /reg').length;
    const logout = await opened.gateway.cli(['logout', 'tracker']);
    expect(logout).toMatchObject({
      code: 0,
      stderr: 'Signed out of tracker; the provider has confirmed it.\n',
    });
    expect(await opened.state()).toMatchObject({
      status: 'sign-in-required',
      reason: 'server "tracker" asks for sign-in: you have signed out',
    });
    const { tools } = await opened.gateway.admin.listTools();
    expect(tools.filter(({ isAvailable }) => isAvailable)).toEqual([]);
    expect(await opened.gateway.cli(['logout', 'tracker'])).toMatchObject({
      code: 0,
      stderr: 'Nobody was signed in to tracker.\n',
    });
    await opened.gateway.kill();
    await opened.restart();
    await opened.until('sign-in-required');
    expect(await opened.login()).toMatchObject({ code: 0 });
    expect(clientIdOf()).toBe(1);
  });
});

describe('the doctor', () => {
  it('replays a sign-in and changes nothing', async () => {
    const opened = await open();
    await opened.add();
    const { code, stdout } = await opened.gateway.cli(['auth', 'doctor', 'tracker']);
    expect(code).toBe(0);
    expect(stdout).toContain('you can sign in; nobody has signed in yet');
    expect(opened.authorizationServer.requests.map(({ line }) => line)).toEqual([
      'GET /.well-known/oauth-authorization-server',
    ]);
  });
});
