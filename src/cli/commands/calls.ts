/**
 * cli/commands/calls — what clients called, by filter; `-f` goes on until Ctrl+C, `--json` gives one object a line.
 */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type CallDto, CallFilterError, type CallPageDto, parseCallFilter } from '../../contract/index.ts';
import { clockTime, outcomePaint, outcomeText, spanText, whatWasCalled, whoCalled } from '../call-text.ts';
import { type Context, safeJson } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { renderTable } from '../table.ts';

export interface CallsOptions {
  readonly follow: boolean;
  readonly all: boolean;
  readonly lines: number;
  readonly since?: string;
}

/** One page of an export. */
const pageSize = 1_000;

export async function run(
  context: Context,
  words: readonly string[],
  options: CallsOptions,
): Promise<number> {
  const filter = filterText(words, options.since, context);
  const { client, isJson } = context;
  const limit = options.all ? pageSize : options.lines;
  if (options.follow) {
    let hasHead = false;
    for await (const call of client.followCalls({ filter, limit: options.lines })) {
      if (isJson) context.print(safeJson(call));
      else {
        context.print(followLine(call, context, !hasHead));
        hasHead = true;
      }
    }
    return exitCodes.ok;
  }
  const page = await client.listCalls({ filter, limit });
  if (isJson) return exportPages(context, filter, page, options);
  if (page.calls.length === 0) {
    context.tell(
      filter === ''
        ? 'No calls yet. Ask a client to use a tool, or try one: mcpmux call TOOL'
        : 'Nothing matches.',
    );
  } else context.print(renderCalls(page, context));
  tellGaps(page, context);
  return exitCodes.ok;
}

/** The filter as one text; folders as the daemon knows them. @throws cli.usage */
export function filterText(
  words: readonly string[],
  since: string | undefined,
  { io }: Pick<Context, 'io'>,
): string {
  const all = since === undefined ? words : [...words, `since:${since}`];
  const text = all
    .map((word) => (word.startsWith('folder:') ? `folder:${absolute(word.slice(7))}` : word))
    .map((word) =>
      /\s/.test(word) && !word.includes('"') ? word.replace(/^([a-z]+:)?(.*)$/, '$1"$2"') : word,
    )
    .join(' ');
  try {
    parseCallFilter(text, io.now());
  } catch (error) {
    if (error instanceof CallFilterError)
      throw cliError('usage', { message: error.message, hint: error.hint });
    throw error;
  }
  return text;
}

function absolute(folder: string): string {
  const path = folder.replaceAll('"', '');
  return path.startsWith('/') || path === '' ? path : resolve(path.replace(/^~(?=$|\/)/, homedir()));
}

async function exportPages(
  context: Context,
  filter: string,
  first: CallPageDto,
  { all }: CallsOptions,
): Promise<number> {
  for (let page = first; ; ) {
    for (const call of page.calls) context.print(safeJson(call));
    if (!all || page.nextCursor === null) return exitCodes.ok;
    page = await context.client.listCalls({ filter, limit: pageSize, cursor: page.nextCursor });
  }
}

function renderCalls({ calls, nextCursor }: CallPageDto, { style, io, width }: Context): string {
  const now = io.now();
  const table = renderTable(
    ['#', 'WHEN', 'CLIENT', 'TOOL', 'TOOK', 'OUTCOME'],
    [...calls]
      .reverse()
      .map((call) => [
        String(call.id),
        clockTime(call.startedAt, now),
        whoCalled(call),
        whatWasCalled(call),
        spanText(call.ms.total),
        outcomePaint(call.outcome, style)(outcomeText(call)),
      ]),
    { width, heading: style.dim, rightAligned: [0, 4] },
  );
  const last = calls.find(({ outcome }) => outcome !== 'ok') ?? calls[0];
  const more = nextCursor === null ? '' : style.dim('There are older ones: -n NUMBER shows more.\n');
  return `${table}\n${more}${style.dim(`One: mcpmux calls show ${last?.id}`)}`;
}

function followLine(call: CallDto, { style, io }: Context, isFirst: boolean): string {
  const line = [
    style.dim(`${String(call.id).padStart(6)}  ${clockTime(call.startedAt, io.now())}`),
    whoCalled(call).padEnd(16),
    whatWasCalled(call).padEnd(36),
    spanText(call.ms.total).padStart(8),
    outcomePaint(call.outcome, style)(outcomeText(call)),
  ].join('  ');
  const head = `${'#'.padStart(6)}  ${'WHEN'.padEnd(8)}  ${'CLIENT'.padEnd(16)}  ${'TOOL'.padEnd(36)}  ${'TOOK'.padStart(8)}  OUTCOME`;
  return isFirst ? `${style.dim(head)}\n${line}` : line;
}

function tellGaps({ counts }: CallPageDto, context: Context): void {
  const { dropped, mayMissBefore, since } = counts;
  const now = context.io.now();
  if (dropped > 0)
    context.tell(
      `${dropped} calls since ${clockTime(since, now)} are missing here: more ended than could be stored.`,
    );
  if (mayMissBefore !== null)
    context.tell(
      `The daemon was killed before ${clockTime(mayMissBefore, now)}; calls of the moment before may be missing.`,
    );
}
