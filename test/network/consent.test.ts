/**
 * network/consent — the whole way in of a client in a real browser: from its link on another site to its redirect, with
 * the real cookie, the real page and the keyboard.
 *
 * Needs Debian's package chromium; `.ci/run` installs it. Without it the tests fail, they are not skipped.
 */
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { newPkce } from '../support/pkce.ts';

let gateway: Gateway;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let foreign: Server;
let foreignUrl: string;
/** What came to the client's own address. */
let arrived: URL[];
let outside: string[];

beforeAll(async () => {
  gateway = await startGateway();
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  foreign = createServer((request, response) => {
    const url = new URL(request.url ?? '/', foreignUrl);
    if (url.pathname === '/callback') arrived.push(url);
    const link = url.searchParams.get('to') ?? '';
    const frame = url.searchParams.get('frame');
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(
      frame === null
        ? `<title>site</title><a id="go" href="${link}">Connect</a>`
        : `<iframe src="${frame}"></iframe>`,
    );
  });
  await new Promise<void>((resolve) => {
    foreign.listen(0, '127.0.0.1', resolve);
  });
  // Another site: not the same host as the daemon's, by which browsers judge.
  foreignUrl = `http://localhost:${(foreign.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  foreign.close();
  await gateway.stop();
});
beforeEach(async () => {
  arrived = [];
  outside = [];
  context = await browser.newContext();
  page = await context.newPage();
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (origin !== gateway.url && origin !== foreignUrl) outside.push(request.url());
  });
});
afterEach(() => context.close());

async function register(name = 'Gemini CLI'): Promise<string> {
  const answer = await fetch(`${gateway.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: name, redirect_uris: [`${foreignUrl}/callback`] }),
  });
  return ((await answer.json()) as { client_id: string }).client_id;
}

async function link(name?: string): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: await register(name),
    redirect_uri: `${foreignUrl}/callback`,
    code_challenge: newPkce().challenge,
    code_challenge_method: 'S256',
    state: 'mine',
  });
  return `${gateway.url}/oauth/authorize?${query.toString()}`;
}

/** `mcpmux open`, in this browser. */
async function letIn(): Promise<void> {
  const { url } = await gateway.admin.makeLink();
  const other = await context.newPage();
  await other.goto(url);
  await other.waitForURL((at) => !at.pathname.endsWith('/unlock'));
  await other.close();
}

async function follow(address: string): Promise<void> {
  await page.goto(`${foreignUrl}/?to=${encodeURIComponent(address)}`);
  await page.click('#go');
}

const shots = repositoryPath('out/shots');

describe('the consent page in a browser', () => {
  it('comes up from a link on another site, and Allow by keyboard leads back with a code', async () => {
    await letIn();
    await follow(await link());
    await page.waitForSelector('#consent');
    expect(await page.textContent('h1')).toBe('Gemini CLI asks to use your tools');
    // Deny has the focus, and Allow is not armed yet.
    expect(await page.evaluate('document.activeElement.id')).toBe('deny');
    expect(await page.getAttribute('#allow', 'aria-disabled')).toBe('true');
    await mkdir(shots, { recursive: true });
    await page.screenshot({ path: `${shots}/consent.png`, fullPage: true });
    await page.waitForSelector('#allow:not([aria-disabled])');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('allow');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${foreignUrl}/callback**`);
    expect(arrived[0]?.searchParams.get('code')).toMatch(/^mcpac_/);
    expect(arrived[0]?.searchParams.get('state')).toBe('mine');
    expect(outside).toEqual([]);
  });

  it('denies by one key, and the client hears it', async () => {
    await letIn();
    await follow(await link());
    await page.waitForSelector('#consent');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${foreignUrl}/callback**`);
    expect(arrived[0]?.searchParams.get('error')).toBe('access_denied');
  });

  it('asks for the person first, and goes on where it was once the browser is let in', async () => {
    await follow(await link());
    await page.waitForURL('**/admin/unlock?next=**');
    await letIn();
    await page.waitForSelector('#consent');
    await page.waitForSelector('#allow:not([aria-disabled])');
    await page.click('#allow');
    await page.waitForURL(`${foreignUrl}/callback**`);
    expect(arrived[0]?.searchParams.get('code')).toMatch(/^mcpac_/);
  });

  it('does nothing on an early click', async () => {
    await letIn();
    await follow(await link());
    await page.waitForSelector('#consent');
    await page.click('#allow', { force: true, noWaitAfter: true });
    expect(await page.isVisible('#consent')).toBe(true);
    expect(arrived).toEqual([]);
  });

  it('is in no frame of another site', async () => {
    await letIn();
    await page.goto(`${foreignUrl}/?frame=${encodeURIComponent(await link())}`);
    await page.waitForLoadState('networkidle');
    for (const frame of page.frames()) expect(await frame.$('#consent')).toBeNull();
  });

  it('runs nothing that a name brings along, and breaks no policy', async () => {
    await letIn();
    const troubles: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    page.on('dialog', (dialog) => {
      troubles.push(dialog.message());
      void dialog.dismiss();
    });
    await follow(await link('"><script>alert(1)</script><img src=x onerror=alert(2)>'));
    await page.waitForSelector('#allow:not([aria-disabled])');
    expect(await page.$$('img')).toEqual([]);
    expect(troubles).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('fits a telephone, with targets that a thumb hits', async () => {
    await letIn();
    await page.setViewportSize({ width: 360, height: 740 });
    await follow(await link('A client with quite a long name of its own'));
    await page.waitForSelector('#allow:not([aria-disabled])');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    for (const button of ['#deny', '#allow']) {
      const box = await (await page.$(button))?.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(40);
    }
    await page.screenshot({ path: `${shots}/consent-360.png`, fullPage: true });
  });
});
