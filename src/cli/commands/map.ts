/**
 * cli/commands/map — mappings: which Space and sets a folder leads to.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MappingDto, MappingListDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { quoteShellWord } from '../launch-description.ts';
import { meansFolder, readFolder } from '../read-folder.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

interface TargetOptions {
  readonly set?: readonly string[];
  readonly nothing?: boolean;
  readonly children?: boolean;
}

const policies = {
  starter: "the default Space's Starter",
  ask: 'nothing, until you map them',
  nothing: 'nothing',
} as const;

export async function list(context: Context): Promise<number> {
  const list = await context.client.listMappings();
  if (context.isJson) {
    context.printJson(list);
    return exitCodes.ok;
  }
  const { style } = context;
  if (list.mappings.length === 0)
    context.print('No folder is mapped. Map one: mcpmux map add FOLDER --set SET');
  else
    context.print(
      renderTable(
        ['FOLDER OR ID', 'SPACE', 'SETS'],
        list.mappings.map((mapping) => [
          `${sanitizeToLine(mapping.key)}${mapping.hasChildren ? ' and within' : ''}${mapping.isThere === false ? style.yellow(' (not there)') : ''}`,
          mapping.space,
          setsOf(mapping),
        ]),
        { heading: style.dim, width: context.width },
      ),
    );
  describeUnmapped(context, list);
  return exitCodes.ok;
}

function describeUnmapped(context: Context, { unmapped, unmappedPolicy }: MappingListDto): void {
  const now = context.io.now();
  if (unmapped.length === 0) {
    context.tell(`Folders that nobody mapped get ${policies[unmappedPolicy]}.`);
    return;
  }
  context.print('');
  context.print(`Not mapped; they get ${policies[unmappedPolicy]}:`);
  context.print(
    renderTable(
      undefined,
      unmapped.map(({ folder, client, lastSeenAt }) => [
        sanitizeToLine(folder),
        sanitizeToLine(client),
        formatAgo(lastSeenAt, now),
      ]),
      { indent: '  ', width: context.width },
    ),
  );
}

export async function add(context: Context, key: string, options: TargetOptions): Promise<number> {
  const mapping = await context.client.createMapping({
    key: await readKey(context, key),
    ...targetOf(options),
    ...(options.children === true && { hasChildren: true }),
  });
  return told(context, mapping, [
    `${sanitizeToLine(mapping.key)}${mapping.hasChildren ? ' and all within it' : ''} → ${setsOf(mapping)} of the Space ${mapping.space}.`,
    ...(mapping.isThere === false ? ['warning: that folder is not there now'] : []),
    ...((await looksLikeFolder(context, key))
      ? [
          `warning: "${sanitizeToLine(key)}" was taken as an id; for the folder here write ./${sanitizeToLine(key)}`,
        ]
      : []),
    `Undo: mcpmux map remove ${quoteShellWord(mapping.key)}`,
  ]);
}

export async function change(context: Context, key: string, options: TargetOptions): Promise<number> {
  const target = targetOf(options);
  if (Object.keys(target).length === 0 && options.children === undefined && context.space === undefined)
    throw cliError('usage', { message: 'you did not say what to change', hint: 'mcpmux help map set' });
  const mapping = await context.client.changeMapping(await readKey(context, key), {
    ...target,
    ...(options.children !== undefined && { hasChildren: options.children }),
  });
  return told(context, mapping, [
    `${sanitizeToLine(mapping.key)}${mapping.hasChildren ? ' and all within it' : ''} → ${setsOf(mapping)} of the Space ${mapping.space}.`,
  ]);
}

export async function remove(context: Context, key: string): Promise<number> {
  const mapping = await context.client.removeMapping(await readKey(context, key));
  const sets = mapping.sets.map(({ name }) => ` --set ${quoteShellWord(name)}`).join('');
  return told(context, mapping, [
    `${sanitizeToLine(mapping.key)} is not mapped any more.`,
    `Undo: mcpmux map add ${quoteShellWord(mapping.key)} --space ${mapping.space}${sets === '' ? ' --nothing' : sets}${mapping.hasChildren ? ' --children' : ''}`,
  ]);
}

export async function unmapped(context: Context, policy: string | undefined): Promise<number> {
  if (policy === undefined) {
    const { unmappedPolicy } = await context.client.listMappings();
    if (context.isJson) context.printJson({ policy: unmappedPolicy });
    else context.print(`Folders that nobody mapped get ${policies[unmappedPolicy]}.`);
    return exitCodes.ok;
  }
  if (policy !== 'starter' && policy !== 'ask' && policy !== 'nothing')
    throw cliError('usage', {
      message: `"${policy}" is not known: say starter, ask or nothing`,
      hint: didYouMean(policy, Object.keys(policies)),
    });
  const before = (await context.client.listMappings()).unmappedPolicy;
  const set = await context.client.setUnmappedPolicy(policy);
  if (context.isJson) context.printJson(set);
  else
    context.tell(
      `Folders that nobody mapped get ${policies[set.policy]} from now on.\nUndo: mcpmux map unmapped ${before}`,
    );
  return exitCodes.ok;
}

/** A word without a slash is an id, also where a folder of that name is: whoever meant the folder is told. */
async function looksLikeFolder({ io }: Context, key: string): Promise<boolean> {
  if (meansFolder(key)) return false;
  return stat(resolve(io.cwd(), key)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function readKey(context: Context, key: string): Promise<string> | string {
  return meansFolder(key) ? readFolder(context, key) : key;
}

function targetOf({ set, nothing = false }: TargetOptions): { sets?: string[] } {
  if (nothing && set !== undefined)
    throw cliError('usage', { message: '--nothing does not go with --set', hint: 'mcpmux help map' });
  if (nothing) return { sets: [] };
  return set === undefined ? {} : { sets: [...set] };
}

function setsOf({ sets }: MappingDto): string {
  return sets.length === 0 ? 'nothing' : sets.map(({ name }) => sanitizeToLine(name)).join(' + ');
}

function told(context: Context, mapping: MappingDto, lines: readonly string[]): number {
  if (context.isJson) context.printJson(mapping);
  else context.tell(lines.join('\n'));
  return exitCodes.ok;
}
