/**
 * field/try-servers — installs the real servers, asks each directly and through the gateway, and compares.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gateway } from '../support/gateway.ts';
import { compare, type Launch, openProxied, type Recording, recordDirectly } from './compare.ts';
import { commandFile, installPackages } from './packages.ts';
import type { Report } from './report.ts';
import { type FieldServer, fieldServers } from './servers.ts';

export async function tryServers(gateway: Gateway, folder: string, report: Report): Promise<void> {
  const packages = join(folder, 'servers');
  await installPackages(
    packages,
    fieldServers.map(({ package: name, version }) => `${name}@${version}`),
  );
  for (const server of fieldServers) await tryServer(server, packages, gateway, report);
}

async function tryServer(
  server: FieldServer,
  packages: string,
  gateway: Gateway,
  report: Report,
): Promise<void> {
  const name = `${server.package}@${server.version}`;
  const work = join(packages, 'work', server.package.replaceAll(/\W/g, '-'));
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const place = (text: string): string => text.replaceAll('FOLDER', work);
  const launch: Launch = {
    command: process.execPath,
    args: [await commandFile(packages, server.package, server.bin), ...(server.args ?? []).map(place)],
    env: {
      HOME: work,
      ...Object.fromEntries(Object.entries(server.env ?? {}).map(([k, v]) => [k, place(v)])),
    },
    cwd: work,
  };
  let recording: Recording;
  try {
    recording = await recordDirectly(launch);
  } catch (error) {
    report.add('server', name, 'left out', `does not start directly: ${firstLine(error)}`);
    return;
  }
  try {
    const added = await gateway.addServer({
      name: alias(server),
      launch: { kind: 'stdio', ...launch, args: [...launch.args] },
    });
    if (added.state.status !== 'connected') {
      report.add('server', name, 'FAILED', `${added.state.status}: ${added.state.reason ?? ''}`);
      return;
    }
    const proxied = await openProxied(gateway.mcpUrl(added.alias), gateway.headers);
    try {
      const { differences, items, call } = await compare(recording, proxied.ask);
      if (differences.length > 0) report.add('server', name, 'FAILED', differences.slice(0, 3).join('; '));
      else report.add('server', name, 'equal', `${items} items; ${call}`);
    } finally {
      proxied.close();
    }
  } catch (error) {
    report.add('server', name, 'FAILED', firstLine(error));
  } finally {
    await gateway.admin.removeServer(alias(server)).catch(() => undefined);
  }
}

function alias(server: FieldServer): string {
  return server.package
    .replace(/^@/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 30);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 2)
    .join(' ');
}
