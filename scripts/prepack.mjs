/**
 * scripts/prepack — `npm pack` and `npm publish`: builds for all systems and writes the licences of what is bundled.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync(process.execPath, [`${root}scripts/build.mjs`, '--all-systems'], {
  stdio: 'inherit',
  cwd: root,
});

/** The packages whose files are in the bundle, from its source maps. */
const packages = new Set();
for (const file of readdirSync(`${root}dist`)) {
  if (!file.endsWith('.map')) continue;
  const { sources } = JSON.parse(readFileSync(`${root}dist/${file}`, 'utf8'));
  for (const source of sources) {
    const path = /node_modules\/(?!.*node_modules\/)((?:@[^/]+\/)?[^/]+)/.exec(source);
    if (path !== null)
      packages.add(source.slice(source.indexOf('node_modules/'), path.index + path[0].length));
  }
}
const notices = [...packages]
  .toSorted((a, b) => a.localeCompare(b))
  .map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
    const file = readdirSync(`${root}${folder}`).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(`${root}${folder}/${file}`, 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}`;
  });
if (notices.length < 20 || !existsSync(`${root}prebuilds/linux-x64`))
  throw new Error('the bundle is not complete');
writeFileSync(`${root}dist/THIRD-PARTY-LICENSES.txt`, `${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
