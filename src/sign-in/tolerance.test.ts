/** Real providers send these things although no RFC allows them. A sign-in must work all the same. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AuthorizationServerOptions,
  close,
  listen,
  startAuthorizationServer,
  type TestAuthorizationServer,
} from '../../test/fixtures/oauth/authorization-server.ts';
import { browse, followUntil, visit } from '../../test/fixtures/oauth/browser.ts';
import {
  type ResourceServerOptions,
  startResourceServer,
} from '../../test/fixtures/oauth/resource-server.ts';
import { call, makeRig, type Rig, type RigOptions } from '../../test/fixtures/oauth/rig.ts';
import { ManualClock, Secret } from '../base/index.ts';
import type { TokenSet } from '../model/index.ts';
import { nextParameters } from './refresh-parameters.ts';
import { signInTimeoutMs } from './sign-in.ts';
import type { TokenResponse } from './token-response.ts';

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

const start = (rig: Rig) => rig.signIn.start(rig.server, { mode: 'browser' });

/** From the first 401 to a call that is taken. */
async function signsIn(rig: Rig): Promise<void> {
  expect(await call(rig)).toBe(401);
  expect((await browse(await start(rig))).text).toContain('Signed in');
  expect(await call(rig)).toBe(200);
}

async function listenOnce(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handler);
  closing.push({ close: () => close(server) });
  return `http://127.0.0.1:${await listen(server)}`;
}

async function deadOrigin(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await close(server);
  return `http://127.0.0.1:${port}`;
}

describe('the metadata URL in the challenge', () => {
  it.each([
    ['without quotes', (origin: string) => `resource_metadata=${origin}/elsewhere/metadata`],
    ['in apostrophes', (origin: string) => `resource_metadata='${origin}/elsewhere/metadata'`],
  ])('R43 is used %s', async (_name, hint) => {
    const { rig } = await setUp({}, { metadataAt: 'challenge', hint });
    await signsIn(rig);
  });

  it.each([
    ['a path', () => 'resource_metadata="/.well-known/nothing"'],
    ['empty', () => 'resource_metadata=""'],
    ['words', () => 'resource_metadata="see our documentation"'],
    ['a script', () => 'resource_metadata="javascript:alert(1)"'],
    ['an address of the cloud', () => 'resource_metadata="https://169.254.169.254/latest/meta-data"'],
    ['an address without a document', (origin: string) => `resource_metadata="${origin}/not/here"`],
  ])('R43 counts as absent if it is %s: the well-known addresses are used', async (_name, hint) => {
    const { rig } = await setUp({}, { metadataAt: 'path', hint });
    await signsIn(rig);
  });

  it.each([
    ['no longer runs', deadOrigin],
    ['answers 500', () => listenOnce((_request, response) => response.writeHead(500).end('{}'))],
    ['answers 503', () => listenOnce((_request, response) => response.writeHead(503).end())],
    ['shows a page', () => listenOnce((_request, response) => response.end('<html>hello</html>'))],
    [
      'shows a page of a megabyte',
      () => listenOnce((_request, response) => response.end('<p>'.repeat(350_000))),
    ],
    [
      'answers half',
      () =>
        listenOnce((_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"resource":');
        }),
    ],
    [
      'speaks of another resource',
      () =>
        listenOnce((_request, response) => {
          response.end(
            '{"resource":"https://other.example/mcp","authorization_servers":["https://evil.example"]}',
          );
        }),
    ],
  ])('R43 counts as absent if its server %s', async (_name, open) => {
    const origin = await open();
    const { rig } = await setUp({}, { metadataAt: 'root', hint: () => `resource_metadata="${origin}/m"` });
    await signsIn(rig);
  });

  it('R43 is reported as the error if no metadata is found elsewhere', async () => {
    const origin = await listenOnce((_request, response) => response.writeHead(503).end());
    const { rig } = await setUp({}, { metadataAt: 'nowhere', hint: () => `resource_metadata="${origin}/m"` });
    await call(rig);
    await expect(start(rig)).rejects.toMatchObject({
      code: 'sign-in.discovery_failed',
      retry: 'safe',
      message: expect.stringContaining('HTTP 503'),
    });
  });
});

describe('a document', () => {
  const drop = (document: object, ...names: string[]) =>
    Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));

  it.each([
    ['null', { scopes_supported: null, resource_name: null, jwks_uri: null, bearer_methods_supported: null }],
    ['empty', { scopes_supported: '', jwks_uri: '', resource_policy_uri: '', resource_documentation: '' }],
    [
      'of the wrong type',
      { scopes_supported: 'mcp:read', resource_tos_uri: 7, dpop_bound_access_tokens_required: '' },
    ],
  ])('R44 of the resource may have optional members that are %s', async (_name, members) => {
    const { rig } = await setUp(
      {},
      { challengeScope: 'mcp:read', bendMetadata: (m) => ({ ...m, ...members }) },
    );
    await signsIn(rig);
  });

  it.each([
    [
      'null',
      {
        scopes_supported: null,
        grant_types_supported: null,
        revocation_endpoint: null,
        service_documentation: null,
        jwks_uri: null,
        response_modes_supported: null,
        token_endpoint_auth_methods_supported: null,
      },
    ],
    [
      'empty',
      { scopes_supported: '', revocation_endpoint: '', service_documentation: '', op_policy_uri: '' },
    ],
    [
      'of the wrong type',
      { scopes_supported: 'a b', introspection_endpoint: 7, revocation_endpoint: 'none' },
    ],
  ])('R44 of the provider may have optional members that are %s', async (_name, members) => {
    const { rig } = await setUp({ bendMetadata: (m) => ({ ...m, ...members }) });
    await signsIn(rig);
    expect((await rig.tokens.status(rig.server.id)).isSignedIn).toBe(true);
  });

  it('R44 of the provider may lack a required member that we do not use', async () => {
    const { rig } = await setUp({ bendMetadata: (m) => drop(m, 'response_types_supported') });
    await signsIn(rig);
  });

  it('R44 of an OpenID provider needs no members of OpenID Connect', async () => {
    const { rig, authorizationServer } = await setUp({
      bendMetadata: (m) =>
        drop(m, 'jwks_uri', 'subject_types_supported', 'id_token_signing_alg_values_supported'),
    });
    authorizationServer.bends.mounted = (request, response) => {
      if (request.url?.includes('oauth-authorization-server') !== true) return false;
      response.writeHead(404).end();
      return true;
    };
    await signsIn(rig);
  });

  it.each(['text/plain', 'text/html; charset=utf-8', 'application/octet-stream', ''])(
    'R44 may have the content type %j',
    async (type) => {
      const { rig, authorizationServer } = await setUp({}, { metadataType: type });
      authorizationServer.bends.metadataType = type;
      await signsIn(rig);
    },
  );

  it('R44 may be one redirect away on the same host', async () => {
    const { rig, authorizationServer } = await setUp(
      {},
      { metadataAt: 'path', metadataMovesTo: (origin) => `${origin}/moved/metadata` },
    );
    authorizationServer.bends.mounted = (request, response) => {
      if (request.url === '/.well-known/oauth-authorization-server') {
        response.writeHead(301, { location: '/here' }).end();
        return true;
      }
      if (request.url === '/here') request.url = '/.well-known/oauth-authorization-server';
      return false;
    };
    await signsIn(rig);
  });

  it.each([
    ['another host', (origin: string) => origin.replace('127.0.0.1', 'localhost')],
    ['itself', (origin: string) => origin],
  ])('R44 is not fetched after a redirect to %s', async (_name, to) => {
    const { rig, resourceServer } = await setUp(
      {},
      {
        metadataAt: 'path',
        metadataMovesTo: (origin) => `${to(origin)}/.well-known/oauth-protected-resource/mcp`,
      },
    );
    await call(rig);
    await expect(start(rig)).rejects.toMatchObject({ code: 'sign-in.not_offered' });
    const asked = resourceServer.requests.filter((r) => r.line.endsWith('/oauth-protected-resource/mcp'));
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it.each([
    ['with a slash where the provider has none', (issuer: string) => [`${issuer}/`, issuer]],
    ['without the slash that the provider has', (issuer: string) => [issuer, `${issuer}/`]],
  ])('R46 may spell the issuer %s', async (_name, spell) => {
    let named = '';
    let published = '';
    const { rig, authorizationServer } = await setUp(
      { bendMetadata: (m) => ({ ...m, issuer: published }) },
      { bendMetadata: (m) => ({ ...m, authorization_servers: [named] }) },
    );
    [named, published] = spell(authorizationServer.issuer) as [string, string];
    authorizationServer.bends.callback = (url) => url.searchParams.set('iss', published);
    await signsIn(rig);
    // The other spelling is the same provider: the client id stays.
    [named, published] = [published, named];
    const before = await rig.credentials.getRegistration(rig.server.id);
    expect((await browse(await start(rig))).text).toContain('Signed in');
    expect((await rig.credentials.getRegistration(rig.server.id))?.clientId).toBe(before?.clientId);
  });

  it.each([
    ['another path', (issuer: string) => `${issuer}/tenant`],
    ['another scheme', (issuer: string) => issuer.replace('http:', 'https:')],
    ['two slashes', (issuer: string) => `${issuer}//`],
  ])(
    'R46 is refused if the issuer has %s; the message shows both issuers as they are',
    async (_name, spell) => {
      const { rig, authorizationServer } = await setUp({
        bendMetadata: (m) => ({ ...m, issuer: spell(String(m['issuer'])) }),
      });
      await call(rig);
      const { issuer } = authorizationServer;
      await expect(start(rig)).rejects.toMatchObject({
        code: 'sign-in.bad_metadata',
        message: expect.stringContaining(`the metadata of ${issuer} has another issuer (${spell(issuer)})`),
      });
    },
  );
});

describe('a registration', () => {
  const idOnly = ({ client_id: clientId }: Record<string, unknown>) => ({ client_id: clientId });
  it.each([
    ['the client id alone', idOnly],
    ['a secret that is null', (m: Record<string, unknown>) => ({ ...idOnly(m), client_secret: null })],
    ['a secret that is empty', (m: Record<string, unknown>) => ({ ...idOnly(m), client_secret: '' })],
    [
      'members that are null or empty',
      (m: Record<string, unknown>) => ({
        ...m,
        redirect_uris: null,
        grant_types: null,
        scope: '',
        client_uri: '',
        client_secret_expires_at: null,
        token_endpoint_auth_method: null,
        contacts: '',
      }),
    ],
  ])('R44 is accepted with %s', async (_name, bend) => {
    const { rig, authorizationServer } = await setUp();
    authorizationServer.bends.registration = bend;
    await signsIn(rig);
  });

  it.each([400, 404, 406, 415, 422])(
    'R44 is tried once more with fewer members after a %i',
    async (status) => {
      const { rig, authorizationServer } = await setUp();
      let refused = 0;
      authorizationServer.bends.mounted = (request, response) => {
        if (request.url !== '/reg' || refused > 0) return false;
        refused += 1;
        response.writeHead(status, { 'content-type': 'text/plain' }).end('no');
        return true;
      };
      authorizationServer.bends.registration = idOnly;
      await call(rig);
      const { authorizationUrl } = await start(rig);
      expect(new URL(authorizationUrl).searchParams.get('client_id')).toBeTruthy();
      const [, plain] = authorizationServer.requests.filter((r) => r.line === 'POST /reg');
      expect(JSON.parse(plain?.body ?? '')).not.toHaveProperty('application_type');
    },
  );

  it.each([401, 403, 429, 500])('R44 is not tried again after a %i', async (status) => {
    const { rig, authorizationServer } = await setUp();
    authorizationServer.bends.mounted = (request, response) => {
      if (request.url !== '/reg') return false;
      response.writeHead(status).end('{"error":"no","error_description":"not from here"}');
      return true;
    };
    await call(rig);
    await expect(start(rig)).rejects.toMatchObject({
      code: 'sign-in.registration_refused',
      message: expect.stringContaining(`HTTP ${status}, no: not from here`),
    });
    expect(authorizationServer.requests.filter((r) => r.line === 'POST /reg')).toHaveLength(1);
  });
});

describe('a registration that the provider has dropped', () => {
  /** Signed in and out again, so that a registration is stored. */
  async function registered(rigOptions: Partial<RigOptions> = {}) {
    const world = await setUp({}, {}, rigOptions);
    await signsIn(world.rig);
    await world.rig.tokens.signOut(world.rig.server);
    const before = await world.rig.credentials.getRegistration(world.rig.server.id);
    return { ...world, clientId: before?.clientId };
  }
  const answerWith = async (authorizationServer: TestAuthorizationServer, rig: Rig, error: string) => {
    const started = await start(rig);
    const url = new URL(await followUntil(started.authorizationUrl, started.redirectUri));
    url.searchParams.delete('code');
    url.searchParams.set('error', error);
    url.searchParams.set('iss', authorizationServer.issuer);
    return { started, page: await visit(url.href) };
  };

  it.each(['unauthorized_client', 'invalid_client'])(
    'R48 is deleted and made again after the error %s in the callback',
    async (error) => {
      const { rig, authorizationServer, clientId } = await registered();
      const { page } = await answerWith(authorizationServer, rig, error);
      expect(page.text).toContain('no longer knows our registration');
      expect(page.text).toContain('run: mcpmux login tracker; this makes a new registration');
      expect(await rig.credentials.getRegistration(rig.server.id)).toBeUndefined();
      const again = await start(rig);
      expect(new URL(again.authorizationUrl).searchParams.get('client_id')).not.toBe(clientId);
      expect((await browse(again)).text).toContain('Signed in');
    },
  );

  it.each(['access_denied', 'server_error'])(
    'R48 is kept after the error %s in the callback',
    async (error) => {
      const { rig, authorizationServer, clientId } = await registered();
      await answerWith(authorizationServer, rig, error);
      expect((await rig.credentials.getRegistration(rig.server.id))?.clientId).toBe(clientId);
      expect(await start(rig)).toMatchObject({ isNew: true, isRegistrationInDoubt: false });
    },
  );

  it('R48 is kept if a person gave the client id', async () => {
    const { rig, authorizationServer, clientId } = await registered();
    const stored = await rig.credentials.getRegistration(rig.server.id);
    await rig.credentials.saveRegistration({ ...stored!, source: 'pre-registered' });
    await answerWith(authorizationServer, rig, 'unauthorized_client');
    expect((await rig.credentials.getRegistration(rig.server.id))?.clientId).toBe(clientId);
  });

  it('R48 is in doubt after a sign-in without a callback, until a sign-in succeeds', async () => {
    const clock = new ManualClock(Date.now());
    const { rig } = await registered({ clock });
    expect(await start(rig)).toMatchObject({ isNew: true, isRegistrationInDoubt: false });
    // The person looks at an error page, and asks again.
    expect(await start(rig)).toMatchObject({ isNew: false, isRegistrationInDoubt: true });
    clock.advance(signInTimeoutMs);
    expect(rig.outcomes.at(-1)).toMatchObject({
      error: { code: 'sign-in.expired', hint: expect.stringContaining('mcpmux login tracker --fresh') },
    });
    const next = await start(rig);
    expect(next).toMatchObject({ isNew: true, isRegistrationInDoubt: true });
    rig.signIn.cancel(rig.server.id);
    const fresh = await rig.signIn.start(rig.server, { mode: 'browser', isFreshRegistration: true });
    expect(fresh.isRegistrationInDoubt).toBe(false);
    expect((await browse(fresh)).text).toContain('Signed in');
    expect(await start(rig)).toMatchObject({ isNew: true, isRegistrationInDoubt: false });
  });

  it('R48 is not in doubt right after it was made', async () => {
    const { rig } = await setUp();
    await call(rig);
    expect(await start(rig)).toMatchObject({ isRegistrationInDoubt: false });
    expect(await start(rig)).toMatchObject({ isNew: false, isRegistrationInDoubt: false });
  });
});

describe('a token refresh whose parameters are refused', () => {
  /** A token endpoint that minds the form of a refresh, in front of the real one. */
  function mind(
    { provider, bends }: TestAuthorizationServer,
    minds: (form: URLSearchParams) => { status?: number; body: string } | undefined,
  ): void {
    const take = provider.callback();
    bends.mounted = (request, response) => {
      if (request.url !== '/token') return false;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        const refusal = form.get('grant_type') === 'refresh_token' ? minds(form) : undefined;
        if (refusal !== undefined) {
          response.writeHead(refusal.status ?? 400, { 'content-type': 'application/json' }).end(refusal.body);
          return;
        }
        // The provider takes it as it takes any form that a body parser has read before it.
        void take(Object.assign(request, { body: Object.fromEntries(form) }), response);
      });
      return true;
    };
  }
  const no = (error: string) => ({ body: JSON.stringify({ error }) });
  const renew = async (rig: Rig) => {
    const { accessToken } = (await rig.credentials.getTokens(rig.server.id)) as TokenSet;
    return rig.tokens
      .authorizationFor(rig.server)
      .renew(new Secret(`Bearer ${accessToken.reveal()}`), 401, undefined);
  };

  it.each([
    [
      'invalid_target for `resource`',
      (f: URLSearchParams) => (f.has('resource') ? no('invalid_target') : undefined),
      2,
    ],
    [
      'invalid_request for `resource`',
      (f: URLSearchParams) => (f.has('resource') ? no('invalid_request') : undefined),
      2,
    ],
    [
      'a page for `resource`',
      (f: URLSearchParams) => (f.has('resource') ? { body: '<html>bad request</html>' } : undefined),
      2,
    ],
    [
      'invalid_scope for want of a scope',
      (f: URLSearchParams) => (f.has('scope') ? undefined : no('invalid_scope')),
      2,
    ],
    [
      'invalid_request for want of a scope',
      (f: URLSearchParams) => (f.has('scope') ? undefined : no('invalid_request')),
      3,
    ],
    [
      'two codes for two reasons',
      (f: URLSearchParams) =>
        f.has('resource') ? no('invalid_target') : f.has('scope') ? undefined : no('invalid_scope'),
      3,
    ],
  ])('R47 is sent with other parameters after %s', async (_name, minds, requests) => {
    const clock = new ManualClock(Date.now());
    const { rig, authorizationServer } = await setUp({ isRotating: false }, {}, { clock });
    await signsIn(rig);
    mind(authorizationServer, minds);
    const asked = () => authorizationServer.requests.filter((r) => r.line === 'POST /token').length;
    const before = asked();
    expect(await renew(rig)).toBeDefined();
    expect(asked() - before).toBe(requests);
    expect(rig.needs.filter((need) => need.reason !== 'nobody has signed in yet')).toEqual([]);
    expect(await call(rig)).toBe(200);
    // The form that worked is asked for first from now on.
    clock.advance(60_000);
    const second = asked();
    expect(await renew(rig)).toBeDefined();
    expect(asked() - second).toBe(1);
  });

  it('R47 ends the sign-in if no parameters work, with the first error of the server', async () => {
    const { rig, authorizationServer } = await setUp({ isRotating: false });
    await signsIn(rig);
    mind(authorizationServer, (form) => no(form.has('resource') ? 'invalid_target' : 'invalid_request'));
    expect(await renew(rig)).toBeUndefined();
    expect(rig.needs.at(-1)?.reason).toContain('invalid_target');
  });

  it.each(['invalid_grant', 'invalid_client', 'unauthorized_client'])(
    'R47 is not sent again after %s',
    async (error) => {
      const { rig, authorizationServer } = await setUp({ isRotating: false });
      await signsIn(rig);
      let asked = 0;
      mind(authorizationServer, () => {
        asked += 1;
        return no(error);
      });
      expect(await renew(rig)).toBeUndefined();
      expect(asked).toBe(1);
    },
  );

  const refusal = (error: string) =>
    ({ kind: 'refused', status: 400, error, description: '' }) as TokenResponse;
  const all = { hasResource: true, hasScope: false };
  it.each([
    [[refusal('invalid_request')], true, { hasResource: false, hasScope: false }],
    [[refusal('invalid_scope')], true, { hasResource: true, hasScope: true }],
    [[refusal('invalid_scope')], false, { hasResource: false, hasScope: false }],
    [[refusal('x'), refusal('x')], true, { hasResource: true, hasScope: true }],
    [[refusal('x'), refusal('y')], true, { hasResource: false, hasScope: true }],
    [[refusal('x'), refusal('x')], false, undefined],
    [[refusal('x'), refusal('x'), refusal('x')], true, undefined],
  ])('R47 after %j (scope known: %s) is sent with %j', (refusals, isScopeKnown, next) => {
    expect(nextParameters(all, refusals, isScopeKnown)).toEqual(next);
  });
});

describe('login --scope', () => {
  it.each([
    [['read'], 'read'],
    [['read', 'write'], 'read write'],
    [['offline_access', 'read'], 'offline_access read'],
  ])('R51 requests exactly %j', async (scopes, expected) => {
    const { rig } = await setUp();
    await call(rig);
    const { authorizationUrl } = await rig.signIn.start(rig.server, { mode: 'browser', scopes });
    expect(new URL(authorizationUrl).searchParams.get('scope')).toBe(expected);
  });
});
