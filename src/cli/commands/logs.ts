/**
 * cli/commands/logs — what the servers said and what happened to them; `-f` goes on until Ctrl+C.
 */
import type { LogEntryDto, LogLevelDto } from '../../contract/index.ts';
import { type Context, safeJson } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Style, sanitizeToLine } from '../style.ts';

export interface LogsOptions {
  readonly follow: boolean;
  readonly lines: number;
  readonly level: LogLevelDto;
}

export async function run(context: Context, name: string | undefined, options: LogsOptions): Promise<number> {
  const { client, style, isJson } = context;
  const query = { limit: options.lines, level: options.level };
  const hasName = name === undefined;
  if (options.follow) {
    for await (const entry of client.followLog(name, query)) {
      context.print(isJson ? safeJson(entry) : renderEntry(entry, style, hasName));
    }
    return exitCodes.ok;
  }
  const log = await client.readLog(name, query);
  if (isJson) context.printJson(log);
  else if (log.entries.length === 0) context.tell('No log lines yet.');
  else context.print(log.entries.map((entry) => renderEntry(entry, style, hasName)).join('\n'));
  return exitCodes.ok;
}

function renderEntry(entry: LogEntryDto, style: Style, hasName: boolean): string {
  const facts = Object.entries(entry.facts).map(([name, value]) => `${name}=${value}`);
  return [
    style.dim(new Date(entry.at).toISOString()),
    levelPaint(entry.level, style)(entry.level.padEnd(5)),
    ...(hasName ? [style.cyan(sanitizeToLine(entry.serverName))] : []),
    style.dim(entry.source),
    sanitizeToLine(entry.message),
    ...(facts.length === 0 ? [] : [style.dim(sanitizeToLine(facts.join(' ')))]),
  ].join(' ');
}

function levelPaint(level: LogLevelDto, style: Style): (text: string) => string {
  switch (level) {
    case 'error':
      return style.red;
    case 'warn':
      return style.yellow;
    case 'info':
      return style.green;
    case 'debug':
      return style.dim;
  }
}
