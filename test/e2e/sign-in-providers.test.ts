/**
 * e2e/sign-in-providers — authorization servers of every sort, sound and unsound, before the built gateway: each
 * sign-in ends connected, or in one clear state with its reason and one thing to do. What is in use stays in use.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { followUntil } from '../fixtures/oauth/browser.ts';
import { connectClient } from '../fixtures/reference/everything-client.ts';
import { eventually } from '../support/deadline.ts';
import { freePort, type Gateway } from '../support/gateway.ts';
import { openWorld, type World, type WorldOptions } from '../support/sign-in-world.ts';

const folders: string[] = [];

async function open(options: WorldOptions = {}): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcpmux-providers-'));
  folders.push(dataDir);
  return openWorld({
    ...options,
    gateway: {
      ...options.gateway,
      dataDir,
      flags: ['--key-source', 'file', ...(options.gateway?.flags ?? [])],
    },
  });
}

function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function count(world: World, line: string): number {
  return world.authorizationServer.requests.filter((one) => one.line === line).length;
}

async function callOnce(world: World, alias = 'tracker'): Promise<unknown> {
  const caller = await connectClient(
    { revision: '2025-11-25' },
    world.gateway.mcpUrl(alias),
    world.gateway.headers,
  );
  try {
    return await caller.callTool({ name: 'test_simple_text', arguments: {} });
  } finally {
    await caller.close();
  }
}

describe('a provider that takes client metadata documents only', () => {
  const publicUrl = 'https://mux.example';
  let world: World;

  afterEach(async () => {
    await world.close();
    removeFolders();
  });

  /** What the proxy before the gateway would pass on: the same request, with the Host that was asked for. */
  function askPublicly(gateway: Gateway, url: string, headers: Record<string, string> = {}) {
    const { host, pathname, search } = new URL(url);
    return new Promise<{ status: number | undefined; type: string | undefined; text: string }>(
      (resolve, reject) => {
        request(
          {
            port: gateway.port,
            host: '127.0.0.1',
            path: `${pathname}${search}`,
            headers: { host, ...headers },
          },
          (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () =>
              resolve({ status: response.statusCode, type: response.headers['content-type'], text }),
            );
          },
        )
          .on('error', reject)
          .end();
      },
    );
  }

  it('is signed in to with the document at the public URL, and the browser comes back there', async () => {
    const url = `${publicUrl}/oauth/client-metadata.json`;
    const fromProvider = async () => JSON.parse((await askPublicly(world.gateway, url)).text) as unknown;
    world = await open({
      authorizationServer: { registration: 'document', document: { url, body: fromProvider } },
      gateway: { flags: ['--public-url', `${publicUrl}/`] },
    });
    expect((await world.gateway.cli(['status'])).stdout).toContain(`${publicUrl}/mcp`);
    await world.add();
    const started = await world.gateway.admin.startSignIn('tracker');
    expect(started.redirectUri).toBe(`${publicUrl}/oauth/callback`);
    const { searchParams } = new URL(started.authorizationUrl);
    expect(searchParams.get('client_id')).toBe(url);
    const landed = await followUntil(started.authorizationUrl, started.redirectUri);
    // A browser says that it comes from another site.
    const page = await askPublicly(world.gateway, landed, { 'sec-fetch-site': 'cross-site' });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Signed in')]);
    await world.until('connected');
    expect(await callOnce(world)).toMatchObject({ content: [{ type: 'text' }] });
    expect(count(world, 'POST /reg')).toBe(0);

    const again = await askPublicly(world.gateway, landed);
    expect([again.status, again.text]).toEqual([400, expect.stringContaining('nothing was changed')]);
    const document = await askPublicly(world.gateway, url);
    expect([document.status, document.type]).toEqual([200, 'application/json']);
    expect(JSON.parse(document.text)).toEqual({
      client_id: url,
      client_name: 'McpMux',
      client_uri: publicUrl,
      redirect_uris: [`${publicUrl}/oauth/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      token_endpoint_auth_method: 'none',
    });
    // The rest of the gateway is there too, for who has a key; other names are still not ours.
    expect(await askPublicly(world.gateway, `${publicUrl}/mcp`)).toMatchObject({ status: 401 });
    expect(await askPublicly(world.gateway, 'https://other.example/mcp')).toMatchObject({ status: 403 });
  });

  it('is signed in to with a document that is served elsewhere, over the loopback address', async () => {
    const callbackPort = await freePort();
    const url = 'https://elsewhere.example/mcpmux.json';
    world = await open({
      authorizationServer: {
        registration: 'document',
        document: {
          url,
          body: {
            client_id: url,
            client_name: 'McpMux',
            redirect_uris: [`http://127.0.0.1:${callbackPort}/oauth2redirect`],
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            application_type: 'native',
            token_endpoint_auth_method: 'none',
          },
        },
      },
      gateway: {
        env: { MCPMUX_CLIENT_METADATA_URL: url, MCPMUX_CALLBACK_PORT: String(callbackPort) },
      },
    });
    await world.add();
    const login = await world.login();
    expect(login.stdout, login.stderr).toContain('tracker: connected');
    expect(count(world, 'POST /reg')).toBe(0);
  });

  it('is not signed in to without a document: the state says what a person has to do there', async () => {
    world = await open({ authorizationServer: { registration: 'document' } });
    await world.add();
    const login = await world.login();
    const { issuer } = world.authorizationServer;
    const reason = `the authorization server ${issuer} of "tracker" offers no registration`;
    expect(login).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
    const { state } = await world.until('sign-in-required');
    expect(state.reason).toBe(reason);
    expect(state.nextStep).toMatch(
      /^create an OAuth client there with the redirect URI http:\/\/127\.0\.0\.1:\d+\/oauth2redirect, then: mcpmux login tracker --client-id ID$/,
    );
  });
});

describe('a provider whose refreshes answer', () => {
  let world: World;

  afterEach(async () => {
    await world.close();
    removeFolders();
  });

  async function openSignedIn(isRotating: boolean): Promise<void> {
    world = await open({ authorizationServer: { accessTokenSeconds: 5, isRotating } });
    await world.add();
    const login = await world.login();
    expect(login, login.stderr).toMatchObject({ code: 0 });
  }

  it('without a new refresh token is renewed with the old one, again and again', async () => {
    await openSignedIn(false);
    world.authorizationServer.bends.token = ({ refresh_token: _, ...answer }) => answer;
    await eventually(
      'three renewals',
      async () => {
        await callOnce(world);
        return world.authorizationServer.counts.refreshed >= 3 ? true : undefined;
      },
      { timeoutMs: 30_000, everyMs: 200 },
    );
    expect(world.authorizationServer.counts).toMatchObject({ refused: 0, grantsRevoked: 0 });
    expect((await world.state()).status).toBe('connected');
  });

  it('never, where a used token ends the grant, come to one state: sign in again', async () => {
    await openSignedIn(true);
    world.authorizationServer.bends.loseTokenAnswers = 1;
    // Connected servers are renewed also when nobody calls. Until then its token is as good as before.
    const { counts } = world.authorizationServer;
    await eventually('the end of the grant', async () => (counts.grantsRevoked > 0 ? true : undefined), {
      timeoutMs: 20_000,
    });
    await expect(callOnce(world)).rejects.toThrow('asks for sign-in');
    const { state } = await world.until('sign-in-required');
    expect(state).toMatchObject({
      reason: expect.stringMatching(/^server "tracker" asks for sign-in: .+/) as string,
      nextStep: 'run: mcpmux login tracker',
    });
    const login = await world.login();
    expect(login.stdout, login.stderr).toContain('tracker: connected');
  });
});

/** The world of the rows below: one server that nobody has signed in to, one that is in use and must stay so. */
describe('an unsound provider', () => {
  let world: World;

  beforeAll(async () => {
    world = await open();
    await world.add();
    await world.gateway.addServer({ name: 'kept', launch: { kind: 'http', url: world.resource.url } });
    const login = await world.gateway.cli(['login', 'kept']);
    expect(login.stdout, login.stderr).toContain('kept: connected');
  }, 60_000);

  afterAll(async () => {
    await world?.close();
    removeFolders();
  });

  afterEach(() => {
    const { bends } = world.authorizationServer;
    Object.assign(bends, { metadata: undefined, callback: undefined, token: undefined, down: undefined });
    bends.mounted = undefined;
    const { bendMetadata: _, ...options } = world.resource.options;
    world.resource.options = options;
  });

  const bendMetadata = (change: object) => (of: World) => {
    of.authorizationServer.bends.metadata = (metadata) => ({ ...metadata, ...change });
  };
  const bendToken = (change: object) => (of: World) => {
    of.authorizationServer.bends.token = (answer) => ({ ...answer, ...change });
  };
  const bendResource = (change: object) => (of: World) => {
    of.resource.options = {
      ...of.resource.options,
      bendMetadata: (metadata) => ({ ...metadata, ...change }),
    };
  };
  /** Answers requests for metadata as no provider would. */
  const answerMetadata = (write: (response: import('node:http').ServerResponse) => void) => (of: World) => {
    of.authorizationServer.bends.mounted = (incoming, response) => {
      if (incoming.url?.startsWith('/.well-known/') !== true) return false;
      write(response);
      return true;
    };
  };

  const rows: readonly (readonly [what: string, arrange: (of: World) => void, reason: RegExp])[] = [
    // Where it sends us.
    [
      'whose metadata is that of another issuer',
      bendMetadata({ issuer: 'https://evil.example' }),
      /^signing in to server "tracker" is not possible: the metadata of http:\/\/127\.0\.0\.1:\d+ has another issuer \(https:\/\/evil\.example\)$/,
    ],
    [
      'that the server names inside the network',
      bendResource({ authorization_servers: ['https://169.254.169.254/'] }),
      /signing in to server "tracker" is not possible: .* was not requested from https:\/\/169\.254\.169\.254\/.*: it leads to a reserved address$/,
    ],
    [
      'that is a file',
      bendResource({ authorization_servers: ['file:///etc/passwd'] }),
      /^signing in to server "tracker" is not possible: it names an authorization server that is not a web address \(file:\/etc\/passwd\)$/,
    ],
    [
      'for another resource',
      bendResource({ resource: 'https://other.example/mcp' }),
      /^signing in to server "tracker" is not possible: its metadata is for another resource \(https:\/\/other\.example\/mcp\)$/,
    ],
    [
      'whose sign-in page is a script',
      bendMetadata({ authorization_endpoint: 'javascript:alert(1)' }),
      /^server "tracker" asks for sign-in, but its metadata cannot be read: the document is not valid: authorization_endpoint$/,
    ],
    [
      'whose sign-in page is a file',
      bendMetadata({ authorization_endpoint: 'file:///etc/passwd' }),
      /^server "tracker" named an authorization URL that is not safe to open: /,
    ],
    [
      'whose sign-in page is a command',
      bendMetadata({ authorization_endpoint: 'https://x.example/$(calc)' }),
      /^server "tracker" named an authorization URL that is not safe to open: it has the character \$/,
    ],
    [
      'whose sign-in page has a line break',
      bendMetadata({ authorization_endpoint: 'https://x.example/\r\nX: y' }),
      /^server "tracker" named an authorization URL that is not safe to open: it has control characters/,
    ],
    [
      'whose token endpoint is inside the network',
      bendMetadata({ token_endpoint: 'https://169.254.169.254/token' }),
      /^the authorization server of "tracker" gave an unusable token response: the token endpoint was not requested from https:\/\/169\.254\.169\.254\/token: it leads to a reserved address$/,
    ],
    [
      'without PKCE',
      bendMetadata({ code_challenge_methods_supported: ['plain'] }),
      /^signing in to server "tracker" is not possible: .* does not announce PKCE with S256$/,
    ],
    // What its metadata is.
    [
      'whose metadata has 50 MB',
      answerMetadata((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`{"issuer": "${'x'.repeat(50_000_000)}"}`);
      }),
      /its metadata cannot be read: .* the answer is larger than 65536 bytes$/,
    ],
    [
      'whose metadata never ends',
      answerMetadata((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 50);
        response.once('close', () => clearInterval(drip));
      }),
      /its metadata cannot be read: .* it took too long$/,
    ],
    [
      'whose metadata is on another host',
      answerMetadata((response) => response.writeHead(302, { location: 'https://evil.example/' }).end()),
      /^signing in to server "tracker" is not possible: the authorization server .* publishes no metadata$/,
    ],
    [
      'that is down',
      (of) => {
        of.authorizationServer.bends.down = 503;
      },
      /^server "tracker" asks for sign-in, but its metadata cannot be read: .*503/,
    ],
    // What comes back with the browser.
    [
      'whose answer is that of another issuer',
      (of) => {
        of.authorizationServer.bends.callback = (url) => url.searchParams.set('iss', 'https://evil.example');
      },
      /^the response to the sign-in to "tracker" does not come from its authorization server http:\/\/127\.0\.0\.1:\d+; it was ignored$/,
    ],
    [
      'whose answer has lost its issuer',
      (of) => {
        of.authorizationServer.bends.callback = (url) => url.searchParams.delete('iss');
      },
      /^the response to the sign-in to "tracker" does not come from its authorization server /,
    ],
    [
      'whose answer is an error',
      (of) => {
        of.authorizationServer.bends.callback = (url) => {
          url.searchParams.delete('code');
          url.searchParams.set('error', 'temporarily_unavailable');
        };
      },
      /^the sign-in to "tracker" was refused: temporarily_unavailable$/,
    ],
    // What it gives.
    [
      'whose token has a line break',
      bendToken({ access_token: 'a\r\nX-Evil: 1' }),
      /^the authorization server of "tracker" gave an unusable token response: .*line break/,
    ],
    [
      'whose token is a number',
      bendToken({ access_token: 7 }),
      /^the authorization server of "tracker" gave an unusable token response: .*not a string/,
    ],
  ];

  it.each(rows)(
    '%s: the state says why, the log too, and what is in use stays',
    async (_, arrange, reason) => {
      arrange(world);
      const login = await world.login();
      expect(login.code).not.toBe(0);
      const { state } = await world.until('sign-in-required');
      expect(state.reason).toMatch(reason);
      expect(login.stderr).toContain(state.reason ?? '');
      expect(state.nextStep).toMatch(/^(run|see what each step finds): mcpmux |, then: mcpmux /);
      const { entries } = await world.gateway.admin.readLog('tracker', { limit: 20 });
      expect(entries.some(({ level, message }) => level !== 'debug' && message.includes('sign-in'))).toBe(
        true,
      );

      const second = await world.gateway.cli(['login', 'kept']);
      expect(second.code).not.toBe(0);
      expect((await world.gateway.admin.getServer('kept')).state.status).toBe('connected');
      expect((await world.gateway.admin.getSignIn('kept')).tokens.isSignedIn).toBe(true);
      expect(await callOnce(world, 'kept')).toMatchObject({ content: [{ type: 'text' }] });
    },
    60_000,
  );

  it('that has come to its senses is signed in to', async () => {
    const login = await world.login();
    expect(login.stdout, login.stderr).toContain('tracker: connected');
  });
});
