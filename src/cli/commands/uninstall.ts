/**
 * cli/commands/uninstall — takes McpMux off this machine: says first what goes, what stays and why.
 *
 * It removes what it owns, by its own records, and never sweeps. The data folder goes only with --purge.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isMcpMuxError } from '../../base/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import { disconnectOne } from '../clients-here/disconnect-one.ts';
import { type Machine, openConnections } from '../clients-here/open-connections.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { openService } from '../service/open-service.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { stopAndWait } from './stop.ts';

export interface UninstallOptions {
  readonly yes: boolean;
  readonly purge: boolean;
  readonly dryRun: boolean;
}

interface Item {
  readonly what: string;
  readonly where: string;
  readonly why?: string;
}

export async function run(context: Context, options: UninstallOptions): Promise<number> {
  const machine = await openConnections(context);
  const service = await openService(context);
  const { dataDir, settings } = await context.place();
  const standings = await machine.connections.list();
  const written = standings.filter((one) => one.written !== undefined);
  const mine = written.filter(({ state }) => state !== 'changed-by-hand');
  const theirs = written.filter(({ state }) => state === 'changed-by-hand');
  const state = await service.examine();
  const pid = await context.client.getStatus().then(
    (status) => status.pid,
    () => undefined,
  );
  const goes: Item[] = [
    ...mine.map(({ row, file }) => ({ what: `entry in ${row.name}`, where: file ?? '' })),
    ...(state.isInstalled ? [{ what: 'service', where: service.plan.file }] : []),
    ...(pid === undefined ? [] : [{ what: 'daemon and its servers', where: `pid ${pid}` }]),
    ...(options.purge ? [{ what: 'servers, keys, secrets, copies, logs', where: dataDir }] : []),
  ];
  const stays: Item[] = [
    ...theirs.map(({ row, file }) => ({
      what: `entry in ${row.name}`,
      where: file ?? '',
      why: `changed by hand; mcpmux disconnect ${row.id} takes it out`,
    })),
    ...(options.purge
      ? []
      : [
          {
            what: 'servers, keys, secrets, copies, logs',
            where: dataDir,
            why: 'so that it can come back; --purge removes it',
          },
        ]),
    ...(options.purge && settings.keySource === 'keychain'
      ? [{ what: 'root key', where: "this system's keychain", why: 'opens nothing any more' }]
      : []),
    { what: 'the program', where: 'npm', why: 'it runs just now; last of all: npm uninstall -g mcpmux' },
  ];
  if (!context.isJson) context.print(renderItems(goes, stays, context));
  if (options.dryRun) {
    if (context.isJson) context.printJson({ goes, stays, isDone: false });
    return exitCodes.ok;
  }
  await confirmed(context, options, dataDir);
  if (options.purge) await refuseForeignFolder(dataDir);
  const failures = await carryOut(context, machine, {
    mine,
    pid,
    hasService: state.isInstalled,
    service,
    dataDir,
    purge: options.purge,
  });
  if (context.isJson) context.printJson({ goes, stays, isDone: failures.length === 0, failures });
  else {
    for (const failure of failures) context.tell(`mcpmux: ${sanitizeToLine(failure)}`);
    context.tell(
      failures.length === 0
        ? 'Done. The program itself: npm uninstall -g mcpmux'
        : 'Not all of it was done. Run it again when that is put right.',
    );
  }
  return failures.length === 0 ? exitCodes.ok : exitCodes.partial;
}

function renderItems(goes: readonly Item[], stays: readonly Item[], { width, style }: Context): string {
  const rows = (items: readonly Item[]): string[][] =>
    items.map(({ what, where, why }) => [sanitizeToLine(what), sanitizeToLine(where), why ?? '']);
  const table = (items: readonly Item[]): string =>
    renderTable(undefined, rows(items), { indent: '  ', width });
  return [
    style.bold('Goes:'),
    goes.length === 0 ? '  nothing' : table(goes),
    style.bold('Stays:'),
    table(stays),
    '',
  ].join('\n');
}

/** What cannot be taken back is confirmed by the name of the folder. @throws cli.usage, cli.interrupted */
async function confirmed(context: Context, { yes, purge }: UninstallOptions, dataDir: string): Promise<void> {
  if (yes) return;
  const asker = new SecretAsker(context.io);
  try {
    if (context.isJson || !asker.isTerminal)
      throw cliError('usage', {
        message: 'nobody is here to be asked',
        hint: `mcpmux uninstall${purge ? ' --purge' : ''} --yes (to look first: --dry-run)`,
      });
    if (!purge) {
      if (!(await asker.confirm('Uninstall?', false))) throw cliError('interrupted');
      return;
    }
    const typed = await asker.askOpenly(
      `This cannot be taken back. Type the folder to remove it (${dataDir})`,
    );
    if (typed.trim() !== dataDir)
      throw cliError('usage', {
        message: 'that is another folder; nothing was removed',
        hint: 'a copy first: mcpmux backup FILE',
      });
  } finally {
    await asker.close();
  }
}

interface Work {
  readonly mine: Awaited<ReturnType<Machine['connections']['list']>>;
  readonly pid: number | undefined;
  readonly hasService: boolean;
  readonly service: Awaited<ReturnType<typeof openService>>;
  readonly dataDir: string;
  readonly purge: boolean;
}

async function carryOut(context: Context, machine: Machine, work: Work): Promise<string[]> {
  const failures: string[] = [];
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      failures.push((error as Error).message);
    }
  };
  const asker = new SecretAsker(context.io);
  const quiet = { ...context, print: () => {} };
  for (const { row, project } of work.mine)
    await attempt(() => disconnectOne(quiet, machine, asker, row, project, { all: true, yes: true }));
  await asker.close();
  if (work.hasService) await attempt(() => work.service.uninstall());
  await attempt(async () => {
    await stopAndWait(context).catch((error: unknown) => {
      if (!isMcpMuxError(error, 'cli.nothing_to_stop')) throw error;
    });
  });
  // With anything left behind, the record of it must not go.
  if (work.purge && failures.length === 0)
    await attempt(() => rm(work.dataDir, { recursive: true, force: true, maxRetries: 5 }));
  return failures;
}

/** A folder is only removed when it is ours: by what is in it, not by what somebody wrote into a variable. @throws cli.usage */
async function refuseForeignFolder(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => []);
  const isOurs = names.some((name) => /^mcpmux\.db|^client-key$|^run$/.test(name));
  const isRoot = resolve(dataDir) === dirname(resolve(dataDir)) || basename(dataDir) === '';
  if (names.length === 0 || (isOurs && !isRoot)) return;
  throw cliError('usage', {
    message: `${dataDir} does not look like a data folder of McpMux, so it is not removed`,
    hint: 'look into it, then remove it by hand',
  });
}
