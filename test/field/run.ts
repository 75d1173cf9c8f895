/**
 * field/run — `npm run field`: McpMux with real servers and real client programs, one line each, a total, an exit code.
 *
 *     npm run field [-- --folder DIR] [--only servers|clients|sdk|python] [--write]
 *
 * Installs packages from npm (and from PyPI, where Python is) into a folder of its own; kept between runs when `--folder`
 * is given. `--write` puts the table into docs/field.md. Your own daemon, data and clients are not touched.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { tryClientPrograms } from './clients.ts';
import { tryPython } from './python.ts';
import { Report } from './report.ts';
import { trySdkClients } from './sdk.ts';
import { tryServers } from './try-servers.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    only: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
  },
});

const isWanted = (group: string): boolean => values.only === undefined || values.only.includes(group);
const startedAt = performance.now();
const report = new Report();
const folder =
  values.folder === undefined
    ? await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-field-')))
    : resolve(values.folder);
await mkdir(folder, { recursive: true });
// No server may hang the run: half an hour is several times what it takes.
const deadline = setTimeout(() => {
  console.error('the run took over 30 minutes and was given up');
  process.exit(1);
}, 30 * 60_000);

const gateway = await startGateway({ env: { HOME: folder }, startTimeoutMs: 30_000 });
try {
  if (isWanted('servers')) await tryServers(gateway, folder, report);
  if (isWanted('clients')) await tryClientPrograms(gateway, folder, report);
  if (isWanted('sdk')) await trySdkClients(gateway, folder, report);
  if (isWanted('python')) await tryPython(gateway, folder, report);
} finally {
  await gateway.stop();
  if (values.folder === undefined) await rm(folder, { recursive: true, force: true });
  clearTimeout(deadline);
}

const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
const good = report.count('equal') + report.count('works');
const bad = report.count('FAILED');
const total = `${good} passed, ${bad} failed, ${report.count('left out')} left out in ${minutes} min`;
console.log(`\n${total}`);
if (values.write) {
  const facts = [total, `Node ${process.version} on ${platform()} ${arch()}`];
  await writeFile(repositoryPath('docs/field.md'), report.toPage(facts));
}
const isEnough = !isWanted('servers') || report.count('equal', 'server') >= 30;
if (!isEnough) console.error('fewer than 30 servers could be compared');
process.exitCode = bad === 0 && isEnough ? 0 : 1;
