/**
 * e2e/expose — a tunnel to the internet, with a tunnel program that is none: what comes in by it, what does not, and its end.
 *
 * The program only says an address; the test then speaks to the port that it was given, as a tunnel would.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { type RawAnswer, rawHead, sendRaw } from '../support/raw-http.ts';

const host = 'fake-name.trycloudflare.com';
const url = `https://${host}`;
let folder: string;
let gateway: Gateway;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-tunnel-')));
  const program = join(folder, 'cloudflared');
  await writeFile(
    program,
    `#!/bin/sh
[ -e "${folder}/broken" ] && { echo "ERR no account" >&2; exit 3; }
for last in "$@"; do :; done
echo "$last" > "${folder}/forwards-to"
echo $$ > "${folder}/pid"
echo "INF Requesting new quick Tunnel on https://api.trycloudflare.com ..." >&2
echo "INF |  ${url}  |" >&2
exec sleep 600
`,
  );
  await chmod(program, 0o755);
  gateway = await startGateway({
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, MCPMUX_CLIENT_REGISTRATION: 'everywhere' },
  });
  const server = repositoryPath('test/fixtures/servers/stdio-server.mjs');
  for (const name of ['open', 'hidden'])
    await gateway.addServer({ name, launch: { kind: 'stdio', command: process.execPath, args: [server] } });
});
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

async function tunnelPort(): Promise<number> {
  return Number(new URL((await readFile(join(folder, 'forwards-to'), 'utf8')).trim()).port);
}

interface Sent {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly type?: string;
  readonly host?: string;
}

async function throughTunnel(path: string, sent: Sent = {}, port?: number): Promise<RawAnswer | undefined> {
  const { method = sent.body === undefined ? 'GET' : 'POST', headers = [], body } = sent;
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${sent.host ?? host}`, 'Connection: close', ...headers];
  lines.push('X-Forwarded-For: 203.0.113.7');
  if (body !== undefined)
    lines.push(
      `Content-Type: ${sent.type ?? 'application/json'}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    );
  return sendRaw(port ?? (await tunnelPort()), rawHead(...lines) + (body ?? ''));
}

const list = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
});
const accept = 'Accept: application/json, text/event-stream';

/** A person and a client outside: registered, allowed in a browser, token. */
async function signIn(): Promise<string> {
  const registered = await throughTunnel('/oauth/register', {
    body: JSON.stringify({
      client_name: 'Outside',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
    }),
  });
  expect(registered?.status, registered?.body).toBe(201);
  const { client_id: clientId } = JSON.parse(registered?.body ?? '') as { client_id: string };
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: 'https://claude.ai/api/mcp/auth_callback',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 's',
    resource: `${url}/mcp`,
  });
  const jar = new Map<string, string>();
  const browse = async (path: string, sent: Sent = {}): Promise<RawAnswer> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await throughTunnel(path.replace(url, ''), {
      ...sent,
      headers: [...(sent.headers ?? []), ...(cookie === '' ? [] : [`Cookie: ${cookie}`])],
    });
    if (answer === undefined) throw new Error(`no answer from ${path}`);
    for (const [, name = '', value = ''] of (answer.headers['set-cookie'] ?? '').matchAll(
      /(?:^|, )([^=;, ]+)=([^;,]*)/g,
    ))
      if (!/^(?:path|expires|samesite|max-age)$/i.test(name)) jar.set(name, value);
    return answer;
  };
  const link = await gateway.admin.makeLink(true);
  expect(link.url.startsWith(`${url}/admin/unlock#link=`)).toBe(true);
  const letIn = await browse('/admin/session', {
    body: JSON.stringify({ link: link.url.split('#link=')[1] }),
  });
  expect(letIn.status, letIn.body).toBe(200);
  const { proof } = JSON.parse(letIn.body) as { proof: string };
  const asked = await browse(`/oauth/authorize?${query.toString()}`);
  expect(asked.status, asked.body).toBe(303);
  const consent = asked.headers['location'] ?? '';
  const shown = await browse(consent);
  expect(shown.status, shown.body).toBe(200);
  const decided = await browse(consent, {
    headers: [`X-Mcpmux-Proof: ${proof}`, `Origin: ${url}`],
    body: JSON.stringify({ decision: 'allow', space: 'default', sets: [], duration: '30d' }),
  });
  expect(decided.status, decided.body).toBe(200);
  const { location } = JSON.parse(decided.body) as { location: string };
  const back = new URL((await browse(location)).headers['location'] ?? '');
  const redeemed = await throughTunnel('/oauth/token', {
    type: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      code_verifier: verifier,
      client_id: clientId,
      redirect_uri: 'https://claude.ai/api/mcp/auth_callback',
    }).toString(),
  });
  expect(redeemed?.status, redeemed?.body).toBe(200);
  return (JSON.parse(redeemed?.body ?? '') as { access_token: string }).access_token;
}

/** The tools that a client with this token sees, at the tunnel or on this machine. */
async function toolsOf(token: string): Promise<string[]> {
  const auth = [`Authorization: Bearer ${token}`, accept];
  const opened = await throughTunnel('/mcp', { headers: auth, body: list });
  expect(opened?.status, opened?.body).toBe(200);
  const session = opened?.headers['mcp-session-id'] ?? '';
  const listed = await throughTunnel('/mcp', {
    headers: [...auth, `Mcp-Session-Id: ${session}`, 'MCP-Protocol-Version: 2025-06-18'],
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }),
  });
  const text = listed?.body ?? '';
  const json = text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? '{}');
  const { result } = JSON.parse(json) as { result?: { tools: { name: string }[] } };
  return (result?.tools ?? []).map(({ name }) => name);
}

describe('before it is opened', () => {
  it('nothing is reachable, and the command shows what it would do and asks', async () => {
    const shown = await gateway.cli(['expose']);
    expect(shown.stderr).toContain('Nothing is reachable from the internet');
    const asked = await gateway.cli(['expose', 'open']);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('through a quick tunnel of Cloudflare');
    expect(asked.stderr).toContain('open (nothing else)');
    expect(asked.stderr).toContain('next: mcpmux expose open --yes');
    expect((await gateway.cli(['expose', 'nobody', '--yes'])).code).not.toBe(0);
    await expect(gateway.admin.startExposure({ servers: [] })).rejects.toMatchObject({
      code: 'expose.no_servers',
    });
  });

  it('a program that fails says why, and nothing stays open', async () => {
    await writeFile(join(folder, 'broken'), '');
    const failed = await gateway.cli(['expose', 'open', '--yes']);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('it ended (exit code 3); it said: ERR no account');
    await rm(join(folder, 'broken'));
    expect((await gateway.admin.getStatus()).exposure.status).toBe('off');
  });
});

describe('a tunnel', () => {
  let token: string;

  it('opens for the chosen server, and every status says so', async () => {
    const opened = await gateway.cli(['expose', 'open', '--yes']);
    expect(opened.stderr).toContain('Reachable.');
    expect(opened.stdout).toBe(`${url}/mcp\n`);
    expect((await gateway.cli(['status'])).stdout).toContain(
      `internet  ${url}/mcp through a quick tunnel of Cloudflare`,
    );
    const status = await gateway.admin.getStatus();
    expect(status.exposure).toMatchObject({ status: 'on', url: `${url}/mcp`, servers: [{ name: 'open' }] });
  });

  it("lets nobody in by a key, by this machine's names, or to anything that is not for it", async () => {
    const key = [`Authorization: Bearer ${gateway.key}`, accept];
    expect((await throughTunnel('/mcp', { headers: key, body: list }))?.status).toBe(401);
    const stranger = await throughTunnel('/mcp', { headers: [accept], body: list });
    expect(stranger?.status).toBe(401);
    expect(stranger?.headers['www-authenticate']).toContain(
      `resource_metadata="${url}/.well-known/oauth-protected-resource`,
    );
    for (const name of [
      `127.0.0.1:${gateway.port}`,
      'localhost',
      `localhost:${await tunnelPort()}`,
      'evil.example',
    ])
      expect((await throughTunnel('/livez', { host: name }))?.status, name).toBe(403);
    const { routes } = await gateway.admin.listDoorRoutes();
    for (const { path, isExposed } of routes.filter((route) => !route.isExposed)) {
      const answer = await throughTunnel(path.replace(/:[a-z]+/gi, 'x').replace(/\*$/, 'x'));
      expect([path, isExposed, answer?.status]).toEqual([path, false, 404]);
    }
    expect((await throughTunnel('/admin/'))?.status).toBe(404);
    expect((await throughTunnel('/admin/unlock'))?.status).toBe(200);
    expect((await throughTunnel('/mcp', { headers: ['Origin: https://claude.ai'] }))?.status).toBe(403);
  });

  it('lets a client in that the person allowed, to the chosen server and no other', async () => {
    token = await signIn();
    const names = await toolsOf(token);
    expect(names.length).toBeGreaterThan(0);
    expect(names.every((name) => name.startsWith('open_'))).toBe(true);
    const auth = [`Authorization: Bearer ${token}`, accept];
    const hidden = await throughTunnel('/servers/hidden/mcp', { headers: auth, body: list });
    expect([401, 404]).toContain(hidden?.status);
  });

  it('shows another server once it is chosen, without a new tunnel', async () => {
    const pid = await readFile(join(folder, 'pid'), 'utf8');
    await gateway.cli(['expose', 'open', 'hidden', '--yes']);
    expect((await toolsOf(token)).some((name) => name.startsWith('hidden_'))).toBe(true);
    expect(await readFile(join(folder, 'pid'), 'utf8')).toBe(pid);
    await gateway.cli(['expose', 'open', '--yes']);
    expect((await toolsOf(token)).some((name) => name.startsWith('hidden_'))).toBe(false);
  });

  it('that dies leaves nothing half open, and the status says so', async () => {
    const port = await tunnelPort();
    process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGKILL');
    const { exposure } = await eventually('the end of the tunnel', async () => {
      const status = await gateway.admin.getStatus();
      return status.exposure.status === 'ended' ? status : undefined;
    });
    expect(exposure).toMatchObject({
      status: 'ended',
      url: null,
      reason: expect.stringContaining('SIGKILL') as string,
    });
    expect(await throughTunnel('/mcp', {}, port)).toBeUndefined();
    expect((await gateway.cli(['status'])).stdout).toContain('ended, nothing is reachable');
    const { entries } = await gateway.admin.listAudit({ what: 'expose' });
    expect(entries.map(({ what }) => what)).toContain('expose.ended');
  });

  it('ends with --off: its port, its process, its token outside', async () => {
    await gateway.cli(['expose', 'open', '--yes']);
    const port = await tunnelPort();
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    const ended = await gateway.cli(['expose', '--off']);
    expect(ended.stderr).toContain('Nothing is reachable from the internet any more.');
    expect(await throughTunnel('/mcp', {}, port)).toBeUndefined();
    expect(() => process.kill(pid, 0)).toThrow();
    expect((await gateway.admin.getStatus()).exposure.status).toBe('off');
    expect((await gateway.cli(['expose', '--off'])).stderr).toContain('Nothing was reachable');
  });
});
