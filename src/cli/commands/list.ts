/**
 * cli/commands/list — the installed servers and how each is run or reached.
 */
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { launchLine } from '../launch-words.ts';
import { statusPaint, statusWord } from '../status-words.ts';
import { oneLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';
import { renderServers } from './status.ts';

export async function run(context: Context): Promise<number> {
  const list = await context.client.listServers();
  const { servers } = list;
  if (context.isJson) context.printJson(list);
  else if (servers.length === 0) context.print(renderServers(servers, context));
  else {
    const { style, width } = context;
    const rows = servers.map((server) => [
      oneLine(server.name),
      server.alias,
      statusPaint(server.state.status, style)(statusWord(server.state.status)),
      String(server.counts.tools),
      width === undefined
        ? launchLine(server.launch)
        : shorten(launchLine(server.launch), Math.max(30, width - 40)),
    ]);
    context.print(
      renderTable(['SERVER', 'ALIAS', 'STATE', 'TOOLS', 'RUNS'], rows, {
        heading: style.dim,
        rightAligned: [3],
      }),
    );
  }
  return exitCodes.ok;
}
