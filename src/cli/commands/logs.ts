/**
 * cli/commands/logs — what the servers said and what happened to them; `-f` goes on until Ctrl+C.
 *
 * The daemon's own log is a file, which is read also when it does not run: then it says why.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMcpMuxError } from '../../base/index.ts';
import type { LogEntryDto, LogLevelDto } from '../../contract/index.ts';
import { prettyLine } from '../../observe/index.ts';
import { type Context, safeJson } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Style, sanitizeLines, sanitizeToLine } from '../style.ts';

export interface LogsOptions {
  readonly follow: boolean;
  readonly lines: number;
  readonly level: LogLevelDto;
  /** The daemon's own log. */
  readonly daemon: boolean;
}

export async function run(context: Context, name: string | undefined, options: LogsOptions): Promise<number> {
  const { client, style, isJson } = context;
  if (options.daemon) return showDaemonLog(context, options);
  const query = { limit: options.lines, level: options.level };
  const hasName = name === undefined;
  if (options.follow) {
    for await (const entry of client.followLog(name, query)) {
      context.print(isJson ? safeJson(entry) : renderEntry(entry, style, hasName));
    }
    return exitCodes.ok;
  }
  const log = await client.readLog(name, query).catch(async (error: unknown) => {
    if (name !== undefined || !isMcpMuxError(error, 'cli.daemon_not_running')) throw error;
    if (!existsSync(await daemonLogFile(context))) throw error;
    context.tell('mcpmux is not running; this is the end of its own log.');
    return undefined;
  });
  if (log === undefined) return showDaemonLog(context, options);
  if (isJson) context.printJson(log);
  else if (log.entries.length === 0) context.tell('No log lines yet.');
  else context.print(log.entries.map((entry) => renderEntry(entry, style, hasName)).join('\n'));
  return exitCodes.ok;
}

async function daemonLogFile(context: Context): Promise<string> {
  return join((await context.place()).settings.logsDir, 'mcpmux.log');
}

const levels: readonly string[] = ['debug', 'info', 'warn', 'error'];

/** @throws cli.failed: there is none */
async function showDaemonLog(context: Context, { lines, level, follow }: LogsOptions): Promise<number> {
  if (follow)
    throw cliError('usage', {
      message: "the daemon's log cannot be followed with -f",
      hint: `tail -f ${await daemonLogFile(context)}`,
    });
  const file = await daemonLogFile(context);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw cliError(
      'failed',
      { message: `the log ${file} cannot be read (${cause.code})`, hint: 'mcpmux start' },
      cause,
    );
  });
  const least = levels.indexOf(level);
  const wanted = text.split('\n').filter((line) => levels.indexOf(levelOf(line)) >= least && line !== '');
  const newest = wanted.slice(-lines);
  if (newest.length === 0) context.tell('No log lines yet.');
  else if (context.isJson) context.print(newest.join('\n'));
  else context.print(newest.map((line) => sanitizeLines(prettyLine(line, false)).trimEnd()).join('\n'));
  return exitCodes.ok;
}

function levelOf(line: string): string {
  return /"level":"(\w+)"/.exec(line)?.[1] ?? 'error';
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
