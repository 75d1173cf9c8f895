/**
 * field/sdk — clients of the TypeScript SDKs (an early 1.x, the newest 1.x, v2), mcp-remote and the Inspector's command line.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '../support/child.ts';
import type { Gateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { addEverything, waysTo } from './clients.ts';
import { commandFile, installPackages } from './packages.ts';
import type { Report } from './report.ts';

const sdks = [
  ['TypeScript SDK 1.12', '@modelcontextprotocol/sdk@1.12.3'],
  ['TypeScript SDK 1.20', '@modelcontextprotocol/sdk@1.20.2'],
  ['TypeScript SDK 1.32', '@modelcontextprotocol/sdk@1.32.2'],
  ['TypeScript SDK 2.4', '@modelcontextprotocol/client@2.4.0'],
] as const;

export async function trySdkClients(gateway: Gateway, folder: string, report: Report): Promise<void> {
  await addEverything(gateway);
  for (const [name, spec] of sdks) {
    const packages = join(folder, 'sdks', spec.replaceAll(/\W/g, '-'));
    await installPackages(packages, [spec]);
    for (const way of waysTo(gateway)) {
      const args = [repositoryPath('test/field/sdk-client.mjs'), packages, JSON.stringify(way)];
      const label = `${name}, ${way.kind === 'http' ? 'HTTP' : 'bridge'}`;
      await tryCommand(report, label, ['--experimental-import-meta-resolve', ...args], packages);
    }
  }
  await tryRemote(gateway, folder, report);
  await tryInspector(gateway, folder, report);
}

async function tryCommand(report: Report, name: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    const { stdout, stderr, code } = await runChild({
      command: process.execPath,
      args,
      cwd,
      timeoutMs: 60_000,
    });
    const said = /RESULT (.*Echo: field.*)/.exec(stdout)?.[1];
    if (said === undefined)
      report.add('sdk', name, 'FAILED', `exit ${code}: ${(stdout + stderr).slice(-150)}`);
    else report.add('sdk', name, 'works', said);
  } catch (error) {
    report.add('sdk', name, 'FAILED', error instanceof Error ? error.message : String(error));
  }
}

/** mcp-remote as a stdio server between an SDK client and McpMux: what people use whose client knows only commands. */
async function tryRemote(gateway: Gateway, folder: string, report: Report): Promise<void> {
  const packages = join(folder, 'sdks', 'mcp-remote');
  await installPackages(packages, ['mcp-remote@0.15.1', '@modelcontextprotocol/sdk@1.32.2']);
  const home = join(packages, 'home');
  await mkdir(home, { recursive: true });
  const way = {
    kind: 'bridge',
    command: process.execPath,
    args: [
      await commandFile(packages, 'mcp-remote'),
      gateway.mcpUrl(),
      ...['--allow-http', '--header', `Authorization:Bearer ${gateway.key}`],
    ],
    env: { HOME: home },
  };
  await tryCommand(
    report,
    'mcp-remote 0.15.1',
    [
      '--experimental-import-meta-resolve',
      repositoryPath('test/field/sdk-client.mjs'),
      packages,
      JSON.stringify(way),
    ],
    packages,
  );
}

/** Its HTTP mode cannot send a header, so it goes over the bridge. */
async function tryInspector(gateway: Gateway, folder: string, report: Report): Promise<void> {
  const name = 'Inspector 0.15.0, command line, bridge';
  const inspector = repositoryPath('node_modules/@modelcontextprotocol/inspector/cli/build/cli.js');
  const { stdout, stderr } = await runChild({
    command: process.execPath,
    args: [
      ...[inspector, '--cli', process.execPath, repositoryPath('bin/mcpmux.mjs'), 'stdio'],
      ...['--method', 'tools/call', '--tool-name', 'everything_echo', '--tool-arg', 'message=field'],
    ],
    env: { MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath },
    cwd: folder,
    timeoutMs: 60_000,
  });
  if (stdout.includes('Echo: field')) report.add('sdk', name, 'works', 'calls');
  else report.add('sdk', name, 'FAILED', (stdout + stderr).slice(-150));
}
