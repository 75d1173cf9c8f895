/**
 * cli/commands/call-details — everything that is known about one call.
 */
import { type CallDto, parseCallFilter } from '../../contract/index.ts';
import { bytesText, clockTime, outcomePaint, outcomeText, spanText, whoCalled } from '../call-text.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Style, sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function run(context: Context, reference: string): Promise<number> {
  const call = await findCall(context, reference);
  if (context.isJson) context.printJson(call);
  else context.print(renderCall(call, context));
  return exitCodes.ok;
}

/** @param reference a number, or a time of day. @throws cli.usage, admin.no_such_call */
export async function findCall(
  { client, io }: Pick<Context, 'client' | 'io'>,
  reference: string,
): Promise<CallDto> {
  if (/^#?\d+$/.test(reference)) return client.getCall(reference.replace('#', ''));
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(reference);
  if (clock === null)
    throw cliError('usage', {
      message: `"${reference}" is neither a number nor a time of day`,
      hint: 'mcpmux calls shows both',
    });
  // A call is shown with the second in which it began, and found by the one in which it ended.
  const since = new Date(parseCallFilter(`since:${reference}`, io.now()).since ?? 0).toISOString();
  const { calls } = await client.listCalls({ filter: `since:${since}`, limit: 1_000 });
  const found = calls.findLast((call) => clockTime(call.startedAt, call.startedAt).endsWith(reference));
  if (found !== undefined) return found;
  throw cliError('failed', {
    message: `no call began at ${reference}`,
    hint: 'mcpmux calls shows the newest',
  });
}

export function renderCall(
  call: CallDto,
  { style, width, io }: Pick<Context, 'style' | 'width' | 'io'>,
): string {
  const name = sanitizeToLine(call.name ?? call.method);
  const outcome = outcomePaint(call.outcome, style)(outcomeText(call));
  const head = `${style.bold(`#${call.id} ${name}`)}  ${outcome}`;
  const rows: [string, string][] = [
    ['when', `${clockTime(call.startedAt, io.now())}, took ${spanText(call.ms.total)}`],
    ['client', clientText(call)],
    ...(call.folder === null ? [] : [['folder', sanitizeToLine(call.folder)] as [string, string]]),
    ['Space', `${call.spaceId}${call.rule === null ? '' : `, because ${sanitizeToLine(call.rule)}`}`],
    ['server', serverText(call)],
    ...(call.code === null ? [] : [['code', call.code] as [string, string]]),
    [
      'sizes',
      `arguments ${bytesText(call.bytes.request)}, result ${bytesText(call.bytes.result)} (some ${call.estimatedTokens} tokens, estimated)`,
    ],
    ...(call.asks.length === 0 ? [] : [['asked', call.asks.join(', ')] as [string, string]]),
    ...(call.progress === 0 ? [] : [['progress', `${call.progress} times`] as [string, string]]),
    ...(call.traceId === null ? [] : [['trace', call.traceId] as [string, string]]),
    ['session', `${call.sessionId}   mcpmux calls session:${call.sessionId}`],
  ];
  return [head, renderTable(undefined, rows, { indent: '  ', width }), lanes(call, style)].join('\n');
}

function clientText(call: CallDto): string {
  const app =
    call.app === null
      ? ''
      : `${whoCalled(call)}${call.appVersion === null ? '' : ` ${sanitizeToLine(call.appVersion)}`}, `;
  return `${app}key ${sanitizeToLine(call.principal.name)}, MCP ${call.clientSide.revision}`;
}

function serverText({ server, serverSide, originalName }: CallDto): string {
  if (server === null) return 'none: it was refused before';
  const spoken = serverSide === null ? ', not reached' : `, MCP ${serverSide.revision}`;
  return `${server.alias}${originalName === null ? '' : ` (${sanitizeToLine(originalName)})`}${spoken}`;
}

const laneWidth = 30;

/** Where the time went, as bars. */
function lanes({ ms }: CallDto, style: Style): string {
  const parts: [string, number][] = [
    ['waited', ms.queue],
    ['server', ms.server - ms.stream],
    ['its stream', ms.stream],
    ['McpMux', ms.own],
  ];
  const total = Math.max(ms.total, 0.001);
  let before = 0;
  return parts
    .filter(([name, part]) => part > 0 || name === 'server')
    .map(([name, part]) => {
      const from = Math.min(laneWidth - 1, Math.floor((before / total) * laneWidth));
      const length = Math.max(1, Math.min(laneWidth - from, Math.round((part / total) * laneWidth)));
      before += part;
      const bar = `${' '.repeat(from)}${'─'.repeat(length)}`.padEnd(laneWidth);
      return `  ${style.dim(name.padEnd(10))} ${bar} ${spanText(part)}`;
    })
    .join('\n');
}
