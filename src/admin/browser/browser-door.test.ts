/**
 * admin/browser/browser-door.test — who becomes the person's browser and who does not, over a real port.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withDeadline } from '../../../test/support/deadline.ts';
import { ManualClock, silentLogger } from '../../base/index.ts';
import {
  Door,
  DoorLimits,
  hostsOf,
  type Listeners,
  listen,
  localEntrance,
  loopbackHosts,
  loopbackOrigins,
  outsideEntrance,
  RouteTable,
} from '../../http/index.ts';
import { BrowserDoor, type BrowserDoorEvent } from './browser-door.ts';

const publicUrl = 'https://mux.example/tools';
let clock: ManualClock;
let listeners: Listeners;
let door: Door;
let browsers: BrowserDoor;
let folder: string;
let shown: string[];
let hasTerminal: boolean;
let told: BrowserDoorEvent[];
let base: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-pages-'));
  listeners = await listen({
    port: 0,
    addresses: ['127.0.0.1'],
    handler: (request, response) => door.handle(request, response),
  });
  base = `http://127.0.0.1:${listeners.port}`;
});
afterAll(async () => {
  await listeners.close(0);
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  clock = new ManualClock();
  shown = [];
  told = [];
  hasTerminal = true;
  browsers = new BrowserDoor({
    clock,
    installation: folder,
    dashboardFolder: join(folder, 'dashboard'),
    publicBase: () => publicUrl,
    localUrl: base,
    showOnTerminal: (text) => hasTerminal && shown.push(text) > 0,
    serve(request, response) {
      response.setHeader('x-served', String(request.url));
      if (request.url?.endsWith('/events') === true) {
        response.write(': alive\n\n');
        return;
      }
      response.end(JSON.stringify({ by: browsers.callerOf(request)?.how ?? null }));
    },
    async tell(event) {
      told.push(event);
    },
  });
  const outside = outsideEntrance('public', publicUrl);
  door = new Door({
    routes: new RouteTable(browsers.routes()),
    hosts: () => new Set([...loopbackHosts(listeners.port), ...hostsOf(publicUrl)]),
    origins: () => new Set([...loopbackOrigins(listeners.port), new URL(publicUrl).origin]),
    entranceOf: (host) => (hostsOf(publicUrl).includes(host) ? outside : localEntrance),
    limits: new DoorLimits({ clock, localRequestsPerSecond: 0 }),
    authenticate: () => undefined,
    admitPerson: browsers.admit,
    logger: silentLogger,
  });
});
afterEach(() => {
  browsers.close();
  rmSync(join(folder, 'dashboard'), { recursive: true, force: true });
});

interface Let {
  readonly cookie: string;
  readonly proof: string;
  readonly setCookie: string;
}

const json = { 'content-type': 'application/json' };

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(base + path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
}

function linkText(isPublic = false): string {
  return browsers.makeLink(isPublic).url.split('#link=')[1] ?? '';
}

async function letIn(body: object = { link: linkText() }): Promise<Let> {
  const answer = await post('/admin/session', body);
  expect(answer.status).toBe(200);
  const { proof } = (await answer.json()) as { proof: string };
  const set = answer.headers.get('set-cookie') ?? '';
  return { proof, setCookie: set, cookie: set.split(';')[0] ?? '' };
}

function api(one: Partial<Let>, path = '/admin/api/v1/status', headers: Record<string, string> = {}) {
  return fetch(base + path, {
    headers: {
      ...(one.cookie === undefined ? {} : { cookie: one.cookie }),
      ...(one.proof === undefined ? {} : { 'x-mcpmux-proof': one.proof }),
      ...headers,
    },
  });
}

async function codeOf(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { code: unknown }).code;
}

describe('a link', () => {
  it('lets one browser in, once, and its page says how to get a new one', async () => {
    const link = linkText();
    const first = await letIn({ link });
    expect(first.setCookie).toMatch(/^mcpmux_admin_[0-9a-f]{10}=\w{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const answer = await api(first);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-served')).toBe('/api/v1/status');
    expect(await answer.json()).toEqual({ by: 'link' });

    const again = await post('/admin/session', { link });
    expect(again.status).toBe(401);
    expect(await again.json()).toMatchObject({ code: 'admin.link_used', nextStep: 'run: mcpmux open' });
  });

  it('expires after five minutes', async () => {
    const link = linkText();
    clock.advance(5 * 60_000);
    expect(await codeOf(await post('/admin/session', { link }))).toBe('admin.link_expired');
  });

  it('is good at the address that it was made for only', async () => {
    const link = linkText(true);
    expect(browsers.makeLink(true).url).toMatch(/^https:\/\/mux\.example\/tools\/admin\/unlock#link=/);
    expect(await codeOf(await post('/admin/session', { link }))).toBe('admin.link_elsewhere');
  });

  it.each([
    [{}, 'admin.nothing_to_redeem'],
    [{ link: 'x'.repeat(43) }, 'admin.link_unknown'],
    [{ code: '123456' }, 'admin.code_gone'],
    [{ code: 123456 }, 'admin.nothing_to_redeem'],
    [null, 'admin.nothing_to_redeem'],
  ])('%j lets nobody in', async (body, code) => {
    const answer = await post('/admin/session', body as object);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await codeOf(answer)).toBe(code);
    expect(told.at(-1)).toMatchObject({ type: 'admin.browser_refused', code });
  });
});

describe('a code', () => {
  async function ask(): Promise<{ challenge: string; isShown: boolean; digits: string }> {
    const answer = await post('/admin/session/code', {});
    expect(answer.status).toBe(200);
    const facts = (await answer.json()) as { challenge: string; isShown: boolean };
    return { ...facts, digits: (/Code: (\d{3}) (\d{3})/.exec(shown.at(-1) ?? '') ?? []).slice(1).join('') };
  }

  it('appears on the terminal only, and lets in the browser that asked', async () => {
    const { challenge, digits, isShown } = await ask();
    expect([isShown, digits.length]).toEqual([true, 6]);
    const stranger = await post('/admin/session', { code: digits });
    expect(await codeOf(stranger)).toBe('admin.code_gone');
    const one = await letIn({ code: digits, challenge });
    expect(await (await api(one)).json()).toEqual({ by: 'code' });
    expect(await codeOf(await post('/admin/session', { code: digits, challenge }))).toBe('admin.code_gone');
  });

  it('is used up by three wrong tries, and after two minutes', async () => {
    const { challenge, digits } = await ask();
    const wrong = digits === '000000' ? '000001' : '000000';
    for (let at = 0; at < 3; at += 1)
      expect(await codeOf(await post('/admin/session', { code: wrong, challenge }))).toBe('admin.code_wrong');
    expect(await codeOf(await post('/admin/session', { code: digits, challenge }))).toBe('admin.code_gone');
    const later = await ask();
    clock.advance(2 * 60_000);
    const late = await post('/admin/session', { code: later.digits, challenge: later.challenge });
    expect(await codeOf(late)).toBe('admin.code_gone');
  });

  it('can be asked for less and less often, which holds up no link and no code of the command line', async () => {
    for (let at = 0; at < 3; at += 1) await ask();
    const refused = await post('/admin/session/code', {});
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    await letIn();
    const made = browsers.makeCode();
    await letIn({ code: made.code });
    clock.advance(5_000);
    await ask();
  });

  it('is not in the log: without a terminal the page is told so', async () => {
    hasTerminal = false;
    const answer = await post('/admin/session/code', {});
    expect(await answer.json()).toMatchObject({ isShown: false });
    expect(shown).toEqual([]);
  });
});

describe('a session', () => {
  it('needs the cookie and the proof together, for reading too', async () => {
    const one = await letIn();
    const other = await letIn();
    for (const [half, status] of [
      [{ cookie: one.cookie }, 401],
      [{ proof: one.proof }, 401],
      [{ cookie: one.cookie, proof: other.proof }, 401],
      [{ cookie: one.cookie, proof: one.proof }, 200],
      [
        {
          cookie: `mcpmux_admin_planted=x; ${one.cookie.split('=')[0]}=planted; ${one.cookie}`,
          proof: one.proof,
        },
        200,
      ],
    ] as const)
      expect((await api(half)).status, JSON.stringify(half)).toBe(status);
  });

  it('is a new one at each letting in, whatever cookie came along', async () => {
    const one = await letIn();
    const answer = await post('/admin/session', { link: linkText() }, { cookie: one.cookie });
    expect(answer.headers.get('set-cookie')).not.toContain(one.cookie);
    expect((await api(one)).status).toBe(401);
    expect(told.at(-2)).toMatchObject({ type: 'admin.browser_left', why: 'replaced' });
  });

  it('ends after 15 minutes without the person; what runs in the background does not count', async () => {
    const one = await letIn();
    for (let minutes = 0; minutes < 30; minutes += 10) {
      clock.advance(10 * 60_000);
      expect((await api(one)).status).toBe(200);
    }
    clock.advance(10 * 60_000);
    expect((await api(one, undefined, { 'x-mcpmux-background': '1' })).status).toBe(200);
    clock.advance(5 * 60_000);
    const answer = await api(one);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'admin.locked', nextStep: 'run: mcpmux open' });
  });

  it('ends after 12 hours in any case', async () => {
    const one = await letIn();
    for (let at = 0; at < 12 * 6 - 1; at += 1) {
      clock.advance(10 * 60_000);
      browsers.sessions();
      if (at % 6 === 0) expect((await api(one)).status).toBe(200);
      else await api(one);
    }
    clock.advance(10 * 60_000);
    expect((await api(one)).status).toBe(401);
  });

  it('takes its open streams along when it ends', async () => {
    const one = await letIn();
    const stream = await api(one, '/admin/api/v1/events');
    const reader = stream.body!.getReader();
    await reader.read();
    browsers.end();
    const over = await withDeadline(
      reader.read().then(
        ({ done }) => done,
        () => true,
      ),
      2_000,
      'the stream goes on',
    );
    expect(over).toBe(true);
  });

  it('can be left by the browser itself', async () => {
    const one = await letIn();
    const headers = { cookie: one.cookie, 'x-mcpmux-proof': one.proof };
    const left = await fetch(`${base}/admin/session/current`, { method: 'DELETE', headers });
    expect([left.status, left.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringMatching(/=; .*Max-Age=0$/),
    ]);
    expect((await api(one)).status).toBe(401);
  });

  it('of another site or page is refused before anything is looked at', async () => {
    const one = await letIn();
    expect((await api(one, undefined, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await api(one, undefined, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await post('/admin/session', { link: linkText() }, { origin: 'null' })).status).toBe(403);
    const form = await fetch(`${base}/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ link: linkText() }),
    });
    expect(form.status).toBe(415);
  });
});

describe('the pages', () => {
  const policyStart = "default-src 'none'; script-src 'self'; style-src 'self';";

  it('are there without a dashboard: one that says what this is, one to unlock', async () => {
    for (const [path, text] of [
      ['/admin', 'McpMux is running'],
      ['/admin/', 'McpMux is running'],
      ['/admin/unlock', 'mcpmux open'],
    ] as const) {
      const answer = await fetch(base + path, { headers: { 'sec-fetch-site': 'cross-site' } });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toContain(policyStart);
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      const html = await answer.text();
      expect(html).toContain(text);
      expect(html).not.toMatch(/ style="|<style|onclick|<script>/);
    }
    for (const path of ['/admin/unlock.js', '/admin/unlock.css'])
      expect((await fetch(base + path)).status).toBe(200);
  });

  it('are the files of the dashboard where there is one', async () => {
    const dashboard = join(folder, 'dashboard');
    mkdirSync(join(dashboard, 'assets'), { recursive: true });
    writeFileSync(
      join(dashboard, 'index.html'),
      '<html><head></head><script src="./assets/index-BX9q2Zk1.js"></script>',
    );
    writeFileSync(join(dashboard, 'assets', 'index-BX9q2Zk1.js'), 'run()');
    writeFileSync(join(dashboard, 'favicon.svg'), '<svg/>');
    writeFileSync(join(dashboard, '.env.html'), 'secret');
    symlinkSync('/etc/hostname', join(dashboard, 'out.txt'));
    const rows = [
      ['/admin/', 200, 'no-store', 'src="/admin/assets/index-BX9q2Zk1.js"'],
      ['/admin/servers/github', 200, 'no-store', '<meta name="mcpmux-base" content="/admin">'],
      ['/admin/assets/index-BX9q2Zk1.js', 200, 'public, max-age=31536000, immutable', 'run()'],
      ['/admin/favicon.svg', 200, 'no-cache', '<svg/>'],
      ['/admin/assets/index-OLDOLD00.js', 404, 'no-store', 'no such file'],
      ['/admin/.env.html', 404, 'no-store', 'no such file'],
      ['/admin/out.txt', 404, 'no-store', 'no such file'],
    ] as const;
    for (const [path, status, caching, text] of rows) {
      const answer = await fetch(base + path);
      expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([path, status, caching]);
      expect(await answer.text()).toContain(text);
      if (answer.headers.get('content-type')?.startsWith('text/html') === true)
        expect(answer.headers.get('content-security-policy')).toContain(policyStart);
    }
    const { headers } = await fetch(`${base}/admin/favicon.svg`);
    const kept = await fetch(`${base}/admin/favicon.svg`, {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    });
    expect(kept.status).toBe(304);
  });
});
