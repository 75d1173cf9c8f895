import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AuthorizationServerOptions,
  close,
  listen,
  startAuthorizationServer,
} from '../../test/fixtures/oauth/authorization-server.ts';
import { browse, followUntil, visit } from '../../test/fixtures/oauth/browser.ts';
import { memoryCredentials } from '../../test/fixtures/oauth/memory-credentials.ts';
import {
  type ResourceServerOptions,
  startResourceServer,
} from '../../test/fixtures/oauth/resource-server.ts';
import { call, makeRig, type Rig, type RigOptions } from '../../test/fixtures/oauth/rig.ts';
import { rawHead, sendRaw } from '../../test/support/raw-http.ts';
import { ManualClock, Secret } from '../base/index.ts';
import { clientMetadataDocument } from './client-metadata.ts';
import { signInTimeoutMs } from './sign-in.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function setUp(
  as: AuthorizationServerOptions = {},
  rs: ResourceServerOptions = {},
  rigOptions: Partial<RigOptions> = {},
) {
  const authorizationServer = await startAuthorizationServer(as);
  const resourceServer = await startResourceServer(authorizationServer, {
    scopesSupported: ['mcp:read'],
    ...rs,
  });
  const rig = makeRig({ url: resourceServer.url, ...rigOptions });
  closing.push(authorizationServer, resourceServer, rig);
  return { authorizationServer, resourceServer, rig };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await close(server);
  return port;
}

const start = (rig: Rig) => rig.signIn.start(rig.server, { mode: 'browser' });

async function signInFully(rig: Rig): Promise<void> {
  await call(rig);
  const page = await browse(await start(rig));
  expect(page.text).toContain('Signed in');
}

describe('client registration', () => {
  it('registers dynamically as a native client and reuses the client id at the next sign-in', async () => {
    const { rig, authorizationServer } = await setUp();
    expect(await call(rig)).toBe(401);
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
    expect(await rig.tokens.status(rig.server.id)).toMatchObject({
      isSignedIn: true,
      isRenewable: true,
      generation: 1,
    });

    await rig.tokens.signOut(rig.server);
    expect(await call(rig)).toBe(401);
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
    const registrations = authorizationServer.requests.filter((r) => r.line === 'POST /reg');
    expect(registrations).toHaveLength(1);
    expect(JSON.parse(registrations[0]?.body ?? '')).toMatchObject({
      application_type: 'native',
      client_name: 'McpMux',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    });
  });

  it('uses the client metadata document if the server supports it, without registering', async () => {
    const callbackPort = await freePort();
    const url = 'https://mux.example/oauth/client.json';
    const { rig, authorizationServer } = await setUp(
      {
        registration: 'document',
        document: {
          url,
          body: clientMetadataDocument({
            clientName: 'McpMux',
            clientMetadataUrl: url,
            documentRedirectUris: [`http://127.0.0.1:${callbackPort}/oauth2redirect`],
          }),
        },
      },
      {},
      { clientMetadataUrl: url, signIn: { callbackPort } },
    );
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
    expect(authorizationServer.requests.some((r) => r.line === 'POST /reg')).toBe(false);
    expect((await rig.credentials.getRegistration(rig.server.id))?.clientId).toBe(url);
  });

  it.each(['client_secret_basic', 'client_secret_post'])(
    'uses a client given by hand with a secret (%s) and keeps it for the next time',
    async (method) => {
      const callbackPort = await freePort();
      const secret = 'a secret: with/odd+characters%';
      const { rig, authorizationServer } = await setUp(
        {
          registration: 'given',
          clients: [
            {
              client_id: 'mux-0001',
              client_secret: secret,
              redirect_uris: [`http://127.0.0.1:${callbackPort}/oauth2redirect`],
              application_type: 'native',
              grant_types: ['authorization_code', 'refresh_token'],
              token_endpoint_auth_method: method,
            },
          ],
        },
        {},
        { signIn: { callbackPort } },
      );
      await expect(start(rig)).rejects.toMatchObject({
        code: 'sign-in.client_id_needed',
        hint: expect.stringContaining('mcpmux login tracker --client-id'),
      });
      const client = { clientId: 'mux-0001', clientSecret: new Secret(secret), authenticationMethod: method };
      expect((await browse(await rig.signIn.start(rig.server, { mode: 'browser', client }))).text).toContain(
        'Signed in',
      );
      expect(await call(rig)).toBe(200);
      await rig.tokens.signOut(rig.server);
      await signInFully(rig);
      expect(await call(rig)).toBe(200);
      const tokenRequest = authorizationServer.requests.find((r) => r.line === 'POST /token');
      expect(tokenRequest?.authorization?.startsWith('Basic ') ?? false).toBe(
        method === 'client_secret_basic',
      );
    },
  );

  it('registers again when the redirect URI has changed, and never sends the old client id', async () => {
    const credentials = memoryCredentials();
    const { rig, authorizationServer, resourceServer } = await setUp({}, {}, { credentials });
    await signInFully(rig);
    const before = await credentials.getRegistration(rig.server.id);
    await rig.close();
    const stolen = createServer();
    closing.push({ close: () => close(stolen) });
    await new Promise<void>((resolve) =>
      stolen.listen(Number(new URL(before?.redirectUri ?? '').port), '127.0.0.1', resolve),
    );
    const second = makeRig({ url: resourceServer.url, credentials });
    closing.push(second);
    const started = await start(second);
    expect(started.redirectUri).not.toBe(before?.redirectUri);
    expect(new URL(started.authorizationUrl).searchParams.get('client_id')).not.toBe(before?.clientId);
    expect((await browse(started)).text).toContain('Signed in');
    expect(authorizationServer.requests.filter((r) => r.line === 'POST /reg')).toHaveLength(2);
  });

  it('makes a new registration when the server has another authorization server, and sends it no credentials of the old one', async () => {
    const { rig, resourceServer, authorizationServer: first } = await setUp();
    await signInFully(rig);
    const before = await rig.credentials.getRegistration(rig.server.id, first.issuer);
    const oldTokens = await rig.credentials.getTokens(rig.server.id);
    const second = await startAuthorizationServer();
    closing.push(second);
    resourceServer.authorizationServer = second;
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
    expect((await rig.credentials.getRegistration(rig.server.id, second.issuer))?.clientId).toBeDefined();
    const sent = JSON.stringify(second.requests.map((r) => [r.line, r.body, r.authorization]));
    expect(sent).not.toContain(before?.clientId);
    expect(sent).not.toContain(oldTokens?.accessToken.reveal());
    expect(sent).not.toContain(oldTokens?.refreshToken?.reveal());
    expect((await rig.credentials.getTokens(rig.server.id))?.issuer).toBe(second.issuer);
  });

  it('stops when the given client id belongs to the previous authorization server', async () => {
    const { rig, resourceServer, authorizationServer } = await setUp();
    await rig.credentials.saveRegistration({
      serverId: rig.server.id,
      issuer: authorizationServer.issuer,
      serverUrl: rig.server.url,
      source: 'pre-registered',
      clientId: 'by-hand',
      clientSecret: new Secret('for the first only'),
      redirectUri: undefined,
      metadata: {},
      createdAt: 1,
      updatedAt: 1,
    });
    const second = await startAuthorizationServer();
    closing.push(second);
    resourceServer.authorizationServer = second;
    await expect(start(rig)).rejects.toMatchObject({ code: 'sign-in.issuer_changed' });
    expect(JSON.stringify(second.requests)).not.toContain('by-hand');
  });

  it('signs in with client credentials, without a person, and renews the same way', async () => {
    const { rig } = await setUp({
      registration: 'given',
      clients: [
        {
          client_id: 'machine',
          client_secret: 's3cret-s3cret-s3cret',
          redirect_uris: [],
          response_types: [],
          grant_types: ['client_credentials'],
        },
      ],
    });
    const client = { clientId: 'machine', clientSecret: new Secret('s3cret-s3cret-s3cret') };
    await rig.signIn.useClientCredentials(rig.server, { client });
    expect(await call(rig)).toBe(200);
    const before = await rig.credentials.getTokens(rig.server.id);
    const renewed = await rig.tokens
      .authorizationFor(rig.server)
      .renew(new Secret(`Bearer ${before?.accessToken.reveal()}`), 401, undefined);
    expect(renewed).toBeDefined();
    expect((await rig.credentials.getTokens(rig.server.id))?.generation).toBe(2);
    expect(await call(rig)).toBe(200);
  });
});

describe('the authorization request', () => {
  it.each([
    [
      'the challenge first',
      { challengeScope: 'mcp:write', scopesSupported: ['mcp:read'] },
      'mcp:write offline_access',
    ],
    [
      'the metadata next',
      { scopesSupported: ['mcp:read', 'mcp:admin'] },
      'mcp:read mcp:admin offline_access',
    ],
    ['nothing when nobody says', { scopesSupported: [] }, null],
  ])('scope: %s', async (_name, rs, scope) => {
    const { rig } = await setUp({}, rs);
    await call(rig);
    expect(new URL((await start(rig)).authorizationUrl).searchParams.get('scope')).toBe(scope);
  });

  it('leaves offline_access out if the authorization server does not list it', async () => {
    const { rig } = await setUp({
      hasOfflineAccess: false,
      bendMetadata: (m) => ({ ...m, scopes_supported: ['mcp:read'] }),
    });
    await call(rig);
    expect(new URL((await start(rig)).authorizationUrl).searchParams.get('scope')).toBe('mcp:read');
  });

  it('sends exactly one resource in every request, PKCE S256 and a state', async () => {
    const { rig, authorizationServer, resourceServer } = await setUp({ isResourceRequired: true });
    const started = await start(rig);
    const { searchParams } = new URL(started.authorizationUrl);
    expect(searchParams.getAll('resource')).toEqual([resourceServer.url]);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.get('state')).toMatch(/^[0-9A-Za-z]{43}$/);
    await browse(started);
    const exchanged = authorizationServer.requests.find((r) => r.line === 'POST /token');
    expect(exchanged?.form?.getAll('resource')).toEqual([resourceServer.url]);
    expect(exchanged?.form?.get('code_verifier')).toMatch(/^.{43,128}$/);
  });

  it('requests all scopes together when the server wants more, and the call succeeds after the consent', async () => {
    const { rig, resourceServer } = await setUp(
      {},
      {},
      {
        onSignInNeeded: (self) => async (server) => {
          const started = await self.signIn.start(server, { mode: 'browser' });
          await browse(started);
          return true;
        },
      },
    );
    expect(await call(rig)).toBe(200);
    resourceServer.options = { ...resourceServer.options, requiredScope: 'mcp:write' };
    expect(await call(rig)).toBe(200);
    expect((await rig.tokens.status(rig.server.id)).scope?.split(' ')).toEqual(
      expect.arrayContaining(['mcp:read', 'mcp:write']),
    );
  });

  it('stops asking when a server refuses a scope that was already requested', async () => {
    let signIns = 0;
    const { rig, resourceServer } = await setUp(
      { resourceScopes: 'mcp:read' },
      {},
      {
        onSignInNeeded: (self) => async (server) => {
          signIns += 1;
          const page = await browse(await self.signIn.start(server, { mode: 'browser' }));
          return page.status === 200;
        },
      },
    );
    expect(await call(rig)).toBe(200);
    resourceServer.options = { ...resourceServer.options, requiredScope: 'mcp:never' };
    for (let i = 0; i < 5; i += 1) expect(await call(rig)).toBe(403);
    expect(signIns).toBeLessThanOrEqual(4);
    expect(rig.tokens.needOf(rig.server.id)?.kind).toBe('more-scope');
  });
});

describe('discovery', () => {
  it.each(['challenge', 'path', 'root'] as const)('finds the resource metadata: %s', async (metadataAt) => {
    const { rig } = await setUp({}, { metadataAt });
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
  });

  it('takes the origin as authorization server when the endpoint has no metadata', async () => {
    const { rig, resourceServer, authorizationServer } = await setUp(
      {},
      { metadataAt: 'nowhere', isOnTheSameOrigin: true, challengeScope: 'mcp:read' },
    );
    expect(new URL(resourceServer.url).origin).toBe(authorizationServer.issuer);
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
  });

  it.each([
    [
      'another issuer',
      { bendMetadata: (m: object) => ({ ...m, issuer: 'https://evil.example' }) },
      {},
      'sign-in.bad_metadata',
      /another issuer/,
    ],
    [
      'no PKCE',
      { bendMetadata: ({ code_challenge_methods_supported: _, ...m }: Record<string, unknown>) => m },
      {},
      'sign-in.bad_metadata',
      /PKCE/,
    ],
    [
      'plain PKCE only',
      { bendMetadata: (m: object) => ({ ...m, code_challenge_methods_supported: ['plain'] }) },
      {},
      'sign-in.bad_metadata',
      /PKCE/,
    ],
    [
      'a javascript URL',
      { bendMetadata: (m: object) => ({ ...m, authorization_endpoint: 'javascript:alert(1)' }) },
      {},
      'sign-in.discovery_failed',
      /authorization_endpoint/,
    ],
    [
      'a file URL',
      { bendMetadata: (m: object) => ({ ...m, authorization_endpoint: 'file:///etc/passwd' }) },
      {},
      'sign-in.bad_authorization_url',
      /not an http/,
    ],
    [
      'an authorization URL for a shell',
      { bendMetadata: (m: object) => ({ ...m, authorization_endpoint: 'https://x.example/$(calc)' }) },
      {},
      'sign-in.bad_authorization_url',
      /character \$/,
    ],
    [
      'an authorization URL with a line break',
      { bendMetadata: (m: object) => ({ ...m, authorization_endpoint: 'https://x.example/\r\nX: y' }) },
      {},
      'sign-in.bad_authorization_url',
      /control characters/,
    ],
    [
      'an unprotected authorization URL',
      { bendMetadata: (m: object) => ({ ...m, authorization_endpoint: 'http://x.example/authorize' }) },
      {},
      'sign-in.bad_authorization_url',
      /TLS/,
    ],
    [
      'wrong types',
      { bendMetadata: (m: object) => ({ ...m, token_endpoint: 7 }) },
      {},
      'sign-in.discovery_failed',
      /token_endpoint/,
    ],
    [
      'another resource',
      {},
      { bendMetadata: (m: object) => ({ ...m, resource: 'https://other.example/mcp' }) },
      'sign-in.bad_metadata',
      /another resource/,
    ],
    [
      'an authorization server inside the network',
      {},
      { bendMetadata: (m: object) => ({ ...m, authorization_servers: ['https://169.254.169.254/'] }) },
      'sign-in.bad_metadata',
      /reserved address/,
    ],
  ])('refuses %s with a reason', async (_name, as, rs, code, reason) => {
    const { rig } = await setUp(as as AuthorizationServerOptions, rs as ResourceServerOptions);
    await call(rig);
    await expect(start(rig)).rejects.toMatchObject({ code, message: expect.stringMatching(reason) });
    expect(rig.lines.some((line) => line.level === 'error')).toBe(true);
    expect(rig.signIn.openFlow(rig.server.id)).toBeUndefined();
  });

  it('says that a server without OAuth needs a key', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    const port = await listen(server);
    const rig = makeRig({ url: `http://127.0.0.1:${port}/mcp` });
    closing.push({ close: () => close(server) }, rig);
    await expect(start(rig)).rejects.toMatchObject({
      code: 'sign-in.not_offered',
      hint: expect.stringContaining('--header'),
    });
  });
});

describe('the callback', () => {
  it('accepts one of two simultaneous callbacks and shows an error page for the other', async () => {
    const { rig } = await setUp();
    const started = await start(rig);
    const url = await followUntil(started.authorizationUrl, started.redirectUri);
    const pages = await Promise.all([visit(url), visit(url)]);
    expect(new Set(pages.map((page) => page.status))).toEqual(new Set([200, 400]));
    expect(await call(rig)).toBe(200);
    expect((await rig.tokens.status(rig.server.id)).generation).toBe(1);
    expect((await visit(url)).status).toBe(400);
    expect(rig.outcomes).toHaveLength(1);
  });

  it.each([
    ['an unknown state', (url: URL) => url.searchParams.set('state', 'guess')],
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['two states', (url: URL) => url.searchParams.append('state', 'more')],
  ])('changes nothing for %s', async (_name, bend) => {
    const { rig } = await setUp();
    const started = await start(rig);
    const good = await followUntil(started.authorizationUrl, started.redirectUri);
    const bent = new URL(good);
    bend(bent);
    const page = await visit(bent.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain('nothing was changed');
    expect(rig.signIn.openFlow(rig.server.id)?.flowId).toBe(started.flowId);
    expect((await visit(good)).status).toBe(200);
  });

  it.each([
    ['the issuer of somebody else', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    [
      'the issuer with a slash more',
      (url: URL) => url.searchParams.set('iss', `${url.searchParams.get('iss')}/`),
    ],
    ['no issuer although it is announced', (url: URL) => url.searchParams.delete('iss')],
    [
      'an error with the issuer of somebody else',
      (url: URL) => {
        url.searchParams.delete('code');
        url.searchParams.set('error', 'access_denied');
        url.searchParams.set('error_description', 'call +1 900 EVIL');
        url.searchParams.set('iss', 'https://evil.example');
      },
    ],
  ])('refuses a response with %s and does not send the code', async (_name, bend) => {
    const { rig, authorizationServer } = await setUp();
    const started = await start(rig);
    const url = new URL(await followUntil(started.authorizationUrl, started.redirectUri));
    bend(url);
    const page = await visit(url.href);
    expect(page.status).toBe(400);
    expect(page.text).not.toContain('EVIL');
    expect(page.text).not.toContain('evil.example');
    expect(rig.outcomes).toMatchObject([{ kind: 'failed', error: { code: 'sign-in.wrong_issuer' } }]);
    expect(authorizationServer.requests.some((r) => r.line === 'POST /token')).toBe(false);
  });

  it('shows the cleaned error of a refused consent on a page without scripts', async () => {
    const { rig } = await setUp();
    const started = await start(rig);
    const url = new URL(await followUntil(started.authorizationUrl, started.redirectUri));
    url.searchParams.delete('code');
    url.searchParams.set('error', 'access_denied');
    url.searchParams.set('error_description', '<script>alert(1)</script>\u0007no');
    const page = await visit(url.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain('access_denied: &lt;script&gt;');
    expect(page.text).not.toContain('<script');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(rig.outcomes).toMatchObject([{ kind: 'failed', error: { code: 'sign-in.answer_refused' } }]);
  });

  it('keeps the current token when a new sign-in fails', async () => {
    const { rig } = await setUp();
    await signInFully(rig);
    const before = await rig.credentials.getTokens(rig.server.id);
    const started = await start(rig);
    const url = new URL(await followUntil(started.authorizationUrl, started.redirectUri));
    url.searchParams.set('code', 'made-up');
    expect((await visit(url.href)).status).toBe(400);
    expect((await rig.credentials.getTokens(rig.server.id))?.generation).toBe(before?.generation);
    expect(await call(rig)).toBe(200);
  });

  it('answers only GET, on one path and its own host name', async () => {
    const { rig } = await setUp();
    const { redirectUri } = await start(rig);
    const { origin } = new URL(redirectUri);
    expect((await fetch(`${origin}/other`)).status).toBe(404);
    expect((await fetch(redirectUri, { method: 'POST' })).status).toBe(405);
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(redirectUri, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it.each([
    ['GET //', 400],
    ['GET //oauth2redirect?state=x', 400],
    ['GET /%zz', 400],
    ['GET /oauth2redirect?state=%zz&code=%', 400],
    ['GET http://[:::1/oauth2redirect', 403],
    ['GET http://[', 403],
    ['GET /../oauth2redirect', 400],
    ['GET \u007f', 400],
    ['CONNECT x:1', 405],
    ['POST //', 400],
  ])('R66 answers %j and lives on', async (line, status) => {
    const { rig } = await setUp();
    const { redirectUri } = await start(rig);
    const port = Number(new URL(redirectUri).port);
    const answer = await sendRaw(port, rawHead(`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`));
    expect(answer?.status).toBe(status);
    expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
  });
});

describe('a flow', () => {
  it('exists once for a server: a second start returns the running one', async () => {
    const { rig } = await setUp();
    const [first, second] = await Promise.all([start(rig), start(rig)]);
    expect(second.authorizationUrl).toBe(first.authorizationUrl);
    expect([first.isNew, second.isNew]).toEqual([true, false]);
    expect((await start(rig)).flowId).toBe(first.flowId);
  });

  it('ignores the callback of an earlier flow', async () => {
    const { rig } = await setUp();
    const first = await start(rig);
    const old = await followUntil(first.authorizationUrl, first.redirectUri);
    expect(rig.signIn.cancel(rig.server.id)).toBe(true);
    const second = await start(rig);
    expect(second.flowId).toBeGreaterThan(first.flowId);
    expect((await visit(old)).status).toBe(400);
    expect(rig.signIn.openFlow(rig.server.id)?.flowId).toBe(second.flowId);
    expect((await browse(second)).status).toBe(200);
    expect(rig.outcomes).toMatchObject([
      { kind: 'failed', error: { code: 'sign-in.cancelled' } },
      { kind: 'signed-in', flowId: second.flowId },
    ]);
  });

  it('expires', async () => {
    const clock = new ManualClock(Date.now());
    const { rig } = await setUp({}, {}, { clock });
    const started = await start(rig);
    expect(started.expiresAt).toBe(clock.now() + signInTimeoutMs);
    const ended = rig.signIn.ended(rig.server.id);
    clock.advance(signInTimeoutMs);
    expect(await ended).toMatchObject({ kind: 'failed', error: { code: 'sign-in.expired' } });
    expect((await browse(started)).status).toBe(400);
  });

  it('can be cancelled during discovery', async () => {
    const { rig } = await setUp();
    const starting = start(rig);
    rig.signIn.cancel(rig.server.id);
    await expect(starting).rejects.toMatchObject({ code: 'sign-in.cancelled' });
    expect(rig.signIn.openFlow(rig.server.id)).toBeUndefined();
  });

  it('closes the listener a few seconds after the last flow', async () => {
    const clock = new ManualClock(Date.now());
    const { rig } = await setUp({}, {}, { clock });
    const started = await start(rig);
    rig.signIn.cancel(rig.server.id);
    expect((await fetch(started.redirectUri)).status).toBe(400);
    clock.advance(10_000);
    await expect(fetch(started.redirectUri)).rejects.toThrow();
  });

  it('can be completed by pasting the address when the browser is on another machine', async () => {
    const { rig } = await setUp();
    const started = await rig.signIn.start(rig.server, { mode: 'no-browser' });
    const landed = await followUntil(started.authorizationUrl, started.redirectUri);
    await expect(rig.signIn.complete('nonsense')).rejects.toMatchObject({ code: 'sign-in.bad_paste' });
    await expect(rig.signIn.complete(`${started.redirectUri}?code=x`)).rejects.toMatchObject({
      code: 'sign-in.bad_paste',
    });
    await expect(rig.signIn.complete(landed.replace('127.0.0.1', 'evil.example'))).rejects.toMatchObject({
      code: 'sign-in.bad_paste',
    });
    await expect(rig.signIn.complete(landed.replace(/state=[^&]+/, 'state=x'))).rejects.toMatchObject({
      code: 'sign-in.no_such_flow',
    });
    expect(await rig.signIn.complete(` "${landed}"\n`, rig.server)).toMatchObject({ kind: 'signed-in' });
    expect(await call(rig)).toBe(200);
    await expect(rig.signIn.complete(landed)).rejects.toMatchObject({ code: 'sign-in.no_such_flow' });
    await expect(rig.signIn.complete(landed, rig.server)).rejects.toMatchObject({
      code: 'sign-in.no_such_flow',
      message: 'this sign-in to "tracker" is not known, was already used or has expired',
      hint: 'start again: mcpmux login tracker',
    });
  });

  it('opens the browser with the checked address, only if it was asked to', async () => {
    const opened: string[] = [];
    const openBrowser = (url: string) => Promise.resolve(opened.push(url) > 0);
    const { rig } = await setUp({}, {}, { signIn: { openBrowser } });
    const started = await start(rig);
    expect(started.isBrowserOpened).toBe(true);
    expect(opened).toEqual([started.authorizationUrl]);
    rig.signIn.cancel(rig.server.id);
    await rig.signIn.start(rig.server, { mode: 'no-browser' });
    expect(opened).toHaveLength(1);
  });

  it('fails with a clear error while the authorization server is down, and works again afterwards', async () => {
    const { rig, authorizationServer } = await setUp();
    authorizationServer.bends.down = 503;
    await expect(start(rig)).rejects.toMatchObject({
      code: 'sign-in.discovery_failed',
      retry: 'safe',
    });
    authorizationServer.bends.down = undefined;
    await signInFully(rig);
    expect(await call(rig)).toBe(200);
  });
});

describe('logging out', () => {
  it('revokes the tokens at the provider, keeps the registration and deletes the tokens', async () => {
    const { rig, resourceServer } = await setUp();
    await signInFully(rig);
    const tokens = await rig.credentials.getTokens(rig.server.id);
    expect(await rig.tokens.signOut(rig.server)).toEqual({ isRevoked: true, reason: undefined });
    expect(await rig.credentials.getTokens(rig.server.id)).toBeUndefined();
    expect(await rig.credentials.getRegistration(rig.server.id)).toBeDefined();
    const old = await fetch(resourceServer.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens?.accessToken.reveal()}` },
    });
    expect(old.status).toBe(401);
  });

  it('logs out here even when the provider cannot be reached', async () => {
    const { rig, authorizationServer } = await setUp();
    await signInFully(rig);
    authorizationServer.bends.down = 503;
    expect(await rig.tokens.signOut(rig.server)).toMatchObject({ isRevoked: false, reason: 'HTTP 503' });
    expect(await rig.credentials.getTokens(rig.server.id)).toBeUndefined();
  });
});

describe('logs and results', () => {
  it('contain no code, state, verifier, token or secret', async () => {
    const { rig, authorizationServer } = await setUp();
    await call(rig);
    const started = await start(rig);
    const landed = new URL(await followUntil(started.authorizationUrl, started.redirectUri));
    const page = await visit(landed.href);
    const tokens = await rig.credentials.getTokens(rig.server.id);
    const told = JSON.stringify([
      rig.lines,
      rig.outcomes,
      rig.needs,
      page.text,
      await rig.tokens.status(rig.server.id),
    ]);
    const exchange = authorizationServer.requests.find((r) => r.line === 'POST /token')?.form;
    for (const secret of [
      landed.searchParams.get('code'),
      landed.searchParams.get('state'),
      exchange?.get('code_verifier'),
      tokens?.accessToken.reveal(),
      tokens?.refreshToken?.reveal(),
    ]) {
      expect(secret).toBeTruthy();
      expect(told).not.toContain(secret);
    }
  });
});

describe('a cancelled sign-in', () => {
  it('leaves the current tokens renewable, although it has made a new registration', async () => {
    const { rig, authorizationServer } = await setUp();
    await signInFully(rig);
    await rig.signIn.start(rig.server, { mode: 'browser', isFreshRegistration: true });
    expect(authorizationServer.requests.filter((r) => r.line === 'POST /reg')).toHaveLength(2);
    rig.signIn.cancel(rig.server.id);
    const before = await rig.credentials.getTokens(rig.server.id);
    const renewed = await rig.tokens
      .authorizationFor(rig.server)
      .renew(new Secret(`Bearer ${before?.accessToken.reveal()}`), 401, undefined);
    expect(renewed).toBeDefined();
    expect(authorizationServer.counts).toMatchObject({ refreshed: 1, refused: 0 });
  });
});
