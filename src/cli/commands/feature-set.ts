/**
 * cli/commands/feature-set — FeatureSets: list, show, make, change, delete.
 */
import type { FeatureSetDto } from '../../contract/index.ts';
import { askYesNo } from '../ask-yes-no.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { quoteShellWord } from '../launch-description.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

/** More names than this say less than their number. */
const namesShown = 40;

export async function list(context: Context): Promise<number> {
  const list = await context.client.listSets();
  if (context.isJson) {
    context.printJson(list);
    return exitCodes.ok;
  }
  const hasSpaces = new Set(list.sets.map(({ spaceId }) => spaceId)).size > 1;
  const rows = list.sets.map((set) => [
    sanitizeToLine(set.name),
    ...(hasSpaces ? [set.space] : []),
    String(countOf(set, 'tool')),
    String(set.features.length - countOf(set, 'tool')),
    usersOf(set) || (set.isStarter ? 'whoever is sent nowhere else' : 'nobody'),
  ]);
  context.print(
    renderTable(['SET', ...(hasSpaces ? ['SPACE'] : []), 'TOOLS', 'OTHERS', 'USED BY'], rows, {
      heading: context.style.dim,
      width: context.width,
      rightAligned: hasSpaces ? [2, 3] : [1, 2],
    }),
  );
  return exitCodes.ok;
}

export async function show(context: Context, reference: string): Promise<number> {
  const set = await context.client.getSet(reference);
  if (context.isJson) {
    context.printJson(set);
    return exitCodes.ok;
  }
  const { url } = await context.client.getStatus();
  const { style } = context;
  context.print(`${sanitizeToLine(set.name)} in the Space ${set.space}`);
  const facts: (readonly [string, string])[] = [
    ...(set.description === null ? [] : [['for', sanitizeToLine(set.description)] as const]),
    ['URL', new URL(`/sets/${set.slug}/mcp`, url).href],
    ['used by', usersOf(set) || (set.isStarter ? 'whoever is sent nowhere else' : 'nobody')],
  ];
  context.print(renderTable(undefined, facts, { indent: '  ', width: context.width }));
  context.print('');
  if (set.members.length === 0) context.print('It holds nothing.');
  else
    context.print(
      renderTable(
        ['', 'MEMBER', 'STANDS FOR'],
        set.members.map(({ text, mode, matches, isVanished }) => [
          mode === 'include' ? 'shows' : style.yellow('never'),
          sanitizeToLine(text),
          isVanished ? style.yellow('not there now') : `${matches} feature${matches === 1 ? '' : 's'}`,
        ]),
        { heading: style.dim, width: context.width },
      ),
    );
  const names = set.features.map(({ name, isAvailable }) =>
    isAvailable ? sanitizeToLine(name) : style.dim(`${sanitizeToLine(name)} (away)`),
  );
  context.print('');
  context.print(
    names.length === 0
      ? 'It shows nothing now.'
      : `It shows ${names.length}: ${names.slice(0, namesShown).join(', ')}${names.length > namesShown ? `, … ${names.length - namesShown} more (--json)` : ''}`,
  );
  return exitCodes.ok;
}

export async function create(
  context: Context,
  name: string,
  features: readonly string[],
  options: { readonly exclude?: readonly string[]; readonly description?: string },
): Promise<number> {
  const { exclude, description } = options;
  const set = await context.client.createSet({
    name,
    include: [...features],
    ...(exclude !== undefined && { exclude: [...exclude] }),
    ...(description !== undefined && { description }),
  });
  return told(context, set, [
    `The set "${sanitizeToLine(set.name)}" shows ${summary(set)}.`,
    ...(set.features.length === 0 ? [`next: mcpmux set add ${quoteShellWord(set.name)} FEATURE`] : []),
    `Undo: mcpmux set delete ${quoteShellWord(set.name)}`,
  ]);
}

const lists = { add: 'include', exclude: 'exclude', remove: 'remove' } as const;
const opposites = { add: 'remove', exclude: 'remove', remove: 'add' } as const;

export async function change(
  context: Context,
  reference: string,
  act: keyof typeof lists,
  features: readonly string[],
): Promise<number> {
  const set = await context.client.changeSet(reference, { [lists[act]]: [...features] });
  const words = features.map((feature) => quoteShellWord(feature)).join(' ');
  return told(context, set, [
    `"${sanitizeToLine(set.name)}" shows ${summary(set)} now.`,
    `Undo: mcpmux set ${opposites[act]} ${quoteShellWord(set.name)} ${words}`,
  ]);
}

export async function rename(context: Context, reference: string, name: string): Promise<number> {
  const before = await context.client.getSet(reference);
  const set = await context.client.changeSet(before.id, { name });
  return told(context, set, [
    `"${sanitizeToLine(before.name)}" is "${sanitizeToLine(set.name)}" now.`,
    `Undo: mcpmux set rename ${quoteShellWord(set.name)} ${quoteShellWord(before.name)}`,
  ]);
}

export async function remove(context: Context, reference: string, isConfirmed: boolean): Promise<number> {
  const set = await context.client.getSet(reference);
  const users = usersOf(set);
  if (!isConfirmed && users !== '') {
    context.tell(
      [
        `"${sanitizeToLine(set.name)}" is used by ${users}.`,
        'Mappings and sets go on without it; whoever is bound to it alone sees nothing.',
      ].join('\n'),
    );
    await askYesNo(context, 'Delete it?', `mcpmux set delete ${quoteShellWord(set.name)} --yes`);
  }
  const gone = await context.client.removeSet(set.id);
  return told(context, gone, [`The set "${sanitizeToLine(gone.name)}" is deleted.`]);
}

function countOf(set: FeatureSetDto, kind: FeatureSetDto['features'][number]['kind']): number {
  return set.features.filter((feature) => feature.kind === kind).length;
}

function summary(set: FeatureSetDto): string {
  const tools = countOf(set, 'tool');
  const others = set.features.length - tools;
  return `${tools} tool${tools === 1 ? '' : 's'}${others === 0 ? '' : ` and ${others} other features`}`;
}

function usersOf({ usedBy }: FeatureSetDto): string {
  const part = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what} ${names.map(sanitizeToLine).join(', ')}`];
  return [
    ...part('clients', usedBy.clients),
    ...part('folders', usedBy.mappings),
    ...part('sets', usedBy.sets),
  ].join('; ');
}

function told(context: Context, set: FeatureSetDto, lines: readonly string[]): number {
  if (context.isJson) context.printJson(set);
  else
    context.tell(
      [...lines, ...set.warnings.map((warning) => `warning: ${sanitizeToLine(warning)}`)].join('\n'),
    );
  return exitCodes.ok;
}
