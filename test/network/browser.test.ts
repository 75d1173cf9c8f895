/**
 * network/browser — a real browser at the daemon's door: the person's own, and pages of other sites that try everything.
 *
 * Needs Debian's package chromium; `.ci/run` installs it. Without it the tests fail, they are not skipped.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DoorRouteListDto } from '../../src/contract/index.ts';
import { type ForeignSite, launchChromium, startForeignSite } from '../support/chromium.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

let gateway: Gateway;
let browser: Browser;
let foreign: ForeignSite;
let routes: DoorRouteListDto['routes'];
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  foreign = await startForeignSite();
  browser = await launchChromium(['--host-resolver-rules=MAP evil.test 127.0.0.1']);
  ({ routes } = await gateway.admin.listDoorRoutes());
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  await gateway.admin.endBrowsers();
});
afterAll(async () => {
  await browser.close();
  await foreign.close();
  await gateway.stop();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

/** Real paths, one for each route. */
function paths(): string[] {
  return routes.map(({ path }) => path.replace(/:[a-z]+/gi, 'x').replace(/\*$/, 'x'));
}

async function letIn(page: Page): Promise<void> {
  const { url } = await gateway.admin.makeLink();
  await page.goto(url);
  await page.waitForURL(`${gateway.url}/admin/`);
}

/** In a page of ours: asks the API as the dashboard does. */
const askStatus = `fetch('/admin/api/v1/status', {
  headers: { 'x-mcpmux-proof': localStorage.getItem('mcpmux.admin.proof') ?? '' },
}).then((answer) => answer.status)`;

describe('the browser of the person', () => {
  it('is let in by a link, which is gone from its address, and may ask the API', async () => {
    const page = await newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) faults.push(message.text());
    });
    await letIn(page);
    expect(page.url()).toBe(`${gateway.url}/admin/`);
    expect(await page.evaluate(askStatus)).toBe(200);
    expect(await page.evaluate('document.cookie')).toBe('');
    // A page that breaks its own policy (inline style or script, a source elsewhere) would say so here.
    expect(faults).toEqual([]);
  });

  it('hears of a used link, and goes on by itself when another tab is let in', async () => {
    const page = await newPage();
    const { url } = await gateway.admin.makeLink();
    await page.goto(url);
    await page.waitForURL(`${gateway.url}/admin/`);
    await gateway.admin.endBrowsers();
    // Another fragment alone would not load the page anew.
    await page.goto('about:blank');
    await page.goto(url.replace('/unlock#', '/unlock?next=%2Fadmin%2Fservers#'));
    await page.getByRole('heading', { name: 'This link was used already' }).waitFor();
    expect(page.url()).not.toContain('link=');
    expect(await page.locator('main').textContent()).toContain('mcpmux open');
    const other = await page.context().newPage();
    await letIn(other);
    await page.waitForURL(`${gateway.url}/admin/servers`);
  });

  it('is let in by six digits, typed with the keyboard alone', async () => {
    const page = await newPage();
    await page.goto(`${gateway.url}/admin/unlock`);
    const { code } = await gateway.admin.makeCode();
    await page.locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type(`${code.slice(0, 3)} ${code.slice(3)}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${gateway.url}/admin/`);
  });

  it('goes nowhere else, whatever a link says', async () => {
    const page = await newPage();
    for (const next of [
      'https://evil.test/',
      '//evil.test/',
      '/\\evil.test/',
      'javascript:alert(1)',
      '/\t/evil.test/',
    ]) {
      const { url } = await gateway.admin.makeLink();
      await page.goto('about:blank');
      await page.goto(url.replace('/unlock#', `/unlock?next=${encodeURIComponent(next)}#`));
      await page.waitForURL(`${gateway.url}/admin/`);
    }
  });
});

/** Everything that somebody could have changed. */
async function stateOf({ admin }: Gateway): Promise<string> {
  const [keys, clients, servers, browsers, { entries }] = await Promise.all([
    admin.listKeys(),
    admin.listClients(),
    admin.listServers(),
    admin.listBrowsers(),
    admin.listAudit({ limit: 1_000, what: 'admin.' }),
  ]);
  const changes = entries.filter(({ decision }) => decision === 'done' || decision === 'allowed');
  return JSON.stringify([
    keys.keys.map(({ id, revokedAt }) => [id, revokedAt]),
    clients.clients.map(({ id, status }) => [id, status]),
    servers.servers.map(({ id, isEnabled }) => [id, isEnabled]),
    browsers.browsers.map(({ id }) => id),
    changes.map(({ seq }) => seq),
  ]);
}

describe('a page of another site', () => {
  it.each([
    ['on another port of the same host, beside the cookie of the person', '127.0.0.1'],
    ['on another name', 'localhost'],
    ['on another site', 'evil.test'],
  ])('%s reads nothing and changes nothing, on any route', async (_, name) => {
    const page = await newPage();
    await letIn(page);
    const before = await stateOf(gateway);
    const attacker = await page.context().newPage();
    await attacker.goto(`http://${name}:${foreign.port}/`);
    const all = [
      ...paths(),
      '/admin/unlock',
      '/admin/unlock.js',
      '/admin/api/v1/status',
      '/admin/api/v1/events',
      '/admin/api/v1/keys',
      '/admin/api/v1/stop',
    ];
    await attacker.evaluate(await readFile(repositoryPath('test/network/foreign-page.js'), 'utf8'));
    const input = JSON.stringify({ target: gateway.url, paths: all });
    // At a site that lets it read, it does.
    const own = JSON.stringify({ target: `http://${name}:${foreign.port}`, paths: ['/'] });
    const control = (await attacker.evaluate(`tryEverything(${own})`)) as string[];
    expect(control.join()).toContain('fetch (200) /');
    expect(control.join()).toContain('iframe /');
    const readable = await attacker.evaluate(`tryEverything(${input})`);
    expect(readable).toEqual([]);
    expect(await stateOf(gateway)).toBe(before);
    // The person goes on as if nothing had been.
    expect(await page.evaluate(askStatus)).toBe(200);
  });

  it('gets the cookie where it serves the same host, and can do nothing with it', async () => {
    const page = await newPage();
    await letIn(page);
    const other = await page.context().newPage();
    await other.goto(`http://127.0.0.1:${foreign.port}/`);
    const cookie = foreign.requests.at(-1)?.headers.cookie ?? '';
    expect(cookie).toMatch(/^mcpmux_admin_/);
    for (const path of ['/admin/api/v1/status', '/admin/api/v1/keys', '/admin/session/current']) {
      const answer = await fetch(gateway.url + path, { headers: { cookie } });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });

  it('whose own name was pointed here (DNS rebinding) gets 403 from every route, with nothing in it', async () => {
    const page = await newPage();
    // From here on the page and the daemon are one origin to the browser: everything is readable to it.
    await page.goto(`http://evil.test:${gateway.port}/`);
    const before = await stateOf(gateway);
    const answers = await page.evaluate(
      async (all) => {
        const results: [string, number, string][] = [];
        for (const path of all)
          for (const method of ['GET', 'POST', 'DELETE']) {
            const init = {
              method,
              headers: { 'content-type': 'application/json' },
              ...(method === 'POST' ? { body: '{}' } : {}),
            };
            const answer = await fetch(path, init);
            results.push([`${method} ${path}`, answer.status, await answer.text()]);
          }
        return results;
      },
      [...paths(), '/admin/api/v1/status', '/metrics', '/api/v1/status'],
    );
    for (const [what, status, text] of answers) {
      expect([what, status]).toEqual([what, 403]);
      expect(text).toContain('http.bad_host');
      expect(text).not.toContain(gateway.dataDir);
    }
    expect(await stateOf(gateway)).toBe(before);
  });
});
