/**
 * cli/commands/update — newer versions of installed packages: lists them, installs one and says what changed, checks the locks.
 */
import type { UpdateDto } from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { outcomeCode, renderOutcome, settle } from './add.ts';

const settleSeconds = 60;

export async function outdated(context: Context): Promise<number> {
  const { updates } = await withProgress(
    context.io,
    () => 'asking for newer versions',
    () => context.client.listUpdates(),
  );
  if (context.isJson) context.printJson({ updates });
  else if (updates.length === 0) context.tell('Every installed package is the newest.');
  else {
    const { style, width } = context;
    const rows = updates.map((update) => [
      sanitizeToLine(update.name),
      sanitizeToLine(update.from),
      sanitizeToLine(update.to),
      update.held === null ? '' : style.yellow(`held: ${sanitizeToLine(update.held)}`),
    ]);
    context.print(renderTable(['SERVER', 'HAS', 'NEWEST', ''], rows, { width, heading: style.dim }));
    context.tell(`Update one: mcpmux update ${updates[0]?.alias ?? 'SERVER'}`);
  }
  return exitCodes.ok;
}

export interface UpdateOptions {
  readonly to?: string;
  readonly acceptPublisher: boolean;
  readonly yes: boolean;
}

export async function update(context: Context, name: string, options: UpdateOptions): Promise<number> {
  const { client } = context;
  const version = options.to === undefined ? {} : { version: options.to };
  const { update: plan, server } = await withProgress(
    context.io,
    () => 'asking for the version',
    () => client.updateServer(name, { ...version, isDryRun: true }),
  );
  if (plan.from === plan.to) {
    context.tell(`${sanitizeToLine(plan.name)} has ${sanitizeToLine(plan.to)} already.`);
    return exitCodes.ok;
  }
  tellPlan(context, plan);
  if (plan.held !== null && !options.acceptPublisher)
    throw cliError('usage', {
      message: `${plan.name} is not updated: ${plan.held}`,
      hint: `look into it; when you trust it: mcpmux update ${plan.alias} --to ${plan.to} --accept-publisher`,
    });
  if (!options.yes && !(await confirm(context, plan))) return exitCodes.interrupted;
  const before = await toolsOf(context, server.id);
  const { server: changed } = await withProgress(
    context.io,
    () => `installing ${sanitizeToLine(plan.package)} ${sanitizeToLine(plan.to)}`,
    () =>
      client.updateServer(name, {
        version: plan.to,
        ...(options.acceptPublisher ? { acceptsPublisher: true } : {}),
      }),
  );
  const settled = await settle(context, changed, settleSeconds);
  const tools =
    settled.state.status === 'connected' ? compare(before, await toolsOf(context, server.id)) : [];
  if (context.isJson) context.printJson({ update: plan, tools, server: settled });
  else {
    context.print(renderOutcome(settled, context));
    for (const line of tools) context.print(`  ${line}`);
    context.tell(`Undo: mcpmux update ${plan.alias} --to ${plan.from} --yes`);
  }
  return outcomeCode(settled);
}

function tellPlan(context: Context, plan: UpdateDto): void {
  if (context.isJson) return;
  const show = (value: string | null): string => sanitizeToLine(value ?? 'not named');
  const rows = [
    ['version', `${show(plan.from)} → ${show(plan.to)}`],
    ...(['publisher', 'repository'] as const).flatMap((what) => {
      const { before, after } = plan[what];
      if (before === null && after === null) return [];
      const text = before === after ? show(after) : context.style.yellow(`${show(before)} → ${show(after)}`);
      return [[what, text]];
    }),
  ];
  context.tell(`${context.style.bold(sanitizeToLine(plan.name))}: ${sanitizeToLine(plan.package)}`);
  context.tell(renderTable(undefined, rows, { indent: '  ', width: context.width }));
}

async function confirm(context: Context, plan: UpdateDto): Promise<boolean> {
  const asker = new SecretAsker(context.io);
  try {
    if (!asker.isTerminal || context.isJson)
      throw cliError('usage', {
        message: 'nobody is here to say yes',
        hint: `mcpmux update ${plan.alias} --to ${plan.to} --yes`,
      });
    const isWanted = await asker.confirm('Update?', true);
    if (!isWanted) context.tell('Nothing was changed.');
    return isWanted;
  } finally {
    await asker.close();
  }
}

async function toolsOf({ client }: Context, server: string): Promise<ReadonlyMap<string, string>> {
  const { features } = await client.listFeatures(server);
  return new Map(
    features
      .filter(({ kind }) => kind === 'tool')
      .map(({ originalName, item }) => [originalName, JSON.stringify(item)]),
  );
}

function compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const lines: string[] = [];
  for (const [name, item] of after)
    if (!before.has(name)) lines.push(`new tool: ${sanitizeToLine(name)}`);
    else if (before.get(name) !== item) lines.push(`changed tool: ${sanitizeToLine(name)}`);
  for (const name of before.keys())
    if (!after.has(name))
      lines.push(
        `no longer offered: ${sanitizeToLine(name)} (gone, or changed and held until you have looked at it)`,
      );
  return lines.length === 0 ? ['its tools are the same'] : lines.sort();
}

export async function verify(context: Context): Promise<number> {
  const { locks } = await withProgress(
    context.io,
    () => 'reading the installed packages',
    () => context.client.verifyLocks(),
  );
  const broken = locks.filter(({ fault }) => fault !== null);
  if (context.isJson) context.printJson({ locks });
  else {
    const { style, width } = context;
    const rows = locks.map(({ name, package: item, version, fault, folder }) => [
      sanitizeToLine(name),
      `${sanitizeToLine(item)} ${sanitizeToLine(version)}`,
      fault === null ? style.green('as installed') : style.red(`${sanitizeToLine(fault)}\n${folder}`),
    ]);
    if (rows.length === 0) context.tell('No server is kept as an installed package.');
    else context.print(renderTable(['SERVER', 'PACKAGE', 'FILES'], rows, { width, heading: style.dim }));
    if (broken.length > 0)
      context.tell(
        `Install it anew: stop using it, delete the folder, then: mcpmux update ${broken[0]?.name} --yes`,
      );
  }
  return broken.length === 0 ? exitCodes.ok : exitCodes.partial;
}
