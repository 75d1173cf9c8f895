/**
 * cli/commands/connect — points AI clients of this machine at McpMux, shows how each stands, and takes it back.
 *
 * The files are changed here and not by the daemon: they are this person's, with this shell's variables. Keys come from
 * the daemon.
 */
import { resolve } from 'node:path';
import { isMcpMuxError } from '../../base/index.ts';
import type { ClientRow, Standing } from '../../clients/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import { connectOne } from '../clients-here/connect-one.ts';
import type { ConnectOptions } from '../clients-here/connect-options.ts';
import { disconnectOne } from '../clients-here/disconnect-one.ts';
import { openConnections } from '../clients-here/open-connections.ts';
import type { Outcome } from '../clients-here/outcome.ts';
import { renderStandings, standingJson } from '../clients-here/standing-table.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

export async function run(
  context: Context,
  names: readonly string[],
  options: ConnectOptions,
): Promise<number> {
  const machine = await openConnections(context);
  const project = options.project === undefined ? null : resolve(context.io.cwd(), options.project);
  if (names.length === 0 && !options.all) return list(context, machine, options);
  const rows = options.all
    ? await foundRows(machine, project)
    : await Promise.all(names.map((name) => rowOf(context, name)));
  if (rows.length === 0) {
    context.tell(
      'No client was found on this machine.\nnext: mcpmux connect CLIENT writes its file all the same',
    );
    return exitCodes.notFound;
  }
  refuseSilentWrite(context, options, `mcpmux connect ${options.all ? '--all' : names.join(' ')} --yes`);
  const asker = new SecretAsker(context.io);
  try {
    return await forEach(context, rows, options.all, (row) =>
      connectOne(context, machine, asker, row, project, options),
    );
  } finally {
    await asker.close();
  }
}

export async function disconnect(
  context: Context,
  names: readonly string[],
  options: { readonly all: boolean; readonly project?: string; readonly yes: boolean },
): Promise<number> {
  const machine = await openConnections(context);
  const project = options.project === undefined ? null : resolve(context.io.cwd(), options.project);
  if (names.length === 0 && !options.all)
    throw cliError('usage', {
      message: 'say which client is to be disconnected',
      hint: 'mcpmux disconnect CLIENT, or mcpmux disconnect --all',
    });
  const targets: readonly (readonly [ClientRow, string | null])[] = options.all
    ? await writtenTargets(machine)
    : await Promise.all(names.map(async (name) => [await rowOf(context, name), project] as const));
  if (targets.length === 0) {
    context.tell('No client is connected by mcpmux connect. Nothing to do.');
    return exitCodes.ok;
  }
  refuseSilentWrite(context, options, `mcpmux disconnect ${options.all ? '--all' : names.join(' ')} --yes`);
  const asker = new SecretAsker(context.io);
  try {
    return await forEach(context, targets, options.all, ([row, folder]) =>
      disconnectOne(context, machine, asker, row, folder, options),
    );
  } finally {
    await asker.close();
  }
}

type Machine = Awaited<ReturnType<typeof openConnections>>;

async function list(context: Context, machine: Machine, { project }: ConnectOptions): Promise<number> {
  if (project !== undefined)
    throw cliError('usage', {
      message: '--project goes with a client, or with --all',
      hint: `mcpmux connect --all --project ${project}`,
    });
  const url = await machine.url();
  const standings = await machine.connections.list(url);
  const copies = await machine.copies();
  if (context.isJson) {
    context.printJson({
      clients: standings.map((standing) => ({
        ...standingJson(standing, machine.place),
        copies: standing.project === null ? (copies.get(standing.row.id) ?? []) : [],
      })),
    });
    return exitCodes.ok;
  }
  context.print(renderStandings(standings, await machine.lastUses(), copies, context, machine.place));
  return exitCodes.ok;
}

async function foundRows(machine: Machine, project: string | null): Promise<readonly ClientRow[]> {
  const standings = await machine.connections.list(undefined);
  const isHere = ({ project: folder, state, file }: Standing): boolean =>
    folder === null && state !== 'absent' && file !== undefined;
  return standings
    .filter(isHere)
    .map(({ row }) => row)
    .filter((row) => project === null || row.projectFiles !== undefined);
}

async function writtenTargets(machine: Machine): Promise<readonly (readonly [ClientRow, string | null])[]> {
  const standings = await machine.connections.list(undefined);
  return standings
    .filter(({ written }) => written !== undefined)
    .map(({ row, project }) => [row, project] as const);
}

/** @throws clients.unknown_client */
async function rowOf(_context: Context, name: string): Promise<ClientRow> {
  const { findRow, clientTable, unknownClient } = await import('../../clients/index.ts');
  const row = findRow(name);
  if (row !== undefined) return row;
  const known = clientTable.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  throw unknownClient(name, didYouMean(name, known) ?? 'see all: mcpmux connect --json');
}

/** Files are written only when somebody saw what comes: a person, or whoever wrote `--yes`. @throws cli.usage */
function refuseSilentWrite(
  context: Context,
  { yes, print = false }: { readonly yes: boolean; readonly print?: boolean },
  again: string,
): void {
  if (yes || print || (context.io.stdin.isTTY === true && !context.isJson)) return;
  throw cliError('usage', {
    message: 'this changes files of other programs, and nobody is here to be asked',
    hint: `${again} (to look first: --print)`,
  });
}

/** With several, one that fails does not keep the others from being done. */
async function forEach<T>(
  context: Context,
  targets: readonly T[],
  goesOn: boolean,
  act: (target: T) => Promise<Outcome>,
): Promise<number> {
  const outcomes: Outcome[] = [];
  for (const [at, target] of targets.entries()) {
    if (at > 0 && !context.isJson) context.tell('');
    try {
      outcomes.push(await act(target));
    } catch (error) {
      if (!isMcpMuxError(error) || (!goesOn && targets.length === 1) || error.kind === 'cancelled')
        throw error;
      outcomes.push({
        ok: false,
        json: { error: error.message, code: error.code, nextStep: error.hint ?? null },
      });
      if (!context.isJson) {
        context.tell(`mcpmux: ${error.message}`);
        if (error.hint !== undefined) context.tell(`  next: ${error.hint}`);
      }
    }
  }
  if (context.isJson) context.printJson({ clients: outcomes.map(({ json }) => json) });
  return outcomes.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.partial;
}
