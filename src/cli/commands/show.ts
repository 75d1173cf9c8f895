/**
 * cli/commands/show — everything that is known about one server.
 */
import type { ServerDetailDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo, formatDuration } from '../format-duration.ts';
import { inputRows, launchCommandLine, launchDetails } from '../launch-description.ts';
import { limitLabel, limitValue } from '../limit-text.ts';
import { formatCounts, stateLines, statusColour, statusLabel } from '../status-text.ts';
import { sanitizeLines, sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function run(context: Context, name: string): Promise<number> {
  const server = await context.client.getServer(name);
  if (context.isJson) context.printJson(server);
  else context.print(renderServer(server, await registeredUrlOf(server, context), context));
  return exitCodes.ok;
}

/** The sign-in of a server may belong to another address than the configured one, which is then the one that is called. */
async function registeredUrlOf(server: ServerDetailDto, { client }: Context): Promise<string | null> {
  if (server.launch.kind !== 'http') return null;
  try {
    return (await client.getSignIn(server.id)).registeredUrl;
  } catch {
    // A locked store says so elsewhere; what is known of the server is shown all the same.
    return null;
  }
}

function renderServer(
  server: ServerDetailDto,
  registeredUrl: string | null,
  { style, width, io }: Context,
): string {
  const now = io.now();
  const { state, launch, verdict, told } = server;
  const word = statusColour(state.status, style)(statusLabel(state.status));
  const rows: string[][] = [
    ['state', `${word} ${style.dim(`for ${formatDuration(now - state.since)}`)}`],
    ...stateLines(state, now).map((line) => ['', line]),
    ['alias', `${server.alias} ${style.dim(`(its tools are called ${server.alias}_…)`)}`],
    [launch.kind === 'stdio' ? 'runs' : 'URL', launchCommandLine(launch)],
    ...(registeredUrl === null
      ? []
      : [['called at', `${sanitizeToLine(registeredUrl)} ${style.dim('(the sign-in was made for it)')}`]]),
    ...launchDetails(launch).map(([label, value]) => [label, sanitizeToLine(value)]),
    ...inputRows(server.inputs),
    ['offers', formatCounts(server.counts) || 'nothing yet'],
  ];
  const info = told?.serverInfo;
  if (info !== null && info !== undefined) {
    rows.push([
      'says it is',
      sanitizeToLine([info['title'] ?? info['name'], info['version']].filter(Boolean).join(' ')),
    ]);
  }
  if (verdict !== null) {
    const revisions = [verdict.legacyRevision, verdict.modernRevision].filter(
      (revision) => revision !== null,
    );
    rows.push(['speaks', `MCP ${revisions.join(' and ')} over ${verdict.wire}`]);
  }
  if (state.pid !== null) rows.push(['process', `pid ${state.pid}`]);
  rows.push(['calls served', String(state.requestsServed)]);
  if (state.restarts > 0) rows.push(['restarts', String(state.restarts)]);
  if (state.lastError !== null && state.lastError !== state.reason)
    rows.push(['last error', sanitizeToLine(state.lastError)]);
  for (const [at, line] of state.lastStderr.entries())
    rows.push([at === 0 ? 'it last said' : '', sanitizeToLine(line)]);
  rows.push(['sessions', server.sessionPolicy]);
  if (server.declares === 'client') rows.push(['declares', 'what each client can do']);
  for (const [name, value] of Object.entries(server.limits))
    if (value !== undefined) rows.push([limitLabel(name), limitValue(name, value)]);
  for (const leg of server.legs) {
    rows.push([
      'connection',
      `${leg.era} ${leg.revision}, ${leg.inFlight} in flight${leg.owner === null ? '' : `, for ${sanitizeToLine(leg.owner)}`}`,
    ]);
  }
  rows.push(['added', formatAgo(server.createdAt, now)]);
  const parts = [
    style.bold(sanitizeToLine(server.name)),
    renderTable(undefined, rows, { indent: '  ', width }),
  ];
  if (server.withheld.length > 0) {
    parts.push(
      '',
      style.yellow('Not offered to clients:'),
      renderTable(
        undefined,
        server.withheld.map(({ kind, name, why }) => [kind, sanitizeToLine(name), sanitizeToLine(why)]),
        { indent: '  ', width },
      ),
    );
  }
  if (server.capabilityReports.length > 0)
    parts.push('', style.dim('What reaches clients:'), renderCapabilityReports(server, now, width));
  if (told?.instructions)
    parts.push('', style.dim('Its instructions for models:'), sanitizeLines(told.instructions));
  return parts.join('\n');
}

function renderCapabilityReports(
  { capabilityReports }: ServerDetailDto,
  now: number,
  width: number | undefined,
): string {
  const rows = capabilityReports.map((report) => {
    const client = [report.client, report.clientVersion].filter((part) => part !== null).join(' ');
    const details = report.degraded.length === 0 ? ['everything'] : report.degraded.map(sanitizeToLine);
    return [sanitizeToLine(client), report.revision, formatAgo(report.lastSeenAt, now), details.join('\n')];
  });
  return renderTable(undefined, rows, { indent: '  ', width });
}
