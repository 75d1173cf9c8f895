/**
 * auth/server/attacks.test — what must not open anything: the holes that other gateways had, and bad input at each endpoint.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AuthRig,
  allowDefault,
  call,
  newPkce,
  postJson,
  TestBrowser,
  TestClient,
  token,
} from '../../../test/support/auth-rig.ts';
import type { OAuthArtifact } from '../../model/index.ts';
import { describeRedirect, judgeRedirectUri } from './redirect-uri.ts';

let rig: AuthRig;
beforeAll(async () => {
  rig = await AuthRig.start();
});
afterAll(() => rig.close());

/** The failed attempts of an address are counted; tests come from one. */
const rest = () => rig.clock.advance(120_000);

describe('holes of another gateway', () => {
  it('1 the id of a request that nobody has allowed yet is no code', async () => {
    const client = await TestClient.register(rig);
    const browser = new TestBrowser(rig.base);
    const pkce = newPkce();
    const { location = '' } = await browser.get(client.authorizeUrl(pkce));
    const uid = location.split('/').at(-1) as string;
    expect((await client.redeem(uid, pkce)).body['error']).toBe('invalid_grant');
    // Nor does going on without a decision give one.
    const resumed = await browser.get(`/oauth/authorize/${uid}`);
    expect(resumed.location ?? '').not.toContain('code=');
  });

  it('2 a code has an end', async () => {
    const client = await TestClient.register(rig);
    const pkce = newPkce();
    const code = (await client.authorize(pkce)).searchParams.get('code') as string;
    const { oauthArtifacts } = rig.store.repositories;
    const row = (await oauthArtifacts.live('AuthorizationCode', 0)).at(-1) as OAuthArtifact;
    expect((row.expiresAt ?? 0) - row.createdAt).toBe(60_000);
    // A minute later, as far as the code is concerned.
    const payload = JSON.parse(row.payload) as { exp: number };
    await oauthArtifacts.save({ ...row, payload: JSON.stringify({ ...payload, exp: payload.exp - 61 }) });
    expect((await client.redeem(code, pkce)).body['error']).toBe('invalid_grant');
  });

  it('3 each kind of token opens its own door only', async () => {
    const client = await TestClient.register(rig);
    const tokens = await client.signIn();
    const pkce = newPkce();
    const code = (await client.authorize(pkce)).searchParams.get('code') as string;
    for (const wrong of [tokens.refresh_token, code, client.id, `${tokens.access_token}x`]) {
      const { status, headers } = await call(rig, wrong);
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/error="invalid_token".*resource_metadata="/),
      ]);
    }
    expect((await client.refresh(tokens.access_token)).body['error']).toBe('invalid_grant');
    expect((await client.redeem(tokens.refresh_token, pkce)).body['error']).toBe('invalid_grant');
    rest();
  });

  it('4 tokens of a client that was revoked open nothing, and neither does its session cookie', async () => {
    const client = await TestClient.register(rig, { client_name: 'Goner' });
    const tokens = await client.signIn();
    await rig.clients.revoke('Goner');
    expect((await call(rig, tokens.access_token)).status).toBe(401);
    expect((await client.refresh(tokens.refresh_token)).status).toBeGreaterThanOrEqual(400);
  });

  it('5 a registration never takes over a name', async () => {
    const one = await TestClient.register(rig, { client_name: 'Claude' }, 'http://127.0.0.1:1/one');
    await one.signIn();
    const two = await TestClient.register(rig, { client_name: 'Claude' }, 'http://127.0.0.1:2/two');
    expect(two.id).not.toBe(one.id);
    const page = await new TestBrowser(rig.base).get(
      one.authorizeUrl(newPkce(), { redirect_uri: two.redirectUri }),
    );
    expect([page.status, page.location]).toEqual([400, undefined]);
    await two.signIn();
    expect(rig.clients.list().filter(({ name }) => name === 'Claude')).toHaveLength(2);
  });

  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['a redirect elsewhere', { redirect_uri: 'https://evil.example/cb' }],
    ['a user in the address', { redirect_uri: 'http://127.0.0.1@evil.example/callback' }],
    ['a suffix', { redirect_uri: 'http://127.0.0.1:41873/callback.evil' }],
    ['a longer path', { redirect_uri: 'http://127.0.0.1:41873/callback/../x' }],
    ['another case', { redirect_uri: 'http://127.0.0.1:41873/Callback' }],
    ['another name of this machine', { redirect_uri: 'http://localhost:41873/callback' }],
    ['another scheme', { redirect_uri: 'https://127.0.0.1:41873/callback' }],
    ['a query', { redirect_uri: 'http://127.0.0.1:41873/callback?x=1' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
    ['no redirect, of a client with two', { redirect_uri: undefined, client_id: 'two' }],
  ])('6 %s is told on our page and never by a redirect', async (_, changed) => {
    const client = await TestClient.register(rig);
    const page = await new TestBrowser(rig.base).get(client.authorizeUrl(newPkce(), changed));
    expect([page.status, page.location]).toEqual([400, undefined]);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('7 pages of other sites reach nothing', async () => {
    const browser = new TestBrowser(rig.base);
    for (const path of ['/oauth/register', '/oauth/token', '/oauth/consent/x']) {
      const foreign = await browser.post(path, {}, { origin: 'https://evil.example' });
      expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      const crossSite = await browser.post(path, {}, { 'sec-fetch-site': 'cross-site' });
      expect(crossSite.status).toBe(403);
    }
  });

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge_method: undefined }],
    ['a challenge that is none', { code_challenge: 'short' }],
  ])('12 %s is an error at the redirect, with state and issuer, and no page', async (_, changed) => {
    const client = await TestClient.register(rig);
    const page = await new TestBrowser(rig.base).get(client.authorizeUrl(newPkce(), changed));
    const back = new URL(page.location as string);
    expect([page.status, back.origin + back.pathname, back.searchParams.get('error')]).toEqual([
      303,
      'http://127.0.0.1:41873/callback',
      'invalid_request',
    ]);
    expect([back.searchParams.get('state'), back.searchParams.get('iss')]).toEqual(['a state', rig.base]);
  });
});

describe('a code', () => {
  it('is dead after the first wrong verifier', async () => {
    const client = await TestClient.register(rig);
    const pkce = newPkce();
    const code = (await client.authorize(pkce)).searchParams.get('code') as string;
    expect((await client.redeem(code, newPkce())).body['error']).toBe('invalid_grant');
    expect((await client.redeem(code, pkce)).body['error']).toBe('invalid_grant');
  });

  it('is of one client and one redirect', async () => {
    const [one, two] = [
      await TestClient.register(rig),
      await TestClient.register(rig, {
        redirect_uris: ['http://127.0.0.1:41873/callback', 'http://127.0.0.1:9/other'],
      }),
    ];
    const pkce = newPkce();
    const stolen = (await one.authorize(pkce)).searchParams.get('code') as string;
    expect((await two.redeem(stolen, pkce)).body['error']).toBe('invalid_grant');
    const own = (await two.authorize(pkce)).searchParams.get('code') as string;
    const wrong = await two.redeem(own, pkce, { redirect_uri: 'http://127.0.0.1:9/other' });
    expect(wrong.body['error']).toBe('invalid_grant');
  });

  it('49 redeemed fifty times at once gives tokens once, and then ends them', async () => {
    const client = await TestClient.register(rig, { client_name: 'Fifty' });
    const pkce = newPkce();
    const code = (await client.authorize(pkce)).searchParams.get('code') as string;
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.redeem(code, pkce)));
    const good = answers.filter(({ status }) => status === 200);
    rest();
    expect(good).toHaveLength(1);
    expect(new Set(answers.filter((answer) => answer !== good[0]).map(({ status }) => status))).toEqual(
      new Set([400, 429].filter((status) => answers.some((answer) => answer.status === status))),
    );
    expect((await call(rig, String(good[0]?.body['access_token']))).status).toBe(401);
    expect(rig.told).toContainEqual(
      expect.objectContaining({ type: 'auth.decided', what: 'code_reused', name: 'Fifty' }),
    );
    rest();
  });

  it('is kept when the resource of the request is wrong', async () => {
    const client = await TestClient.register(rig);
    const pkce = newPkce();
    const code = (await client.authorize(pkce)).searchParams.get('code') as string;
    for (const resource of ['https://elsewhere.example/mcp', `${rig.base}/servers/x/mcp`, 'nonsense'])
      expect((await client.redeem(code, pkce, { resource })).body['error']).toBe('invalid_target');
    expect((await client.redeem(code, pkce, { resource: `${rig.base}/mcp/` })).status).toBe(200);
    rest();
  });
});

describe('a token', () => {
  it('is good for the URL that it was asked for', async () => {
    const client = await TestClient.register(rig);
    const narrow = await client.signIn();
    expect((await call(rig, narrow.access_token, '/servers/files/mcp')).status).toBe(401);
    const one = await client.signIn(allowDefault, { resource: `${rig.base}/servers/files/mcp` });
    expect((await call(rig, one.access_token, '/servers/files/mcp')).status).toBe(200);
    expect((await call(rig, one.access_token)).status).toBe(401);
    const wide = await client.signIn(allowDefault, { resource: undefined });
    for (const path of ['/mcp', '/servers/files/mcp'])
      expect((await call(rig, wide.access_token, path)).status).toBe(200);
    rest();
  });

  it('ends after half an hour', async () => {
    const client = await TestClient.register(rig);
    const { access_token: text } = await client.signIn();
    rig.clock.advance(29 * 60_000);
    expect((await call(rig, text)).status).toBe(200);
    rig.clock.advance(60_000);
    const { status, headers, body } = await call(rig, text);
    expect([status, body]).toMatchObject([401, { error: { data: { code: 'auth.credential_expired' } } }]);
    expect(headers.get('www-authenticate')).toContain('resource_metadata=');
  });

  it('44 in the address is no token', async () => {
    const client = await TestClient.register(rig);
    const { access_token: text } = await client.signIn();
    expect((await call(rig, undefined, `/mcp?access_token=${text}`)).status).toBe(401);
  });

  it.each([['https://elsewhere.example/mcp'], ['http://127.0.0.1:1/mcp'], ['/mcp']])(
    'for %s is not to be had here',
    async (resource) => {
      const client = await TestClient.register(rig);
      const page = await new TestBrowser(rig.base).get(client.authorizeUrl(newPkce(), { resource }));
      expect(new URL(page.location as string).searchParams.get('error')).toBe('invalid_target');
    },
  );
});

describe('the challenge of a 401', () => {
  it('10 is bare without credentials, and says where to sign in', async () => {
    const { headers } = await call(rig, undefined);
    expect(headers.get('www-authenticate')).toBe(
      `Bearer realm="mcpmux", resource_metadata="${rig.base}/.well-known/oauth-protected-resource/mcp", scope="mcp"`,
    );
  });

  it('does not send a client into OAuth that came with a key', async () => {
    const { status, headers } = await call(rig, `mcpk_${'x'.repeat(49)}`);
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="mcpmux", error="invalid_token"',
    ]);
    rest();
  });
});

describe('52 a registration', () => {
  it.each([
    ['javascript:alert(1)', 'invalid_redirect_uri'],
    ['http://example.com/cb', 'invalid_redirect_uri'],
    ['data:text/html,x', 'invalid_redirect_uri'],
    ['https://x.example/cb#fragment', 'invalid_redirect_uri'],
    ['myapp:/cb', 'invalid_redirect_uri'],
  ])('with %s is refused', async (uri, error) => {
    const answer = await postJson(`${rig.base}/oauth/register`, { redirect_uris: [uri] });
    expect([answer.status, answer.body['error']]).toEqual([400, error]);
  });

  it.each([
    [
      'a thousand redirects',
      { redirect_uris: Array.from({ length: 1_000 }, (_, at) => `https://a.example/${at}`) },
    ],
    ['no redirects', { redirect_uris: [] }],
    ['a name of 1 kB', { redirect_uris: ['https://a.example/'], client_name: 'x'.repeat(1_000) }],
    ['a name that turns text around', { redirect_uris: ['https://a.example/'], client_name: 'a\u202eb' }],
    ['a list', []],
  ])('with %s is refused', async (_, metadata) => {
    const answer = await postJson(`${rig.base}/oauth/register`, metadata);
    expect([answer.status, String(answer.body['error'])]).toEqual([400, expect.stringMatching(/^invalid_/)]);
  });

  it('too large, or no JSON, is refused', async () => {
    expect((await postJson(`${rig.base}/oauth/register`, { client_name: 'x'.repeat(100_000) })).status).toBe(
      413,
    );
    expect((await postJson(`${rig.base}/oauth/register`, '{"a":')).status).toBe(400);
  });

  it('says nothing of a way to manage it, and is public whatever it asks for', async () => {
    const { body } = await postJson(`${rig.base}/oauth/register`, {
      redirect_uris: ['https://a.example/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'implicit', 'password', 'refresh_token'],
    });
    expect(Object.keys(body)).not.toContain('registration_client_uri');
    expect(Object.keys(body)).not.toContain('client_secret');
    expect(body).toMatchObject({
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    });
  });

  it('is bounded in number, and goes after a day unless somebody allowed it', async () => {
    const flood = await AuthRig.start({ unusedRegistrations: 20 });
    const kept = await TestClient.register(flood, { client_name: 'Kept' });
    await kept.signIn();
    const first = await TestClient.register(flood);
    for (let count = 0; count < 21; count += 1) await TestClient.register(flood);
    const { oauthArtifacts } = flood.store.repositories;
    expect((await oauthArtifacts.live('Client', flood.clock.now())).length).toBe(21);
    expect((await new TestBrowser(flood.base).get(first.authorizeUrl(newPkce()))).status).toBe(400);
    flood.clock.advance(25 * 3_600_000);
    await oauthArtifacts.deleteExpired(flood.clock.now());
    expect(await oauthArtifacts.live('Client', flood.clock.now())).toHaveLength(1);
    expect((await new TestBrowser(flood.base).get(kept.authorizeUrl(newPkce()))).status).toBe(303);
    await flood.close();
  });

  it('from outside is off until it is chosen', async () => {
    const outside = await AuthRig.start({ publicUrl: 'https://mux.example/tools' });
    const { request } = await import('node:http');
    const asked = (path: string, method: string, body?: string) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const outgoing = request(
          `${outside.base}${path}`,
          { method, headers: { host: 'mux.example', 'content-type': 'application/json' } },
          (incoming) => {
            let text = '';
            incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
            incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    const refused = await asked('/oauth/register', 'POST', '{"redirect_uris":["https://a.example/cb"]}');
    expect(refused.status).toBe(403);
    const metadata = JSON.parse((await asked('/.well-known/oauth-authorization-server', 'GET')).text);
    expect(metadata).toMatchObject({
      issuer: 'https://mux.example/tools',
      token_endpoint: 'https://mux.example/tools/oauth/token',
    });
    expect(Object.keys(metadata)).not.toContain('registration_endpoint');
    for (const path of ['/tools/mcp', '/mcp', ''])
      expect(
        JSON.parse((await asked(`/.well-known/oauth-protected-resource${path}`, 'GET')).text),
      ).toMatchObject({
        resource: 'https://mux.example/tools/mcp',
        authorization_servers: ['https://mux.example/tools'],
      });
    await outside.close();
  });
});

describe('redirect URIs', () => {
  it.each([
    ['https://app.example/cb', 'web'],
    ['https://app.example:8443/cb?x=1', 'web'],
    ['http://127.0.0.1/cb', 'loopback'],
    ['http://127.0.0.1:33418', 'loopback'],
    ['http://localhost:1/cb', 'loopback'],
    ['http://[::1]:7/cb', 'loopback'],
    ['com.example.app:/cb', 'app'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'app'],
  ])('%s may be registered', (uri, kind) => {
    expect(judgeRedirectUri(uri)).toEqual({ kind });
    expect(describeRedirect(uri).kind).toBe(kind);
  });

  it.each([
    'http://127.0.0.2/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://localhost.evil.example/cb',
    'http://LOCALHOST@evil.example/cb',
    'http://0x7f000001/cb',
    'http://2130706433/cb',
    'http://[::ffff:127.0.0.1]/cb',
    'http://192.168.1.2/cb',
    'https://user:pw@app.example/cb',
    'https://app.example./cb',
    'https://app.example/a/../b',
    'https://app.example/a/%2e%2e/b',
    'https://app.example/a b',
    'https://app.example/\\evil',
    'https://localhost/cb',
    'https://127.0.0.1/cb',
    'JavaScript:alert(1)',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a.example/x',
    'ws://a.example/',
    'cursor://evil/cb',
    '//a.example/cb',
    '/cb',
    '',
    `https://a.example/${'x'.repeat(2_100)}`,
  ])('%s may not', (uri) => {
    expect(judgeRedirectUri(uri)).toHaveProperty('fault');
  });
});

it('nobody is asked to sign in while authentication is off', async () => {
  const open = await AuthRig.start({ isAuthenticationOff: true });
  expect((await call(open, undefined)).status).toBe(200);
  expect((await call(open, undefined, '/.well-known/oauth-protected-resource/mcp')).status).toBe(404);
  await open.close();
});

it('a token request without a client, or of an unknown one, is told so', async () => {
  expect((await token(rig, { grant_type: 'refresh_token', refresh_token: 'mcprt_x' })).body['error']).toBe(
    'invalid_client',
  );
  const unknown = await token(rig, {
    grant_type: 'refresh_token',
    refresh_token: 'mcprt_x',
    client_id: 'nobody',
  });
  expect([unknown.status, unknown.body['error']]).toEqual([401, 'invalid_client']);
  rest();
});
