/**
 * cli/commands/import — brings the servers of clients and files here: shows what would run, asks, adds, and can take it back.
 */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { isMcpMuxError } from '../../base/index.ts';
import type { Candidate, ImportPlan, ImportSource } from '../../clients/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import { addCandidates, type Brought } from '../clients-here/add-candidates.ts';
import { candidateJson, renderPlan } from '../clients-here/import-table.ts';
import { type Machine, openConnections } from '../clients-here/open-connections.ts';
import { takeOutOfClients } from '../clients-here/take-out-of-clients.ts';
import { undoImport } from '../clients-here/undo-import.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readAllInput } from '../io.ts';

export interface ImportOptions {
  readonly yes: boolean;
  readonly print: boolean;
  readonly undo: boolean;
  /** Also out of the clients' files. */
  readonly remove: boolean;
  /** Variables that change what is executed. */
  readonly allowEnv: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  readonly waitSeconds: number;
}

export async function run(
  context: Context,
  words: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const machine = await openConnections(context);
  const asker = new SecretAsker(context.io);
  try {
    if (options.undo) return await undoImport(context, machine, asker, options);
    const { sources, failures } = await readSources(context, machine, words);
    await machine.status();
    const { servers: installed } = await context.client.listServers();
    const { planImport } = await import('../../clients/index.ts');
    const plan = planImport(sources, installed);
    const refusals = await refusedVariables(plan, options.allowEnv);
    const wanted = plan.candidates.filter((one) => one.installedAs === undefined && !refusals.has(one));
    if (!context.isJson) {
      for (const failure of failures) context.tell(context.style.yellow(`note: ${failure.message}`));
      context.print(renderPlan(plan, sources, refusals, machine.place, context));
    }
    const hasCopies = plan.candidates.some(
      ({ installedAs, from }) =>
        installedAs !== undefined && from.some(({ source }) => source.row !== undefined),
    );
    const isNothing = wanted.length === 0 && !(options.remove && hasCopies);
    if (options.print || isNothing) return tellOnly(context, plan, refusals, sources);
    if (!options.yes && (context.isJson || !asker.isTerminal))
      throw cliError('usage', {
        message: 'this adds servers, and nobody is here to be asked',
        hint: `${['mcpmux import', ...words].join(' ')} --yes (to look first: --print)`,
      });
    const count = `${wanted.length} ${wanted.length === 1 ? 'server' : 'servers'}`;
    const question =
      wanted.length === 0 ? "Take out of the clients' files what is here already?" : `Import ${count}?`;
    if (!options.yes && !(await asker.confirm(question, true))) {
      context.tell('Nothing was imported.');
      return exitCodes.ok;
    }
    const brought = await addCandidates(context, wanted, options);
    const takenOut = await takeOutOfClients(context, machine, asker, plan, brought, options);
    await note(context, machine, brought, takenOut);
    return report(context, brought, plan);
  } finally {
    await asker.close();
  }
}

async function readSources(
  context: Context,
  { place }: Machine,
  words: readonly string[],
): Promise<{ readonly sources: readonly ImportSource[]; readonly failures: readonly Error[] }> {
  const clients = await import('../../clients/index.ts');
  if (words.length === 0) return clients.readAllSources(place);
  const sources: ImportSource[] = [];
  for (const word of words) {
    const row = clients.findRow(word);
    if (word === '-') {
      const text = await readAllInput(context.io.stdin);
      sources.push(await clients.readTextSource(place, text, 'standard input', 'standard input'));
    } else if (row !== undefined) {
      const source = await clients.readClientSource(place, row);
      if (source !== undefined) sources.push(source);
      else context.tell(`${row.name} has no servers in its file.`);
    } else if (/[\\/.]/.test(word)) {
      const file = resolve(context.io.cwd(), word.replace(/^~(?=[\\/])/, homedir()));
      sources.push(await clients.readFileSource(place, file, word));
    } else {
      const { didYouMean } = await import('../did-you-mean.ts');
      const known = clients.clientTable.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
      throw clients.unknownClient(
        word,
        didYouMean(word, known) ?? 'a file is named with its ending: mcpmux import servers.json',
      );
    }
  }
  return { sources, failures: [] };
}

/** Why a candidate is not brought in: a variable in it would change what is executed. */
async function refusedVariables(
  { candidates }: ImportPlan,
  isAllowed: boolean,
): Promise<ReadonlyMap<Candidate, string>> {
  const refusals = new Map<Candidate, string>();
  if (isAllowed) return refusals;
  const { whyVariableIsRefused } = await import('../../registry/index.ts');
  for (const candidate of candidates) {
    const { launch } = candidate.server;
    if (launch.kind !== 'stdio' || candidate.installedAs !== undefined) continue;
    for (const name of Object.keys(launch.env)) {
      const why = whyVariableIsRefused(name);
      if (why !== undefined)
        refusals.set(candidate, `its variable ${name} ${why}; to import it all the same: --allow-env`);
    }
  }
  return refusals;
}

function tellOnly(
  context: Context,
  plan: ImportPlan,
  refusals: ReadonlyMap<Candidate, string>,
  sources: readonly ImportSource[],
): number {
  if (context.isJson)
    context.printJson({
      servers: plan.candidates.map((one) => candidateJson(one, refusals.get(one))),
      refused: plan.refused.map(({ name, reason, source }) => ({ name, reason, file: source.file })),
    });
  else if (sources.length === 0)
    context.tell(
      'No servers were found in the files of clients on this machine.\nnext: mcpmux add NAME -- COMMAND…',
    );
  return exitCodes.ok;
}

async function note(
  context: Context,
  { connections }: Machine,
  brought: readonly Brought[],
  takenOut: Awaited<ReturnType<typeof takeOutOfClients>>,
): Promise<void> {
  const { readImports, writeImports } = await import('../../clients/index.ts');
  const servers = brought.flatMap(({ server }) =>
    server === undefined ? [] : [{ id: server.id, name: server.name }],
  );
  if (servers.length === 0 && takenOut.length === 0) return;
  const before = await readImports(connections.ledger);
  await writeImports(connections.ledger, [...before, { at: context.io.now(), servers, takenOut }]);
}

function report(context: Context, brought: readonly Brought[], plan: ImportPlan): number {
  const added = brought.filter(({ server }) => server !== undefined);
  if (context.isJson)
    context.printJson({
      imported: brought.map(({ candidate, server, error }) => ({
        name: candidate.name,
        server: server ?? null,
        error: isMcpMuxError(error) ? error.message : (error?.message ?? null),
      })),
      refused: plan.refused.map(({ name, reason, source }) => ({ name, reason, file: source.file })),
      undo: 'mcpmux import --undo',
    });
  else {
    context.tell(`Imported ${added.length}. Undo: mcpmux import --undo`);
    context.tell('Next: mcpmux connect --all');
  }
  const isWell = brought.every(
    ({ server }) =>
      server !== undefined &&
      !['failed', 'needs-configuration', 'sign-in-required'].includes(server.state.status),
  );
  return isWell ? exitCodes.ok : exitCodes.partial;
}
