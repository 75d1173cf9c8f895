/**
 * scripts/build-dashboard — the pages of the dashboard, built once for as long as nothing of them changes.
 *
 * Built into dashboard/dist, with a mark of what it was built from. Plain JavaScript, like scripts/build.mjs.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the pages are made of, beside the versions of packages. */
const sources = [
  'dashboard/src',
  'dashboard/public',
  'dashboard/index.html',
  'dashboard/vite.config.ts',
  'src/contract',
];
const locks = ['package-lock.json', 'dashboard/package.json'];

/** @returns the folder of the built pages */
export async function buildDashboard(root) {
  const folder = join(root, 'dashboard/dist');
  const mark = join(folder, '.built-from');
  const wanted = markOf(root);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return folder;
  const { build } = await import('vite');
  await build({ configFile: join(root, 'dashboard/vite.config.ts'), logLevel: 'error' });
  writeFileSync(mark, wanted);
  return folder;
}

function markOf(root) {
  const hash = createHash('sha256');
  const add = (path) => {
    const full = join(root, path);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).toSorted()) add(`${path}/${name}`);
    } else if (!path.includes('.test.')) hash.update(path).update(readFileSync(full));
  };
  for (const path of [...sources, ...locks]) add(path);
  return hash.digest('hex');
}
