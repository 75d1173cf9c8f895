/**
 * auth/server/real-clients.test — the requests of real clients, by what was seen of each. The numbers are those of the facts
 * that each bit somebody: C of clients' habits, H of trials with an authorization server like this one.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
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
import { ManualClock, silentLogger } from '../../base/index.ts';
import { ClientDocuments } from './client-documents.ts';
import { judgeClientMetadata } from './client-metadata.ts';

const claudeCode = 'https://claude.ai/oauth/claude-code-client-metadata';
const codex = 'https://chatgpt.com/oauth/codex/client.json';
const copilot = 'https://github.com/copilot/cli/client-metadata.json';
const chatgpt = 'https://chatgpt.com/oauth/connector/client.json';
const nameless = 'https://nameless.example/client.json';

const documents = {
  [claudeCode]: {
    client_id: claudeCode,
    client_name: 'Claude Code',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  },
  [codex]: { client_id: codex, client_name: 'Codex', redirect_uris: ['http://127.0.0.1/callback'] },
  [copilot]: { client_id: copilot, client_name: 'Copilot CLI', redirect_uris: ['http://127.0.0.1/'] },
  [chatgpt]: {
    client_id: chatgpt,
    client_name: 'ChatGPT',
    redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'],
    jwks_uri: 'https://chatgpt.com/jwks.json',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    response_types: ['code', 'code id_token'],
  },
  [nameless]: { client_id: nameless, redirect_uris: ['https://nameless.example/cb'] },
};

let rig: AuthRig;
beforeAll(async () => {
  rig = await AuthRig.start({ documents });
});
afterAll(() => rig.close());

const documentClient = (id: string, redirectUri: string): TestClient => new TestClient(rig, id, redirectUri);

describe('a client', () => {
  it.each([
    ['C1 Claude Code', claudeCode, 'http://localhost:54545/callback', 'Claude Code'],
    ['C2 Copilot CLI', copilot, 'http://127.0.0.1:9876/', 'Copilot CLI'],
    ['Codex', codex, 'http://127.0.0.1:1455/callback', 'Codex'],
    ['C3, C4 ChatGPT', chatgpt, 'https://chatgpt.com/connector_platform_oauth_redirect', 'ChatGPT'],
  ])('%s comes in by its document, from any port of this machine', async (_, id, redirectUri, name) => {
    const client = documentClient(id, redirectUri);
    const tokens = await client.signIn();
    expect((await call(rig, tokens.access_token)).body).toMatchObject({ kind: 'cimd', name });
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('H1, C5 of one document on two machines, and twice in one browser, is as many clients', async () => {
    const browser = new TestBrowser(rig.base);
    const before = rig.clients.list().length;
    const tokens: string[] = [];
    for (const port of [1001, 1002]) {
      const client = documentClient(claudeCode, `http://localhost:${port}/callback`);
      const pkce = newPkce();
      const back = await client.authorize(pkce, {}, allowDefault, browser);
      const answer = await client.redeem(back.searchParams.get('code') as string, pkce);
      tokens.push(String(answer.body['access_token']));
    }
    for (const text of tokens) expect((await call(rig, text)).status).toBe(200);
    const [one, two] = rig.clients.list().slice(before);
    expect(one?.id).not.toBe(two?.id);
    await rig.clients.revoke(one?.id ?? '');
    expect((await Promise.all(tokens.map((text) => call(rig, text)))).map(({ status }) => status)).toEqual([
      401, 200,
    ]);
  });

  it('C6 that is not known hears invalid_client, the one answer on which SDKs register again', async () => {
    const answer = await token(rig, {
      grant_type: 'authorization_code',
      code: 'x',
      code_verifier: 'x'.repeat(43),
      client_id: 'mcpcl_gone',
      redirect_uri: 'http://127.0.0.1/',
    });
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('C7 whose document cannot be fetched looks like an unknown one', async () => {
    const page = (id: string) =>
      new TestBrowser(rig.base).get(documentClient(id, 'https://x.example/').authorizeUrl(newPkce()));
    const [unknown, unfetched] = [await page('nobody'), await page('https://10.0.0.1/client.json')];
    expect([unknown.status, unfetched.status]).toEqual([400, 400]);
    expect([unknown.location, unfetched.location]).toEqual([undefined, undefined]);
  });

  it('C8 that names no resource, as claude.ai does, gets a token for every route', async () => {
    const client = await TestClient.register(rig, {}, 'https://claude.ai/api/mcp/auth_callback');
    const tokens = await client.signIn(allowDefault, { resource: undefined });
    expect((await call(rig, tokens.access_token)).status).toBe(200);
  });

  it('C13 gets no address to manage its registration', async () => {
    const { body } = await postJson(`${rig.base}/oauth/register`, { redirect_uris: ['http://127.0.0.1:1/'] });
    expect(JSON.stringify(body)).not.toMatch(/registration_(client_uri|access_token)/);
  });

  it('C14 VS Code registers an address of this machine and one of the web', async () => {
    const client = await TestClient.register(
      rig,
      {
        client_name: 'Visual Studio Code',
        redirect_uris: ['http://127.0.0.1:33418', 'https://vscode.dev/redirect'],
      },
      'http://127.0.0.1:33419',
    );
    expect((await call(rig, (await client.signIn()).access_token)).status).toBe(200);
    const web = new TestClient(rig, client.id, 'https://vscode.dev/redirect');
    expect((await web.authorize(newPkce())).host).toBe('vscode.dev');
  });

  it('C15 finds "none" and documents in the metadata', async () => {
    const { body } = await call(rig, undefined, '/.well-known/oauth-authorization-server');
    expect(body).toMatchObject({
      issuer: rig.base,
      token_endpoint_auth_methods_supported: ['none'],
      client_id_metadata_document_supported: true,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
    expect(body['scopes_supported']).toEqual(['mcp']);
  });

  it('C16 whose document has no name, or no client_id, is none', async () => {
    const page = await new TestBrowser(rig.base).get(
      documentClient(nameless, 'https://nameless.example/cb').authorizeUrl(newPkce()),
    );
    expect(page.status).toBe(400);
    const judged = judgeClientMetadata({ client_name: 'x', redirect_uris: ['https://x.example/'] }, true);
    expect(judged).toMatchObject({ metadata: { client_id: undefined } });
  });

  it('H2 Copilot CLI asks for "consent select_account"', async () => {
    const client = documentClient(copilot, 'http://127.0.0.1:7/');
    const back = await client.authorize(newPkce(), { prompt: 'consent select_account' });
    expect(back.searchParams.get('code')).toMatch(/^mcpac_/);
  });

  it('asks without a page, and hears that a person is needed', async () => {
    const client = documentClient(codex, 'http://127.0.0.1:7/callback');
    const back = await client.authorize(newPkce(), { prompt: 'none' });
    expect(back.searchParams.get('error')).toMatch(/required/);
    expect(back.searchParams.get('iss')).toBe(rig.base);
  });

  it.each(['fragment', 'form_post', 'web_message', 'jwt'])('H4 is not answered by %s', async (mode) => {
    const client = documentClient(codex, 'http://127.0.0.1:7/callback');
    const page = await new TestBrowser(rig.base).get(client.authorizeUrl(newPkce(), { response_mode: mode }));
    const answered = `${page.location ?? ''}${page.text}`;
    expect(answered).not.toContain('code=');
    expect(page.location ?? '').not.toContain('#');
    expect(answered).toMatch(/unsupported|invalid/);
  });

  it.each([
    ['H6 what it saw and what it did not', 'mcp offline_access'],
    ['everything that OpenID has', 'openid profile email offline_access mcp'],
    ['what nobody has', 'tools:write'],
    ['nothing', undefined],
  ])('asks for the scope of %s and gets the one there is', async (_, asked) => {
    const client = await TestClient.register(rig, { scope: 'mcp offline_access' });
    const tokens = await client.signIn(allowDefault, { scope: asked });
    expect([tokens.scope, tokens.refresh_token]).toEqual(['mcp', expect.stringMatching(/^mcprt_/)]);
  });

  it('opencode registers anew with each attempt, and each is a client of its own', async () => {
    const redirect = 'http://127.0.0.1:19876/mcp/oauth/callback';
    const [one, two] = [
      await TestClient.register(rig, { client_name: 'opencode' }, redirect),
      await TestClient.register(rig, { client_name: 'opencode' }, redirect),
    ];
    expect(one.id).not.toBe(two.id);
    await two.signIn();
    expect(rig.clients.list().filter(({ name }) => name === 'opencode')).toHaveLength(1);
  });

  it('comes back for a new sign-in and takes its own place', async () => {
    const client = await TestClient.register(rig, { client_name: 'Again' });
    const first = await client.signIn();
    await rig.clients.change('Again', { alias: 'My laptop' });
    const second = await client.signIn({ ...allowDefault, space: 'work' });
    expect((await call(rig, first.access_token)).status).toBe(401);
    expect((await call(rig, second.access_token)).body).toMatchObject({
      name: 'My laptop',
      limits: { spaceId: 'work' },
    });
    expect(rig.clients.list().filter(({ name }) => name === 'Again')).toHaveLength(1);
  });

  it.each([
    '/mcp',
    '/servers/files/mcp',
    '/spaces/work/mcp',
    '/spaces/work/servers/files/mcp',
    '/sets/read/mcp',
    '/sse',
  ])('droid and the SDKs ask for the metadata of %s at its own path', async (path) => {
    const { body } = await call(rig, undefined, `/.well-known/oauth-protected-resource${path}`);
    expect(body).toMatchObject({ resource: rig.base + path, authorization_servers: [rig.base] });
    const server = await call(rig, undefined, `/.well-known/oauth-authorization-server${path}`);
    expect(server.body['issuer']).toBe(rig.base);
  });

  it('does not find metadata of what is no route', async () => {
    for (const path of ['/x', '/admin', '/mcp/x', '/servers/mcp'])
      expect((await call(rig, undefined, `/.well-known/oauth-protected-resource${path}`)).status).toBe(404);
  });
});

describe('51 the document at a client id', () => {
  const tls = new URL('../../../test/fixtures/oauth/tls/', import.meta.url);
  const read = (name: string): string => readFileSync(new URL(name, tls), 'utf8');
  let site: Server;
  let port: number;
  let asked: string[];
  beforeAll(async () => {
    site = createServer({ key: read('key.pem'), cert: read('certificate.pem') }, (request, response) => {
      const { url = '' } = request;
      asked.push(url);
      const id = `https://as.example:${port}${url}`;
      const good = { client_id: id, client_name: 'Good', redirect_uris: ['https://good.example/cb'] };
      const json = { 'content-type': 'application/json' };
      if (url === '/moved') response.writeHead(302, { location: '/good' }).end();
      else if (url === '/html')
        response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(good));
      else if (url === '/large')
        response.writeHead(200, json).end(JSON.stringify({ ...good, x: 'y'.repeat(6_000) }));
      else if (url === '/other')
        response.writeHead(200, json).end(JSON.stringify({ ...good, client_id: 'x' }));
      else if (url === '/secret')
        response
          .writeHead(200, json)
          .end(JSON.stringify({ ...good, token_endpoint_auth_method: 'client_secret_basic' }));
      else if (url === '/broken') response.writeHead(200, json).end('{');
      else response.writeHead(200, json).end(JSON.stringify(good));
    });
    await new Promise<void>((resolve) => {
      site.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = site.address() as AddressInfo);
  });
  afterAll(() => site.close());

  const documentsOf = (allowPrivate: readonly string[]): ClientDocuments => {
    asked = [];
    return new ClientDocuments({
      network: undefined,
      allowPrivate,
      hosts: [],
      clock: new ManualClock(),
      logger: silentLogger,
      ca: read('certificate.pem'),
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
  };

  it('is fetched, and brought to what is supported', async () => {
    const id = `https://as.example:${port}/good`;
    const answer = await documentsOf(['127.0.0.0/8']).fetch(id);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { client_id: id, client_name: 'Good', token_endpoint_auth_method: 'none' },
    ]);
  });

  it.each(['/moved', '/html', '/large', '/other', '/secret', '/broken', '/'])(
    'is none at %s',
    async (path) => {
      const answer = await documentsOf(['127.0.0.0/8']).fetch(`https://as.example:${port}${path}`);
      expect(answer.status).toBe(404);
    },
  );

  it.each([
    ['a name that leads to this machine', (at: number) => `https://as.example:${at}/good`],
    ['an address of this machine', (at: number) => `https://127.0.0.1:${at}/good`],
    ['an address that means this machine', (at: number) => `https://0.0.0.0:${at}/good`],
    ['a mapped address', (at: number) => `https://[::ffff:127.0.0.1]:${at}/good`],
    ['no TLS', (at: number) => `http://as.example:${at}/good`],
    ['a name of an internal network', (at: number) => `https://sso.internal:${at}/good`],
    ['another port of the system', () => 'https://as.example:22/good'],
  ])('is never asked for at %s', async (_, idOf) => {
    const answer = await documentsOf([]).fetch(idOf(port));
    expect([answer.status, asked]).toEqual([404, []]);
  });

  it('is of hosts that were chosen, where some were', async () => {
    const picky = await AuthRig.start({ documents, documentHosts: ['claude.ai'] });
    const asked = (id: string, redirectUri: string) =>
      new TestBrowser(picky.base).get(new TestClient(picky, id, redirectUri).authorizeUrl(newPkce()));
    expect((await asked(claudeCode, 'http://localhost:1/callback')).status).toBe(303);
    expect((await asked(codex, 'http://127.0.0.1:1/callback')).status).toBe(400);
    await picky.close();
  });

  it('is not asked for again and again when it fails, nor by the hundred', () => {
    const documents = documentsOf([]);
    let allowed = 0;
    for (let count = 0; count < 100; count += 1)
      if (documents.mayFetch(`https://a${count}.example/c.json`)) allowed += 1;
    expect(allowed).toBe(30);
  });

  it('of Claude Code, Codex and Copilot CLI is there without a network', async () => {
    const documents = documentsOf([]);
    for (const id of [claudeCode, codex, copilot]) {
      const answer = await documents.fetch(id);
      expect([answer.status, await answer.json()]).toMatchObject([200, { client_id: id }]);
    }
  });
});
