/**
 * platform/windows — processes as CIM tells them through PowerShell, and where Windows keeps its own programs.
 *
 * Programs of the system are named by their full path: a bare name is looked for in the working folder first.
 */
import { execFile } from 'node:child_process';
import { win32 } from 'node:path';
import { promisify } from 'node:util';
import type { ProcessFacts, ProcessTable } from './process-facts.ts';

const run = promisify(execFile);
/** PowerShell alone takes a second to start; a machine under load takes more. */
const timeoutMs = 15_000;

export type WindowsProgram =
  | 'schtasks'
  | 'conhost'
  | 'taskkill'
  | 'icacls'
  | 'whoami'
  | 'reg'
  | 'rundll32'
  | 'cmd'
  | 'powershell';

const places: Readonly<Record<WindowsProgram, string>> = {
  schtasks: 'System32\\schtasks.exe',
  conhost: 'System32\\conhost.exe',
  taskkill: 'System32\\taskkill.exe',
  icacls: 'System32\\icacls.exe',
  whoami: 'System32\\whoami.exe',
  reg: 'System32\\reg.exe',
  rundll32: 'System32\\rundll32.exe',
  cmd: 'System32\\cmd.exe',
  powershell: 'System32\\WindowsPowerShell\\v1.0\\powershell.exe',
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** @param env where SystemRoot stands, in whatever case */
export function windowsProgram(name: WindowsProgram, env: Environment): string {
  const root = Object.entries(env).find(([key]) => /^systemroot$/i.test(key))?.[1];
  const isSound = root !== undefined && /^[A-Za-z]:\\/.test(root);
  return win32.join(isSound ? root : 'C:\\Windows', places[name]);
}

/** One line a process: six numbers and a name, parted by commas; times in UTC. */
export const processQuery =
  "Get-CimInstance Win32_Process | ForEach-Object { '{0},{1},{2},{3},{4},{5},{6}' -f $_.ProcessId, $_.ParentProcessId, " +
  '$_.WorkingSetSize, $_.KernelModeTime, $_.UserModeTime, ' +
  "$(if ($_.CreationDate) { $_.CreationDate.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ') }), $_.Name }";

const bootQuery =
  "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')";

export function windowsProcesses(env: Environment): ProcessTable {
  let boot = 'unknown';
  const ask = async (query: string): Promise<string> => {
    const { stdout } = await run(
      windowsProgram('powershell', env),
      ['-NoProfile', '-NonInteractive', '-Command', query],
      { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, windowsHide: true },
    );
    return stdout;
  };
  return {
    async list() {
      try {
        if (boot === 'unknown') boot = parseBoot(await ask(bootQuery)) ?? 'unknown';
        return parseCim(await ask(processQuery), Date.now());
      } catch {
        return [];
      }
    },
    startTimeOf: () => undefined,
    bootId: () => boot,
    environmentVariableOf: () => Promise.resolve(undefined),
    environmentVariables: () => Promise.resolve(new Map()),
    showsEnvironment: false,
  };
}

export function parseBoot(text: string): string | undefined {
  return /\d{4}-\d\d-\d\dT[\d:]+Z/.exec(text)?.[0];
}

/**
 * What `processQuery` prints.
 *
 * @param now epoch ms
 */
export function parseCim(text: string, now: number): readonly ProcessFacts[] {
  const found: ProcessFacts[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^(\d+),(\d+),(\d*),(\d*),(\d*),([^,]*),(.*)$/.exec(line.trim());
    if (match === null) continue;
    const [, pid, parentId, bytes, kernel, user, startedAt = '', name = ''] = match;
    const started = Date.parse(startedAt);
    found.push({
      pid: Number(pid),
      parentId: Number(parentId),
      groupId: 0,
      state: 'R',
      startedAt,
      residentBytes: Number(bytes),
      // In units of 100 ns.
      cpuMs: (Number(kernel) + Number(user)) / 10_000,
      uptimeMs: Number.isNaN(started) ? 0 : Math.max(0, now - started),
      name,
    });
  }
  return withoutAdopted(found);
}

/**
 * A parent's pid is never updated when the parent ends, and is given to somebody else later: a child that is older than
 * its parent belongs to nobody.
 */
function withoutAdopted(processes: readonly ProcessFacts[]): readonly ProcessFacts[] {
  const startOf = new Map(processes.map(({ pid, startedAt }) => [pid, startedAt]));
  return processes.map((facts) => {
    const parentStart = startOf.get(facts.parentId);
    const isAdopted = parentStart !== undefined && parentStart > facts.startedAt && facts.startedAt !== '';
    return isAdopted ? { ...facts, parentId: 0 } : facts;
  });
}

const pathKeys = [
  'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment',
  'HKCU\\Environment',
] as const;

/**
 * The PATH that a program started now would get: the system's folders, then the person's. Ours is that of our own start.
 *
 * @returns '' when the registry cannot be read
 */
export async function registryPath(env: Environment): Promise<string> {
  const reg = windowsProgram('reg', env);
  const values = await Promise.all(
    pathKeys.map((key) =>
      run(reg, ['query', key, '/v', 'Path'], { timeout: timeoutMs, windowsHide: true }).then(
        ({ stdout }) => parseRegistryPath(stdout, env),
        () => '',
      ),
    ),
  );
  return values.filter((value) => value !== '').join(';');
}

/** What `reg query KEY /v Path` prints, with the variables in it filled in. */
export function parseRegistryPath(text: string, env: Environment): string {
  const value = /^\s*Path\s+REG_(?:EXPAND_)?SZ\s+(.*?)\s*$/im.exec(text)?.[1] ?? '';
  const known = new Map(Object.entries(env).map(([name, content]) => [name.toUpperCase(), content]));
  return value.replace(/%([^%;]+)%/g, (whole, name: string) => known.get(name.toUpperCase()) ?? whole);
}
