/**
 * cli/commands/add — installs a server, says exactly what will be run, and waits for the outcome.
 */
import type { AddServerBody, ServerDetailDto, ServerDto } from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseInputOptions } from '../key-value-options.ts';
import { inputRows, launchCommandLine, launchDetails } from '../launch-description.ts';
import { type LaunchOptions, offerToSeal, readLaunch } from '../launch-options.ts';
import { withProgress } from '../progress.ts';
import { formatCounts, stateLines, statusColour, statusLabel } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface AddOptions extends LaunchOptions {
  readonly input?: readonly string[];
  readonly alias?: string;
  readonly allowExec: boolean;
  /** False with --no-seal. */
  readonly seal: boolean;
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
  let seals = options.seal;
  try {
    launch = await readLaunch(context, target, options, asker);
    inputValues = await parseInputOptions(options.input ?? [], asker);
    if (seals) seals = await offerToSeal(context, launch, asker);
  } finally {
    await asker.close();
  }
  const body: AddServerBody = {
    name,
    launch: options.allowExec ? { ...launch, allowsExec: true } : launch,
    ...(seals ? {} : { sealsSecrets: false }),
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
    lines.push('it is still connecting in the background', 'next: mcpmux status');
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
