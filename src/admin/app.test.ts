/**
 * admin/app.test — what the admin API answers, without a socket.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeAdmin, type FakeAdmin, plantedSecrets } from '../../test/support/fake-admin.ts';
import { routes } from '../contract/index.ts';
import { type AdminApp, buildAdminApp } from './app.ts';

let fake: FakeAdmin;
let app: AdminApp;

beforeEach(async () => {
  fake = createFakeAdmin();
  app = await buildAdminApp(fake.parts);
});
afterEach(() => app.close());

function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown) {
  return app.fastify.inject({ method, url, ...(body === undefined ? {} : { payload: body as object }) });
}

describe('reading', () => {
  it('tells the status of the daemon and of every server', async () => {
    const response = await ask('GET', '/api/v1/status');
    expect(response.statusCode).toBe(200);
    expect(response.headers['cache-control']).toBe('no-store');
    const status = response.json();
    expect(status).toMatchObject({
      version: '0.1.0',
      url: 'http://127.0.0.1:45818/mcp',
      authMode: 'api-key',
      keySource: 'key file',
    });
    expect(status.servers.map((server: { state: { status: string } }) => server.state.status)).toEqual([
      'connected',
      'failed',
    ]);
  });

  it('finds a server by id, alias and name in any case', async () => {
    for (const reference of ['s1', 'github', 'GitHub']) {
      const response = await ask('GET', `/api/v1/servers/${reference}`);
      expect(response.json()).toMatchObject({ id: 's1', verdict: { eras: ['legacy'], wire: 'stdio' } });
    }
  });

  it('shows names of environment variables and headers, and no value of theirs anywhere', async () => {
    const paths = [
      '/api/v1/status',
      '/api/v1/servers',
      '/api/v1/servers/github',
      '/api/v1/servers/files',
      '/api/v1/keys',
    ];
    for (const path of paths) {
      const { body } = await ask('GET', path);
      for (const secret of [...plantedSecrets, 'hash-that-stays-inside'])
        expect(body, path).not.toContain(secret);
    }
    const { launch } = (await ask('GET', '/api/v1/servers/github')).json();
    expect(launch).toEqual({
      kind: 'stdio',
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-github', '--token', '…'],
      cwd: null,
      envNames: ['GITHUB_TOKEN'],
    });
    expect((await ask('GET', '/api/v1/servers/files')).json().launch).toEqual({
      kind: 'http',
      url: 'https://files.example/mcp?api_key=…',
      headerNames: ['Authorization'],
      flavour: 'auto',
    });
  });

  it('serves metrics, liveness and readiness as text', async () => {
    expect((await ask('GET', '/metrics')).body).toBe('mcpmux_up 1\n');
    expect((await ask('GET', '/livez')).body).toBe('ok\n');
    expect((await ask('GET', '/readyz')).body).toBe('ok\n');
  });

  it('describes every route of the contract in OpenAPI 3.1', async () => {
    const document = (await ask('GET', '/api/v1/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.sort()).toEqual(
      Object.values(routes)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    );
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Server', 'Problem', 'Status', 'Tool', 'LogEntry', 'Key']),
    );
    expect(JSON.stringify(document.paths['/api/v1/servers'].get)).toContain('application/problem+json');
  });
});

describe('changing', () => {
  it('adds a server with its secrets in Secret', async () => {
    const response = await ask('POST', '/api/v1/servers', {
      name: 'memory',
      alias: 'mem',
      launch: { kind: 'stdio', command: 'npx', args: ['-y', 'server-memory'], env: { TOKEN: 'planted' } },
    });
    expect(response.statusCode).toBe(201);
    expect(response.json()).toMatchObject({ name: 'memory', alias: 'mem', state: { status: 'connecting' } });
    expect(response.body).not.toContain('planted');
    const input = fake.asked[0]?.with as { launch: { env: Record<string, { reveal(): string }> } };
    expect(input.launch.env['TOKEN']?.reveal()).toBe('planted');
  });

  it('removes a server without a body in the answer', async () => {
    const response = await ask('DELETE', '/api/v1/servers/files');
    expect([response.statusCode, response.body]).toEqual([204, '']);
    expect(fake.servers).toHaveLength(1);
  });

  it('disables a server', async () => {
    const response = await ask('PATCH', '/api/v1/servers/github', { isEnabled: false });
    expect(response.json()).toMatchObject({ isEnabled: false, state: { status: 'disabled' } });
  });

  it('shows the text of a key once, at its creation', async () => {
    const created = await ask('POST', '/api/v1/keys', { name: 'cursor' });
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({ key: { name: 'cursor' }, text: 'mcpk_wxyz9876-the-whole-text' });
    expect((await ask('GET', '/api/v1/keys')).body).not.toContain('the-whole-text');
    expect((await ask('DELETE', '/api/v1/keys/cursor')).json()).toMatchObject({
      revokedAt: 1_700_000_000_000,
    });
  });

  it('stops the daemon after the answer has left', async () => {
    const response = await ask('POST', '/api/v1/stop');
    expect([response.statusCode, response.json()]).toEqual([202, { isAccepted: true }]);
    expect(fake.asked).toEqual([{ what: 'stop', with: 'asked over the admin API' }]);
  });

  it('hands a tool result through and keeps a JSON-RPC error apart from a failure of the API', async () => {
    const fine = await ask('POST', '/api/v1/tools/github_search/call', { arguments: { q: 1 } });
    expect(fine.json()).toEqual({
      kind: 'result',
      result: { content: [{ type: 'text', text: 'got {"q":1}' }] },
    });
    fake.answersCall = async () => ({ kind: 'error', code: -32602, message: 'no', data: { why: 'x' } });
    const refused = await ask('POST', '/api/v1/tools/github_search/call', {});
    expect([refused.statusCode, refused.json()]).toEqual([
      200,
      { kind: 'error', code: -32602, message: 'no', data: { why: 'x' } },
    ]);
  });
});

describe('refusing', () => {
  it('answers an unknown server with a problem that names the nearest', async () => {
    const response = await ask('GET', '/api/v1/servers/git');
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toEqual({
      type: 'urn:mcpmux:problem:gateway.no_such_server',
      title: 'Not found',
      status: 404,
      detail: 'there is no server "git"',
      code: 'gateway.no_such_server',
      kind: 'not-found',
      nextStep: 'did you mean "github"?',
    });
  });

  it.each([
    ['a body of the wrong shape', { name: 'x', launch: { kind: 'stdio' } }, 'body.launch.command'],
    ['an unknown field', { name: 'x', launch: { kind: 'http', url: 'http://a' }, isenabled: true }, 'body'],
    ['a wrong type', { name: 7, launch: { kind: 'http', url: 'http://a' } }, 'body.name'],
  ])('says where %s went wrong', async (_, body, path) => {
    const response = await ask('POST', '/api/v1/servers', body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'admin.bad_request', errors: [{ path }] });
  });

  it.each([
    ['text/plain', '{"name":"x"}', 415, 'admin.bad_content_type'],
    ['application/json-seq', '{"name":"x"}', 415, 'admin.bad_content_type'],
    ['application/x-www-form-urlencoded', 'name=x', 415, 'admin.bad_content_type'],
    ['application/json', '{"name":', 400, 'admin.bad_json'],
    ['application/json', `"${'x'.repeat(4 * 1024 * 1024)}"`, 413, 'admin.body_too_large'],
  ])('refuses a body of type %s', async (type, payload, status, code) => {
    const response = await app.fastify.inject({
      method: 'POST',
      url: '/api/v1/keys',
      headers: { 'content-type': type },
      payload,
    });
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(fake.keys).toHaveLength(1);
  });

  it('answers a conflict, a missing route and a foreign failure each in its way', async () => {
    const taken = await ask('POST', '/api/v1/servers', {
      name: 'github',
      launch: { kind: 'http', url: 'http://a' },
    });
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'gateway.name_taken']);
    const missing = await ask('GET', '/api/v1/nothing');
    expect([missing.statusCode, missing.json().code]).toEqual([404, 'admin.no_such_route']);
    fake.answersCall = () => Promise.reject(new Error('text with a secret'));
    const broken = await ask('POST', '/api/v1/tools/github_search/call', {});
    expect([broken.statusCode, broken.json().code]).toEqual([500, 'admin.broken']);
    expect(broken.body).not.toContain('text with a secret');
    expect(broken.body).not.toContain('at ');
  });
});
