/**
 * scripts/screenshots — `npm run screenshots`: pictures of the dashboard's pages from a daemon of its own, with servers that
 * work, one that fails, one that lacks a value, and some calls. Written to docs/screenshots/.
 *
 * Needs a Chromium: Debian's package, or the one that MCPMUX_CHROMIUM names.
 */
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startGateway } from '../test/support/gateway.ts';
import { repositoryPath } from '../test/support/paths.ts';

const pages = [
  ['home', '/'],
  ['servers', '/servers'],
  ['server', '/servers/everything'],
  ['add-server', '/servers/new?q=github'],
  ['tools', '/tools'],
  ['activity', '/activity'],
  ['approvals', '/approvals'],
  ['review', '/review'],
  ['clients', '/clients'],
  ['audit', '/audit'],
  ['diagnostics', '/diagnostics'],
  ['settings', '/settings'],
] as const;
const views = [
  { name: 'light', width: 1440, height: 900 },
  { name: 'dark', width: 1440, height: 900 },
  { name: 'phone', width: 390, height: 844 },
] as const;

const module = (name: string): string =>
  repositoryPath(`node_modules/@modelcontextprotocol/${name}/dist/index.js`);
const folder = repositoryPath('docs/screenshots');
const gateway = await startGateway({ env: { MCPMUX_KEY_SOURCE: 'file' }, startTimeoutMs: 60_000 });
try {
  const add = (name: string, args: readonly string[]) =>
    gateway.addServer({ name, launch: { kind: 'stdio', command: process.execPath, args: [...args] } });
  await add('everything', [module('server-everything')]);
  await add('memory', [module('server-memory')]);
  await add('files', [module('server-filesystem'), gateway.dataDir]);
  await add('postgres', ['-e', 'console.error("connection to 127.0.0.1:5432 refused");process.exit(1)']);
  await gateway.admin.addServer({
    name: 'tracker',
    launch: {
      kind: 'http',
      url: 'https://tracker.example.com/mcp',
      headers: { Authorization: `\${input:TRACKER_TOKEN}` },
    },
  });
  for (const message of ['Good morning', 'Is the release out?', 'Thanks'])
    await gateway.admin.callTool('everything_echo', { message });
  await gateway.admin.callTool('memory_read_graph', {});
  await gateway.admin.callTool('files_read_text_file', { path: '/nowhere' });

  const { stdout } = await gateway.cli(['open', '--no-browser']);
  const browser = await chromium.launch({
    executablePath: process.env['MCPMUX_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(/http:\S+/.exec(stdout)?.[0] ?? '');
    await page.getByRole('heading', { level: 1 }).waitFor();
    mkdirSync(folder, { recursive: true });
    for (const { name: view, width, height } of views) {
      await page.setViewportSize({ width, height });
      await page.evaluate(`localStorage.setItem('mcpmux.theme', '${view === 'dark' ? 'dark' : 'light'}')`);
      for (const [name, path] of pages) {
        await page.goto(`${gateway.url}/admin${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        // What is streamed has come by then; nothing on a page says that no more will.
        await page.waitForTimeout(800);
        await page.screenshot({ path: `${folder}/${name}.${view}.png` });
        console.log(`${name}.${view}.png`);
      }
    }
  } finally {
    await browser.close();
  }
} finally {
  await gateway.stop();
}
