/**
 * cli/service/open-service — the service as it would be installed from this shell: this Node, this program, this PATH.
 */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../config/index.ts';
import { planService, Service } from '../../daemon/index.ts';
import { platform, windowsProgram } from '../../platform/index.ts';
import type { Context } from '../context.ts';
import { loginShellPath } from '../doctor/programs.ts';
import { launcherPath } from '../launcher-path.ts';

/** Of a shell, and not of a daemon. */
const notTaken: ReadonlySet<string> = new Set(['MCPMUX_KEY', 'MCPMUX_DEBUG', 'MCPMUX_DATA_DIR']);

/** @param asksShell the login shell is asked for its PATH, which takes a moment; else the PATH of this shell is taken */
export async function openService(context: Context, asksShell = false): Promise<Service> {
  const { io } = context;
  const { env } = io;
  const { dataDir } = await context.place();
  const usual = await loadSettings({ flags: {}, env: { HOME: env['HOME'] }, workingDir: io.cwd() }).then(
    ({ settings }) => settings.dataDir,
    () => undefined,
  );
  const isOwnFolder = usual !== dataDir;
  const home = env[platform.isWindows ? 'USERPROFILE' : 'HOME'] || homedir();
  const path = (asksShell ? await loginShellPath(env) : undefined) ?? env['PATH'];
  const settings = Object.entries(env).filter(
    ([name, value]) =>
      name.startsWith('MCPMUX_') && !notTaken.has(name) && value !== undefined && value !== '',
  ) as [string, string][];
  return new Service(
    planService(platform.name, {
      program: process.execPath,
      args: [launcherPath(), 'start', ...(isOwnFolder ? ['--data-dir', dataDir] : [])],
      home,
      dataDir,
      isOwnFolder,
      env: { ...(path === undefined ? {} : { PATH: path }), ...Object.fromEntries(settings) },
      userId: userInfo().uid,
      configHome: env['XDG_CONFIG_HOME'] || join(home, '.config'),
      programs: { schtasks: windowsProgram('schtasks', env), conhost: windowsProgram('conhost', env) },
    }),
  );
}
