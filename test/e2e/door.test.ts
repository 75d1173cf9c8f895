/**
 * e2e/door — every path of a running daemon, tried without a credential, by other sites, and under other names.
 *
 * The daemon itself says which routes it has, so a new one cannot be forgotten.
 */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoorRouteListDto } from '../../src/contract/index.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { type RawAnswer, rawHead, sendRaw } from '../support/raw-http.ts';

type DoorRoute = DoorRouteListDto['routes'][number];

const maxPublicRoutes = 8;
let gateway: Gateway;
let routes: readonly DoorRoute[];

beforeAll(async () => {
  gateway = await startGateway({ env: { MCPMUX_PUBLIC_URL: 'https://mux.example' } });
  ({ routes } = await gateway.admin.listDoorRoutes());
});
afterAll(() => gateway.stop());

/** A real path for a route. */
function pathOf({ path }: DoorRoute): string {
  return path.replace(/:[a-z]+/gi, 'x').replace(/\*$/, 'x');
}

/** A request of the right shape, with what the test changes. */
function ask(
  route: DoorRoute,
  method: string,
  headers: readonly string[] = [],
  host = `127.0.0.1:${gateway.port}`,
): Promise<RawAnswer | undefined> {
  const [type] = route.contentTypes;
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && type !== undefined;
  const body = !hasBody ? '' : type === 'application/json' ? '{}' : 'a=b';
  const lines = [`${method} ${pathOf(route)} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers];
  if (hasBody) lines.push(`Content-Type: ${type}`, `Content-Length: ${body.length}`);
  return sendRaw(gateway.port, rawHead(...lines) + body);
}

describe('every route', () => {
  it('without a credential is 401 or 403, but for those that docs/door.md publishes', async () => {
    const open = new Set<string>();
    for (const route of routes)
      for (const method of route.methods) {
        const { status = 0 } = (await ask(route, method)) ?? {};
        if (status !== 401 && status !== 403) open.add(route.path);
      }
    const page = await readFile(repositoryPath('docs/door.md'), 'utf8');
    const published = new Set([...page.matchAll(/^\| `(\/[^`]+)` \|/gm)].map(([, path = '']) => path));
    expect(open).toEqual(published);
    expect(open.size).toBeLessThanOrEqual(maxPublicRoutes);
    const declared = routes.filter(({ auth }) => auth === 'public').map(({ path }) => path);
    expect(new Set(declared)).toEqual(published);
  });

  it('is refused to pages of other sites, and gives nobody CORS headers', async () => {
    for (const route of routes)
      for (const method of [...route.methods, 'OPTIONS'])
        for (const origin of ['https://evil.example', 'null', `http://localhost:${gateway.port + 1}`]) {
          const answer = await ask(route, method, [`Origin: ${origin}`]);
          expect(answer?.status, `${method} ${route.path} ${origin}`).toBe(403);
          expect(Object.keys(answer?.headers ?? {}).join()).not.toContain('access-control');
        }
  });

  it('is refused to what other sites cause, but for links to pages', async () => {
    for (const route of routes)
      for (const method of [...route.methods, 'OPTIONS'])
        for (const site of ['cross-site', 'same-site']) {
          const answer = await ask(route, method, [`Sec-Fetch-Site: ${site}`]);
          const isLink = method === 'GET' && route.takesNavigation;
          expect(answer?.status === 403, `${method} ${route.path} ${site}: ${answer?.status}`).toBe(!isLink);
        }
  });

  it('answers under its exact names only', async () => {
    const { port } = gateway;
    const others = [
      'localhost',
      'evil@localhost:P',
      'localhost:P/evil',
      'localhost:P#x',
      '127.1:P',
      '2130706433:P',
      '0x7f.0.0.1:P',
      'localhost.:P',
      '[::ffff:127.0.0.1]:P',
      `localhost:${port + 1}`,
      'evil.com:P',
      'localhost:P, evil.com',
      '127.0.0.1.nip.io:P',
      'localhost:0P',
      'mux.example.evil.com',
      'xmux.example',
      '\u24dbocalhost:P',
    ].map((host) => host.replaceAll('P', String(port)));
    for (const route of routes)
      for (const method of [route.methods[0] ?? 'GET', 'OPTIONS'])
        for (const host of others) {
          const answer = await ask(route, method, [], host);
          expect([400, 403], `${method} ${route.path} ${host}`).toContain(answer?.status);
          expect(answer?.body).not.toContain('evil');
        }
    for (const host of [`LOCALHOST:${port}`, `[::1]:${port}`, 'mux.example', 'mux.example:443'])
      for (const route of routes) {
        const answer = await ask(route, route.methods[0] ?? 'GET', [], host);
        expect(answer?.body, `${route.path} ${host}`).not.toContain('http.bad_host');
      }
  });

  it('does not become a web socket', async () => {
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    for (const route of routes) {
      const answer = await ask(route, 'GET', [...upgrade, 'Origin: https://evil.example']);
      expect([400, 403, undefined], route.path).toContain(answer?.status);
    }
  });
});

describe('the audit', () => {
  it('has what was changed and what was refused, and no key', async () => {
    const { key, text } = await gateway.admin.createKey('auditor');
    await gateway.admin.revokeKey('nobody').catch(() => {});
    await fetch(`${gateway.url}/mcp`, { headers: { authorization: 'Bearer mcpk_wrong-one' } });
    const { entries } = await gateway.admin.listAudit({ limit: 50 });
    const brief = entries.map(({ who, what, on, decision }) => [who.name, what, on, decision]);
    expect(brief).toContainEqual(['command line', 'admin.createKey', 'auditor', 'done']);
    expect(brief).toContainEqual(['command line', 'admin.revokeKey', 'nobody', 'failed']);
    expect(brief).toContainEqual(['nobody', 'door.token_unknown', 'mcp', 'refused']);
    const told = JSON.stringify(entries);
    for (const secret of [text, gateway.key, 'wrong-one', key.shownPrefix])
      expect(told).not.toContain(secret);
    expect(await gateway.admin.verifyAudit()).toMatchObject({ broken: null });
  });

  it('has an answered change after the daemon was killed', async () => {
    const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-audit-')));
    try {
      const first = await startGateway({ dataDir });
      await first.admin.createKey('last words');
      await first.kill();
      const second = await startGateway({ dataDir });
      const { entries } = await second.admin.listAudit({ what: 'admin.createKey' });
      expect(entries.map(({ on }) => on)).toEqual(['last words']);
      await second.stop();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

describe('rates', () => {
  const outside = (path: string, headers: readonly string[] = []) =>
    sendRaw(
      gateway.port,
      rawHead(`GET ${path} HTTP/1.1`, 'Host: mux.example', 'Connection: close', ...headers),
    );

  it('shut out an address that tries wrong keys, and let the right one in from there all the same', async () => {
    const from = 'X-Forwarded-For: 203.0.113.7';
    const statuses: (number | undefined)[] = [];
    for (let at = 0; at < 32; at += 1)
      statuses.push((await outside('/mcp', [from, 'Authorization: Bearer mcpk_wrong']))?.status);
    expect(new Set(statuses.slice(0, 30))).toEqual(new Set([401]));
    const over = await outside('/mcp', [from, 'Authorization: Bearer mcpk_wrong']);
    expect(over?.status).toBe(429);
    expect(Number(over?.headers['retry-after'])).toBeGreaterThan(0);
    const right = `Authorization: Bearer ${gateway.key}`;
    expect((await outside('/mcp', [from, right]))?.status).not.toBe(429);
    expect(
      (await outside('/mcp', ['X-Forwarded-For: 203.0.113.8', 'Authorization: Bearer no']))?.status,
    ).toBe(401);
  });

  it('slow a client from outside down, and nobody else', async () => {
    const right = `Authorization: Bearer ${gateway.key}`;
    const { key } = await gateway.admin.createKey('other').then(({ text }) => ({ key: text }));
    let refused: RawAnswer | undefined;
    const begun = performance.now();
    for (let at = 0; at < 2_000 && refused === undefined; at += 20) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => outside('/servers/none/mcp', [right])),
      );
      refused = answers.find((answer) => answer?.status === 429);
      expect(performance.now() - begun).toBeLessThan(20_000);
    }
    expect(refused?.headers['retry-after']).toBe('1');
    expect((await outside('/servers/none/mcp', [`Authorization: Bearer ${key}`]))?.status).toBe(404);
    const local = await fetch(`${gateway.url}/servers/none/mcp`, { headers: gateway.headers });
    expect(local.status).toBe(404);
  });
});
