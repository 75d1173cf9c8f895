/**
 * network/dashboard — the dashboard in a real browser, before a real daemon with real servers.
 *
 * Needs Debian's package chromium; `.ci/run` installs it. Without it the tests fail, they are not skipped.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const everything = repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Were it taken as markup, an image would be there, and the browser would complain of the script. */
const hostile = '<img src=x onerror=alert(1)>';

let gateway: Gateway;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complains about, such as the content security policy. */
const complaints: string[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

async function open(path: string): Promise<void> {
  await page.goto(`${gateway.url}/admin${path}`);
}

describe('the first minutes', () => {
  it('show nothing without a link, and open with one', async () => {
    await open('/servers');
    await page.waitForURL(/\/admin\/unlock\?next=/);
    const { stdout } = await gateway.cli(['open', '--no-browser']);
    await page.goto(/http:\S+/.exec(stdout)?.[0] ?? '');
    await page.getByRole('heading', { name: /Three steps/ }).waitFor();
    expect(await page.getByText(gateway.mcpUrl()).first().isVisible()).toBe(true);
  });

  it('add a server from a pasted command, after showing what it runs', async () => {
    await page.getByRole('link', { name: 'Add server' }).first().click();
    await page.getByRole('textbox', { name: /paste/i }).fill(`"${process.execPath}" "${everything}"`);
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByText('It will run exactly this').waitFor();
    expect(await page.getByText(everything).first().isVisible()).toBe(true);
    await page.getByRole('textbox', { name: 'Name' }).fill('everything');
    await page.getByRole('button', { name: 'Save and enable' }).click();
    await page.getByText('connected', { exact: true }).first().waitFor({ timeout: 30_000 });
  });

  it('find it in the catalogue, too', async () => {
    await open('/servers/new?q=memory');
    await page
      .getByRole('button', { name: /memory/i })
      .first()
      .click();
    await page.getByText('It will run exactly this').waitFor();
  });
});

describe('what happens', () => {
  it('turns a server red that is killed, and green again', async () => {
    await open('/servers');
    const row = page.getByRole('row', { name: /everything/ });
    await row.getByText('connected').waitFor();
    const { servers } = await gateway.admin.listServers();
    const pid = servers.find(({ name }) => name === 'everything')?.state.pid ?? 0;
    const left = row.getByText(/connecting|waiting to retry|failed/).waitFor({ timeout: 5_000 });
    process.kill(pid, 'SIGKILL');
    await left;
    await row.getByText('connected').waitFor({ timeout: 20_000 });
  });

  it('shows a call as it ends, and where its time went', async () => {
    await open('/activity');
    await page.getByText('No calls yet').waitFor();
    await gateway.cli(['call', 'everything_echo', '{"message":"hello"}']);
    await page.getByRole('button', { name: 'everything_echo' }).first().click();
    await page.getByRole('img', { name: /Timing: Queue/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('call')).toMatch(/^\d+$/);
    await page.keyboard.press('Escape');
  });

  it('names what is broken on Home, with its reason as text and a way to try again', async () => {
    await gateway.addServer({
      name: 'broken',
      launch: {
        kind: 'stdio',
        command: process.execPath,
        args: ['-e', `console.error('no database here ${hostile}');process.exit(3)`],
      },
    });
    await open('/');
    const problem = page
      .getByRole('listitem')
      .filter({ hasText: 'broken' })
      .filter({ hasText: 'no database here' });
    await problem.getByText(/<img src=x/).waitFor({ timeout: 30_000 });
    expect(await page.locator('img').count()).toBe(0);
    await problem.getByRole('button', { name: /Retry/ }).click();
  });

  it('asks before it removes, with the way out focused', async () => {
    await open('/servers');
    await page.getByRole('button', { name: 'Actions for broken' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Keep it');
    await page.getByRole('button', { name: 'Remove broken' }).click();
    await page.getByRole('row', { name: /broken/ }).waitFor({ state: 'hidden' });
    const { servers } = await gateway.admin.listServers();
    expect(servers.map(({ name }) => name)).not.toContain('broken');
  });
});

const pages = [
  '/',
  '/servers',
  '/servers/new',
  '/servers/everything',
  '/servers/everything?tab=features',
  '/tools',
  '/activity',
  '/approvals',
  '/review',
  '/clients',
  '/audit',
  '/diagnostics',
  '/settings',
  '/more',
];

describe.each([
  [1440, 'light'],
  [1440, 'dark'],
  [360, 'light'],
  [360, 'dark'],
])('at %i px, %s', (width, theme) => {
  it.each(pages)('%s fits, and axe finds nothing', async (path) => {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate(`localStorage.setItem('mcpmux.theme', '${theme}')`);
    await open(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(400);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    // Through the debugger: the policy of the page allows no script from elsewhere.
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as {
          axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        }
      ).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
    });
    expect(found).toEqual([]);
  });
});

it('keeps to the policy of the page: the browser complains about nothing', () => {
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
});
