/**
 * scripts/build — `npm run build`: bundles src/ into dist/ as tsdown.config.ts says, puts the dashboard beside it, and is
 * quiet when it works.
 *
 *     node scripts/build.mjs [--all-systems]
 *
 * SQLite for Node 20 is a native add-on, which a bundle cannot hold: it is copied to prebuilds/ beside dist/, for this
 * system, or for all of them. Plain JavaScript, so that `npm start` on Node 20 waits for nothing else.
 */
import { cp, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';
import { buildDashboard } from './build-dashboard.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const addOn = `${root}node_modules/@photostructure/sqlite/prebuilds`;
const system = process.argv.includes('--all-systems') ? '' : `/${platform()}-${arch()}`;

const [pages] = await Promise.all([buildDashboard(root), build({ logLevel: 'error' })]);
// After the bundle: that empties dist/ first.
await cp(pages, `${root}dist/dashboard`, {
  recursive: true,
  filter: (path) => !path.endsWith('.built-from'),
});
await rm(`${root}prebuilds`, { recursive: true, force: true });
// A system without a prebuilt add-on needs a Node that has SQLite itself; the daemon says so when it starts.
await cp(addOn + system, `${root}prebuilds${system}`, { recursive: true }).catch((error) => {
  if (error.code !== 'ENOENT') throw error;
});
