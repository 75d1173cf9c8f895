/**
 * field/packages — installs npm packages into a folder, and finds their commands.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '../support/child.ts';

/** @throws when npm cannot install it */
export async function installPackages(
  folder: string,
  specs: readonly string[],
  more: readonly string[] = ['--ignore-scripts'],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json')))
    await writeFile(join(folder, 'package.json'), '{"private":true}');
  const { code, stderr } = await runChild({
    command: 'npm',
    args: ['install', '--no-audit', '--no-fund', ...more, '--save-exact', '--prefer-offline', ...specs],
    cwd: folder,
    timeoutMs: 10 * 60_000,
  });
  if (code !== 0) throw new Error(`npm install ended with ${code}: ${stderr.slice(-300)}`);
}

/** The file that a package's command runs. */
export async function commandFile(folder: string, name: string, bin?: string): Promise<string> {
  const root = join(folder, 'node_modules', name);
  const { bin: bins } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>;
  };
  if (bins === undefined) throw new Error(`${name} has no command`);
  const named =
    typeof bins === 'string'
      ? bins
      : (bins[bin ?? ''] ?? bins[name.split('/').at(-1) ?? ''] ?? Object.values(bins)[0]);
  if (named === undefined) throw new Error(`${name} has no command ${bin}`);
  return join(root, named);
}
