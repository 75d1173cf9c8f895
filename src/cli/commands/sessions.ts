/**
 * cli/commands/sessions — who worked where, and how much of it failed.
 */
import { clockTime, whoCalled } from '../call-text.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function run(context: Context, { lines }: { readonly lines: number }): Promise<number> {
  const { client, style, io, width } = context;
  const list = await client.listWorkSessions(lines);
  if (context.isJson) {
    context.printJson(list);
    return exitCodes.ok;
  }
  const { sessions } = list;
  if (sessions.length === 0) {
    context.tell('No calls yet.');
    return exitCodes.ok;
  }
  const now = io.now();
  const rows = sessions.map((session) => [
    String(session.id),
    whoCalled(session),
    clockTime(session.startedAt, now),
    formatAgo(session.lastAt, now),
    String(session.calls),
    session.failures === 0 ? '0' : style.red(String(session.failures)),
    sanitizeToLine(session.folder ?? ''),
  ]);
  const heads = ['#', 'CLIENT', 'BEGAN', 'LAST CALL', 'CALLS', 'FAILED', 'FOLDER'];
  context.print(renderTable(heads, rows, { width, heading: style.dim, rightAligned: [0, 4, 5] }));
  context.print(style.dim(`The calls of one: mcpmux calls session:${sessions[0]?.id}`));
  return exitCodes.ok;
}
