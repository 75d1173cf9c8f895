/**
 * cli/commands/home — what `mcpmux` alone shows: the status, or where to begin.
 */
import { isMcpMuxError } from '../../base/index.ts';
import type { StatusDto } from '../../contract/index.ts';
import { placeOf } from '../clients-here/open-connections.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { renderStatus } from './status.ts';

export async function run(context: Context): Promise<number> {
  let status: StatusDto | undefined;
  try {
    status = await context.client.getStatus();
  } catch (error) {
    // A script wants the failure itself.
    if (context.isJson || !isMcpMuxError(error, 'cli.daemon_not_running')) throw error;
  }
  if (status !== undefined && (context.isJson || status.servers.length > 0 || status.problems.length > 0)) {
    if (context.isJson) context.printJson(status);
    else context.print(renderStatus(status, context));
    return exitCodes.ok;
  }
  context.print(await renderStart(context, status));
  return status === undefined ? exitCodes.notRunning : exitCodes.ok;
}

async function renderStart(context: Context, status: StatusDto | undefined): Promise<string> {
  const { style, width } = context;
  const found = await findServers(context);
  const steps: string[][] = [];
  if (found !== undefined) steps.push(['mcpmux import', `bring the servers of ${found}`]);
  steps.push(['mcpmux add NAME -- COMMAND…', found === undefined ? 'add a server' : 'or add one']);
  if (status === undefined) steps.push(['mcpmux start', 'run the daemon here, and see what it says']);
  else {
    steps.push(['mcpmux connect', 'point your AI clients here']);
    steps.push(['mcpmux open', 'or use the browser']);
  }
  steps.push(['mcpmux help', 'all commands']);
  return [
    status === undefined ? 'McpMux is not running.' : `McpMux is running: ${style.cyan(status.url)}`,
    ...(status === undefined ? [] : ['No servers yet.']),
    renderTable(
      undefined,
      steps.map(([command = '', says = '']) => [style.bold(command), says]),
      { indent: '  ', width },
    ),
  ].join('\n');
}

/** `Claude Code and Cursor (7 found)`; undefined when no client has any. */
async function findServers(context: Context): Promise<string | undefined> {
  const { readAllSources } = await import('../../clients/index.ts');
  const { sources } = await readAllSources(placeOf(context));
  const withServers = sources.filter(({ servers }) => servers.length > 0);
  const count = withServers.reduce((sum, { servers }) => sum + servers.length, 0);
  if (count === 0) return undefined;
  const names = withServers.map(({ label }) => sanitizeToLine(label));
  const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
  const last = shown.pop() ?? '';
  return `${shown.length === 0 ? last : `${shown.join(', ')} and ${last}`} (${count} found)`;
}
