/**
 * cli/commands/add — installs a server, says exactly what will be run, and waits for the outcome.
 */
import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { AddServerBody, ServerDetailDto, ServerDto } from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { parseEnvOptions, parseHeaderOptions, parseInputOptions } from '../key-value-options.ts';
import { inputRows, launchCommandLine, launchDetails } from '../launch-description.ts';
import { withProgress } from '../progress.ts';
import { formatCounts, stateLines, statusColour, statusLabel } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface AddOptions {
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly input?: readonly string[];
  readonly cwd?: string;
  readonly alias?: string;
  readonly transport?: string;
  readonly allowExec: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  /** Seconds. */
  readonly waitSeconds: number;
}

const moving: ReadonlySet<string> = new Set(['connecting', 'refreshing']);

export async function run(
  context: Context,
  name: string,
  target: readonly string[],
  options: AddOptions,
): Promise<number> {
  const asker = new SecretAsker(context.io);
  let launch: AddServerBody['launch'];
  let inputValues: Record<string, string>;
  try {
    launch = await readLaunch(context, target, options, asker);
    inputValues = await parseInputOptions(options.input ?? [], asker);
  } finally {
    await asker.close();
  }
  const body: AddServerBody = {
    name,
    launch,
    ...(options.input === undefined ? {} : { inputValues }),
    ...(options.alias === undefined ? {} : { alias: options.alias }),
  };
  const added = await context.client.addServer(body);
  if (!context.isJson) context.tell(renderAdded(added, context));
  const server = options.wait ? await settle(context, added, options.waitSeconds) : added;
  if (context.isJson) context.printJson(server);
  else if (options.wait) context.print(renderOutcome(server, context));
  return options.wait ? outcomeCode(server) : exitCodes.ok;
}

/** Reads what follows the name: one URL, or a command with its arguments. @throws cli.usage */
async function readLaunch(
  { io }: Context,
  target: readonly string[],
  options: AddOptions,
  asker: SecretAsker,
): Promise<AddServerBody['launch']> {
  const [first, ...rest] = target;
  const { env = [], header = [] } = options;
  if (first === undefined) {
    throw cliError('usage', {
      message: 'what is to be run or reached is missing',
      hint: 'mcpmux add NAME -- COMMAND ARGS…, or mcpmux add NAME URL',
    });
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(first)) {
    refuse(rest.length > 0, `nothing may follow the URL, but there is "${rest[0]}"`);
    refuse(env.length > 0, '-e is for servers that are run; a URL takes -H');
    refuse(options.cwd !== undefined, '--cwd is for servers that are run, not for URLs');
    return {
      kind: 'http',
      url: first,
      headers: await parseHeaderOptions(header, asker),
      ...(options.transport === undefined ? {} : { flavour: options.transport as 'http' | 'sse' }),
      ...(options.allowExec ? { allowsExec: true } : {}),
    };
  }
  refuse(header.length > 0, '-H is for URLs; a server that is run takes -e');
  refuse(options.transport !== undefined, '--transport is for URLs');
  const cwd =
    options.cwd === undefined ? await folderOfRelativePaths(target, io) : resolve(io.cwd(), options.cwd);
  return {
    kind: 'stdio',
    command: first,
    args: rest,
    ...(cwd === undefined ? {} : { cwd }),
    env: await parseEnvOptions(env, io, asker),
    ...(options.allowExec ? { allowsExec: true } : {}),
  };
}

/**
 * A server runs in a folder of its own. When a word names a file relative to here (`node dist/server.js`), that file is
 * meant, so the server runs here.
 *
 * @returns undefined when no word does
 */
async function folderOfRelativePaths(words: readonly string[], io: Io): Promise<string | undefined> {
  for (const word of words) {
    const looksLikePath = /[\\/]/.test(word) || /\.[A-Za-z0-9]{1,5}$/.test(word);
    if (!looksLikePath || word.startsWith('-') || isAbsolute(word)) continue;
    try {
      await access(resolve(io.cwd(), word));
      return io.cwd();
    } catch {
      // No such file here: a package name with a scope, or a path that means something to the command alone.
    }
  }
  return undefined;
}

function refuse(isWrong: boolean, message: string): void {
  if (isWrong) throw cliError('usage', { message, hint: 'mcpmux help add' });
}

/** Waits until the state stands still. */
export function settle(
  context: Context,
  added: ServerDto,
  waitSeconds: number,
): Promise<ServerDetailDto | ServerDto> {
  const { client, io } = context;
  const until = io.now() + waitSeconds * 1000;
  const startedAt = io.now();
  const says = (): string =>
    `waiting for ${sanitizeToLine(added.name)} (${Math.round((io.now() - startedAt) / 1000)} of at most ${waitSeconds} s)`;
  return withProgress(io, says, async () => {
    let server: ServerDetailDto | ServerDto = added;
    for (let leftMs = until - io.now(); leftMs > 0; leftMs = until - io.now()) {
      const askedMs = Math.min(leftMs, 60_000);
      const askedAt = io.now();
      server = await client.awaitServer(added.id, askedMs);
      // An answer before its time says that nothing is going to change by itself.
      if (!moving.has(server.state.status) || io.now() - askedAt < askedMs) break;
    }
    return server;
  });
}

function renderAdded(server: ServerDto, { style, width }: Context): string {
  const rows = [
    [server.launch.kind === 'stdio' ? 'runs' : 'reaches', launchCommandLine(server.launch)],
    ...launchDetails(server.launch).map(([label, value]) => [label, sanitizeToLine(value)]),
    ...inputRows(server.inputs),
    ['alias', `${server.alias} ${style.dim(`(its tools are called ${server.alias}_…)`)}`],
  ];
  return `Added ${style.bold(sanitizeToLine(server.name))}\n${renderTable(undefined, rows, { indent: '  ', width })}`;
}

export function renderOutcome(server: ServerDto, { style, io }: Context): string {
  const { state } = server;
  const word = statusColour(state.status, style)(statusLabel(state.status));
  const counts = formatCounts(server.counts);
  const lines = stateLines(state, io.now());
  if (moving.has(state.status)) {
    lines.push('it goes on in the background', 'next: mcpmux status');
  }
  const head = `${sanitizeToLine(server.name)}: ${word}${state.status === 'connected' && counts !== '' ? `, ${counts}` : ''}`;
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

export function outcomeCode({ state }: ServerDto): number {
  if (state.status === 'connected' || state.status === 'disabled') return exitCodes.ok;
  // There is nothing to do: it sleeps until it is needed.
  if (state.status === 'disconnected' && state.nextStep === null) return exitCodes.ok;
  if (state.status === 'sign-in-required') return exitCodes.signInNeeded;
  return exitCodes.partial;
}
