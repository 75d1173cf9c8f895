/**
 * cli/commands/list — the installed servers and how each is run or reached.
 */
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { launchCommandLine } from '../launch-description.ts';
import { statusColour, statusLabel } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';
import { renderServers } from './status.ts';

export async function run(context: Context): Promise<number> {
  const list = await context.client.listServers();
  const { servers } = list;
  if (context.isJson) context.printJson(list);
  else if (servers.length === 0) context.print(renderServers(servers, context));
  else {
    const { style, width } = context;
    const hasSpaces = new Set(servers.map(({ spaceId }) => spaceId)).size > 1;
    const rows = servers.map((server) => [
      sanitizeToLine(server.name),
      server.alias,
      ...(hasSpaces ? [server.space] : []),
      statusColour(server.state.status, style)(statusLabel(server.state.status)),
      String(server.counts.tools),
      width === undefined
        ? launchCommandLine(server.launch)
        : shorten(launchCommandLine(server.launch), Math.max(30, width - 40)),
    ]);
    context.print(
      renderTable(['SERVER', 'ALIAS', ...(hasSpaces ? ['SPACE'] : []), 'STATE', 'TOOLS', 'RUNS'], rows, {
        heading: style.dim,
        rightAligned: [hasSpaces ? 4 : 3],
      }),
    );
  }
  return exitCodes.ok;
}
