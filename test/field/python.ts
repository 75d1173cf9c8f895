/**
 * field/python — three servers through uvx, and the Python SDK as client and as server; left out where Python is not.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '../support/child.ts';
import type { Gateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { addEverything } from './clients.ts';
import { compare, type Launch, openProxied, recordDirectly } from './compare.ts';
import type { Report } from './report.ts';

const servers = [
  ['mcp-server-time', []],
  ['mcp-server-fetch', []],
  ['mcp-server-git', []],
] as const;

export async function tryPython(gateway: Gateway, folder: string, report: Report): Promise<void> {
  const venv = join(folder, 'python');
  const python = join(venv, 'bin', 'python');
  const installed = await install(folder, venv, python);
  if (installed !== undefined) {
    report.add('python', 'Python SDK and uvx', 'left out', installed);
    return;
  }
  const work = join(folder, 'python-work');
  await mkdir(work, { recursive: true });
  const env = { HOME: work, UV_CACHE_DIR: join(folder, 'uv-cache') };
  for (const [name, args] of servers)
    await tryServer(gateway, report, `${name} through uvx`, {
      command: join(venv, 'bin', 'uvx'),
      args: ['--python', python, name, ...args],
      env,
      cwd: work,
    });
  await tryServer(gateway, report, 'a server of the Python SDK', {
    command: python,
    args: [repositoryPath('test/field/python-server.py')],
    env,
    cwd: work,
  });
  await addEverything(gateway);
  const { stdout, stderr } = await runChild({
    command: python,
    args: [repositoryPath('test/field/python-client.py'), gateway.mcpUrl(), gateway.key],
    cwd: work,
    timeoutMs: 60_000,
  });
  const said = /RESULT (.*Echo: field.*)/.exec(stdout)?.[1];
  if (said === undefined) report.add('python', 'a client of the Python SDK', 'FAILED', stderr.slice(-150));
  else report.add('python', 'a client of the Python SDK', 'works', said);
}

/** @returns why it cannot be tried, or undefined */
async function install(folder: string, venv: string, python: string): Promise<string | undefined> {
  try {
    const made = await runChild({
      command: 'python3',
      args: ['-m', 'venv', venv],
      cwd: folder,
      timeoutMs: 60_000,
    });
    if (made.code !== 0) return made.code === 127 ? 'python3 is not here' : made.stderr.slice(-150);
    const pip = await runChild({
      command: python,
      args: ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', 'mcp==1.29.0', 'uv==0.11.2'],
      cwd: folder,
      timeoutMs: 300_000,
    });
    return pip.code === 0 ? undefined : pip.stderr.slice(-150);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function tryServer(gateway: Gateway, report: Report, name: string, launch: Launch): Promise<void> {
  const alias = name.replaceAll(/\W+/g, '-').slice(0, 30);
  try {
    const recording = await recordDirectly(launch);
    const added = await gateway.addServer({
      name: alias,
      launch: { kind: 'stdio', ...launch, args: [...launch.args] },
    });
    if (added.state.status !== 'connected') throw new Error(added.state.reason ?? added.state.status);
    const proxied = await openProxied(gateway.mcpUrl(added.alias), gateway.headers);
    const { differences, items, call } = await compare(recording, proxied.ask);
    proxied.close();
    if (differences.length > 0) report.add('python', name, 'FAILED', differences.slice(0, 3).join('; '));
    else report.add('python', name, 'equal', `${items} items; ${call}`);
  } catch (error) {
    report.add('python', name, 'FAILED', error instanceof Error ? error.message : String(error));
  } finally {
    await gateway.admin.removeServer(alias).catch(() => undefined);
  }
}
