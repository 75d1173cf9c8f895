/**
 * auth/server/sign-in.test — a client signs in, over a real port, and is the person's to rule.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  AuthRig,
  allowDefault,
  call,
  deny,
  newPkce,
  TestBrowser,
  TestClient,
  token,
} from '../../../test/support/auth-rig.ts';

let rig: AuthRig;
beforeAll(async () => {
  rig = await AuthRig.start();
});
afterAll(() => rig.close());
afterEach(() => {
  rig.isPersonHere = true;
});

describe('a client that signs in', () => {
  it('comes in with what the person has chosen, as the client that people see', async () => {
    const client = await TestClient.register(rig, { client_name: 'Gemini CLI' });
    const tokens = await client.signIn({ ...allowDefault, space: 'work', sets: ['read'] });
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 1800, scope: 'mcp' });
    expect(tokens.access_token).toMatch(/^mcpat_[0-9A-Za-z]{49}$/);
    expect(tokens.refresh_token).toMatch(/^mcprt_[0-9A-Za-z]{49}$/);
    const { status, body } = await call(rig, tokens.access_token);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'dcr',
      name: 'Gemini CLI',
      limits: { spaceId: 'work', featureSetIds: ['read'] },
      isLive: true,
    });
    const record = rig.clients.find('Gemini CLI');
    expect(record).toMatchObject({ kind: 'dcr', oauthClientId: client.id });
    expect(body['id']).toBe(`client:${record.id}`);
    expect(record.expiresAt).toBe(rig.clock.now() + 30 * 86_400_000);
  });

  it('gets code, state and issuer back, and nothing of them is in the store', async () => {
    const client = await TestClient.register(rig);
    const pkce = newPkce();
    const back = await client.authorize(pkce, { state: 'a&code=x\r\nSet-Cookie: y' });
    expect(back.origin + back.pathname).toBe('http://127.0.0.1:41873/callback');
    expect([...back.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(back.searchParams.get('state')).toBe('a&code=x\r\nSet-Cookie: y');
    expect(back.searchParams.get('iss')).toBe(rig.base);
    const code = back.searchParams.get('code') as string;
    expect(code).toMatch(/^mcpac_/);
    const tokens = (await client.redeem(code, pkce)).body;
    const rows = JSON.stringify([
      await rig.store.repositories.oauthArtifacts.live('AccessToken', 0),
      await rig.store.repositories.oauthArtifacts.live('RefreshToken', 0),
      await rig.store.repositories.oauthArtifacts.live('AuthorizationCode', 0),
    ]);
    for (const secret of [code, tokens['access_token'], tokens['refresh_token']])
      expect(rows).not.toContain(String(secret).slice(6));
  });

  it('is refused when the person denies, and hears it at its redirect', async () => {
    const client = await TestClient.register(rig);
    const back = await client.authorize(newPkce(), {}, deny);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'a state',
      iss: rig.base,
    });
  });

  it('renews its tokens, and the person can end all of it', async () => {
    const client = await TestClient.register(rig, { client_name: 'Renewing' });
    const first = await client.signIn();
    const second = await client.refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect((await call(rig, String(second.body['access_token']))).status).toBe(200);
    const events = rig.told.length;
    await rig.clients.revoke('Renewing');
    expect(rig.told.slice(events).some(({ type }) => type === 'auth.access_ended')).toBe(true);
    expect((await call(rig, String(second.body['access_token']))).status).toBe(401);
    const refused = await client.refresh(String(second.body['refresh_token']));
    // Its registration has gone too: only this makes clients register anew.
    await expect.poll(async () => (await client.refresh('mcprt_x')).body['error']).toBe('invalid_client');
    expect(refused.status).toBeGreaterThanOrEqual(400);
  });

  it('is paused and resumed, with 403 in between and no way around by a refresh', async () => {
    const client = await TestClient.register(rig, { client_name: 'Paused' });
    const tokens = await client.signIn();
    await rig.clients.change('Paused', { status: 'paused' });
    expect((await call(rig, tokens.access_token)).status).toBe(403);
    expect((await client.refresh(tokens.refresh_token)).body['error']).toBe('access_denied');
    await rig.clients.change('Paused', { status: 'active' });
    expect((await call(rig, tokens.access_token)).status).toBe(200);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('can take its own tokens back', async () => {
    const client = await TestClient.register(rig);
    const tokens = await client.signIn();
    const gone = await token(rig, { token: tokens.access_token, client_id: client.id }, '/oauth/revoke');
    expect(gone.status).toBe(200);
    expect((await call(rig, tokens.access_token)).status).toBe(401);
    await token(rig, { token: tokens.refresh_token, client_id: client.id }, '/oauth/revoke');
    expect((await client.refresh(tokens.refresh_token)).body['error']).toBe('invalid_grant');
    // What it had opened ends with its tokens.
    expect(rig.told.at(-1)).toMatchObject({
      type: 'auth.access_ended',
      credentialId: expect.stringMatching(/^grant:/),
      reason: 'its tokens have ended',
    });
  });
});

describe('a client that the person has registered', () => {
  it('signs in with the id it was given, from its own redirect only, until it is revoked', async () => {
    const redirectUri = 'https://app.example/cb';
    const record = await rig.server.preregister('My app', [redirectUri]);
    const client = new TestClient(rig, record.oauthClientId ?? '', redirectUri);
    const browser = new TestBrowser(rig.base);
    const { location = '' } = await browser.get(client.authorizeUrl(newPkce()));
    expect((await browser.get(location)).text).toContain('registered by you');
    const tokens = await client.signIn({ ...allowDefault, space: 'work' });
    expect((await call(rig, tokens.access_token)).body).toMatchObject({
      id: `client:${record.id}`,
      kind: 'preregistered',
      limits: { spaceId: 'work' },
    });
    const elsewhere = new TestClient(rig, client.id, 'https://evil.example/cb');
    expect((await browser.get(elsewhere.authorizeUrl(newPkce()))).status).toBe(400);
    await expect(rig.server.preregister('MY APP', [redirectUri])).rejects.toMatchObject({
      code: 'auth.client_name_taken',
    });
    await expect(rig.server.preregister('Other', ['javascript:x'])).rejects.toMatchObject({
      code: 'auth.bad_redirect_uri',
    });
    await rig.clients.revoke('My app');
    await expect.poll(async () => (await browser.get(client.authorizeUrl(newPkce()))).status).toBe(400);
  });
});

describe('a client that is gone', () => {
  it('is taken off the list once it holds no token, and not before', async () => {
    const own = await AuthRig.start();
    await (await TestClient.register(own, { client_name: 'Stays' })).signIn();
    const left = await TestClient.register(own, { client_name: 'Left' });
    const tokens = await left.signIn();
    await token(own, { token: tokens.refresh_token, client_id: left.id }, '/oauth/revoke');
    own.clock.advance(3_600_000);
    await expect.poll(() => own.clients.find('Left').status).toBe('revoked');
    expect(own.clients.find('Stays').status).toBe('active');
    own.clock.advance(31 * 86_400_000);
    await expect.poll(() => own.clients.find('Stays').status).toBe('revoked');
    await own.close();
  });
});

describe('the consent page', () => {
  it('needs the person, and a browser that comes from elsewhere goes on by itself first', async () => {
    rig.isPersonHere = false;
    const client = await TestClient.register(rig);
    const browser = new TestBrowser(rig.base);
    const { location = '' } = await browser.get(client.authorizeUrl(newPkce()), {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    });
    const arrived = await browser.get(location, { 'sec-fetch-site': 'cross-site' });
    expect([arrived.status, arrived.text]).toEqual([200, expect.stringContaining(`url=${location}?here=1`)]);
    const again = await browser.get(`${location}?here=1`, { 'sec-fetch-site': 'same-origin' });
    expect([again.status, again.location]).toEqual([
      303,
      `/admin/unlock?next=${encodeURIComponent(`${location}?here=1`)}`,
    ]);
    expect((await browser.post(location, allowDefault)).status).toBe(401);
    rig.isPersonHere = true;
    expect((await browser.post(location, allowDefault, { 'x-mcpmux-proof': 'guessed' })).status).toBe(401);
    expect((await browser.get(`${location}?here=1`)).text).toContain('asks to use your tools');
  });

  it('shows names as text, allows no frame, no foreign thing, no inline script', async () => {
    const client = await TestClient.register(rig, { client_name: '<img src=x onerror=alert(1)>"\'&' });
    const browser = new TestBrowser(rig.base);
    const { location = '' } = await browser.get(client.authorizeUrl(newPkce()));
    const { text, headers } = await browser.get(location);
    expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(text).not.toContain('<img');
    expect(text).toContain('127.0.0.1:41873');
    expect(text).toMatch(/unverified/);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(text).not.toMatch(/<script>|style="|on(click|load)=/);
  });

  it('is bound to the browser that began it, and two browsers do not mix', async () => {
    const client = await TestClient.register(rig);
    const [one, two] = [new TestBrowser(rig.base), new TestBrowser(rig.base)];
    const [pkceOne, pkceTwo] = [newPkce(), newPkce()];
    const first = (await one.get(client.authorizeUrl(pkceOne, { state: 'one' }))).location as string;
    const second = (await two.get(client.authorizeUrl(pkceTwo, { state: 'two' }))).location as string;
    expect((await two.get(first)).status).toBe(400);
    expect((await two.post(first, allowDefault)).status).toBe(400);
    const finish = async (browser: TestBrowser, address: string): Promise<URL> => {
      const { location } = JSON.parse((await browser.post(address, allowDefault)).text) as {
        location: string;
      };
      return new URL((await browser.get(location)).location as string);
    };
    const backTwo = await finish(two, second);
    const backOne = await finish(one, first);
    expect([backOne.searchParams.get('state'), backTwo.searchParams.get('state')]).toEqual(['one', 'two']);
    const wrong = await client.redeem(backOne.searchParams.get('code') as string, pkceTwo);
    expect(wrong.body['error']).toBe('invalid_grant');
  });

  it.each([
    [{ decision: 'allow', space: 'default', sets: [], duration: '9y' }, 400],
    [{ decision: 'allow', sets: [], duration: '1h' }, 400],
    [{ decision: 'perhaps' }, 400],
    [{ decision: 'allow', space: 'nowhere', sets: [], duration: '1h' }, 409],
    [{ decision: 'allow', space: 'work', sets: ['none'], duration: '1h' }, 409],
  ])('takes no decision %j', async (choice, status) => {
    const client = await TestClient.register(rig);
    const browser = new TestBrowser(rig.base);
    const { location = '' } = await browser.get(client.authorizeUrl(newPkce()));
    expect((await browser.post(location, choice)).status).toBe(status);
  });
});

describe('the device flow', () => {
  it('lets a machine without a browser in by a code that the person types', async () => {
    const client = await TestClient.register(rig, {
      client_name: 'Box',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      redirect_uris: undefined,
    });
    const asked = await token(rig, { client_id: client.id }, '/oauth/device/code');
    expect(asked.status).toBe(200);
    const { user_code: userCode, device_code: deviceCode } = asked.body as Record<string, string>;
    expect(asked.body['verification_uri']).toBe(`${rig.base}/oauth/device`);
    const poll = () =>
      token(rig, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: deviceCode as string,
        client_id: client.id,
      });
    expect((await poll()).body['error']).toBe('authorization_pending');
    const browser = new TestBrowser(rig.base);
    expect((await browser.get('/oauth/device?user_code=BBBB-BBBB')).status).toBe(404);
    const address = `/oauth/device?user_code=${(userCode as string).toLowerCase()}`;
    expect((await browser.get(address)).text).toContain('Box asks to use your tools');
    expect((await browser.post(address, { ...allowDefault, space: 'work' })).status).toBe(200);
    expect((await browser.get(address)).status).toBe(404);
    const tokens = await poll();
    expect(tokens.status).toBe(200);
    expect((await call(rig, String(tokens.body['access_token']))).body).toMatchObject({
      name: 'Box',
      limits: { spaceId: 'work' },
    });
    expect((await poll()).status).toBe(400);
  });

  it('tells the device when the person denies', async () => {
    const client = await TestClient.register(rig, {
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: undefined,
    });
    const asked = await token(rig, { client_id: client.id }, '/oauth/device/code');
    const browser = new TestBrowser(rig.base);
    await browser.post(`/oauth/device?user_code=${String(asked.body['user_code'])}`, deny);
    const answer = await token(rig, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(asked.body['device_code']),
      client_id: client.id,
    });
    expect(answer.body['error']).toBe('access_denied');
  });
});
