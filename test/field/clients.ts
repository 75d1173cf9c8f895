/**
 * field/clients — starts each client program over HTTP and through the bridge, and looks for the tool's answer.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '../support/child.ts';
import type { Gateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { type ClientProgram, clientPrograms, type Way } from './client-programs.ts';
import { startModelStandIn } from './model-stand-in.ts';
import { installPackages } from './packages.ts';
import type { Report } from './report.ts';

const everything = repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js');

/** Installs server-everything, whose echo the clients call. */
export async function addEverything(gateway: Gateway): Promise<void> {
  const { servers } = await gateway.admin.listServers();
  if (servers.some(({ name }) => name === 'everything')) return;
  await gateway.addServer({
    name: 'everything',
    launch: { kind: 'stdio', command: process.execPath, args: [everything, 'stdio'] },
  });
}

export function waysTo(gateway: Gateway): readonly Way[] {
  return [
    { kind: 'http', url: gateway.mcpUrl(), key: gateway.key },
    {
      kind: 'bridge',
      command: process.execPath,
      args: [repositoryPath('bin/mcpmux.mjs'), 'stdio'],
      env: { MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath },
    },
  ];
}

export async function tryClientPrograms(gateway: Gateway, folder: string, report: Report): Promise<void> {
  await addEverything(gateway);
  const model = await startModelStandIn();
  try {
    for (const program of clientPrograms) {
      const packages = join(folder, 'clients', program.bin);
      try {
        await installPackages(packages, [`${program.package}@${program.version}`], []);
      } catch (error) {
        report.add(
          'client',
          program.name,
          'left out',
          error instanceof Error ? error.message : String(error),
        );
        continue;
      }
      for (const way of waysTo(gateway)) await tryOne(program, way, packages, folder, model.url, report);
    }
  } finally {
    await model.close();
  }
}

async function tryOne(
  program: ClientProgram,
  way: Way,
  packages: string,
  folder: string,
  modelUrl: string,
  report: Report,
): Promise<void> {
  const name = `${program.name} ${program.version}, ${way.kind === 'http' ? 'HTTP' : 'bridge'}`;
  const home = join(folder, 'homes', `${program.bin}-${way.kind}`);
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  try {
    const { args, env } = await program.prepare(home, way, modelUrl);
    const { stdout, stderr, code } = await runChild({
      command: join(packages, 'node_modules', '.bin', program.bin),
      args,
      env: { ...env, HOME: home, NO_COLOR: '1', MCPMUX_DATA_DIR: undefined },
      cwd: home,
      timeoutMs: 120_000,
    });
    const output = `${stdout}\n${stderr}`;
    if (output.includes('RESULT') && output.includes('Echo: field'))
      report.add('client', name, 'works', 'lists and calls');
    else report.add('client', name, 'FAILED', `exit ${code}: ${output.slice(-150)}`);
  } catch (error) {
    report.add('client', name, 'FAILED', error instanceof Error ? error.message : String(error));
  }
}
