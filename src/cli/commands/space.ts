/**
 * cli/commands/space — Spaces: list, show, make, change, order, delete.
 */
import type { ChangeSpaceBody, SpaceDto } from '../../contract/index.ts';
import { askYesNo } from '../ask-yes-no.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { quoteShellWord } from '../launch-description.ts';
import { readFolder } from '../read-folder.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

interface Looks {
  readonly name?: string;
  readonly slug?: string;
  readonly icon?: string;
  readonly colour?: string;
  /** False: none. */
  readonly base?: readonly string[] | boolean;
}

export async function list(context: Context): Promise<number> {
  const spaces = await context.client.listSpaces();
  if (context.isJson) {
    context.printJson(spaces);
    return exitCodes.ok;
  }
  const rows = spaces.spaces.map((space) => [
    `${space.icon === null ? '' : `${sanitizeToLine(space.icon)} `}${sanitizeToLine(space.name)}`,
    space.slug,
    space.isDefault ? 'default' : '',
    String(space.servers.length),
    String(space.sets.length),
    String(space.mappings.length),
    space.baseFolders.map(sanitizeToLine).join(', '),
  ]);
  context.print(
    renderTable(['SPACE', 'SLUG', '', 'SERVERS', 'SETS', 'MAPPINGS', 'BASE FOLDERS'], rows, {
      heading: context.style.dim,
      width: context.width,
      rightAligned: [3, 4, 5],
    }),
  );
  return exitCodes.ok;
}

export async function show(context: Context, reference: string): Promise<number> {
  const space = await context.client.getSpace(reference);
  if (context.isJson) {
    context.printJson(space);
    return exitCodes.ok;
  }
  const { url } = await context.client.getStatus();
  const facts: (readonly [string, string])[] = [
    ['URL', new URL(`/spaces/${space.slug}/mcp`, url).href],
    ...(space.isDefault ? [['default', 'whoever is sent nowhere else comes here'] as const] : []),
    ['servers', listed(space.servers)],
    ['sets', listed(space.sets.map(({ name }) => name))],
    ['mapped here', listed(space.mappings)],
    ['base folders', listed(space.baseFolders)],
    ['clients', listed(space.clients, 'none is bound to it')],
    ['id', space.id],
  ];
  context.print(sanitizeToLine(space.name));
  context.print(renderTable(undefined, facts, { indent: '  ', width: context.width }));
  return exitCodes.ok;
}

export async function create(
  context: Context,
  name: string,
  options: Looks & { readonly starter?: 'everything' | 'empty' },
): Promise<number> {
  const { name: _, ...looks } = await readLooks(context, options);
  const { icon, colour, ...rest } = looks;
  const space = await context.client.createSpace({
    name,
    ...rest,
    ...(typeof icon === 'string' && { icon }),
    ...(typeof colour === 'string' && { colour }),
    ...(options.starter !== undefined && { starter: options.starter }),
  });
  return told(context, space, [
    `The Space "${sanitizeToLine(space.name)}" is there; it has no servers yet.`,
    `next: mcpmux --space ${space.slug} add NAME COMMAND`,
    `Undo: mcpmux space delete ${space.slug}`,
  ]);
}

export async function edit(context: Context, reference: string, options: Looks): Promise<number> {
  const change = await readLooks(context, options);
  if (Object.keys(change).length === 0)
    throw cliError('usage', { message: 'you did not say what to change', hint: 'mcpmux help space edit' });
  const before = await context.client.getSpace(reference);
  const space = await context.client.changeSpace(reference, change);
  return told(context, space, [
    `The Space "${sanitizeToLine(space.name)}" was changed.`,
    ...(before.name === space.name
      ? []
      : [`Undo: mcpmux space edit ${space.slug} --name ${quoteShellWord(before.name)}`]),
  ]);
}

export async function move(context: Context, reference: string, place: string): Promise<number> {
  const at = /^\d+$/.test(place) ? Number(place) : 0;
  if (at < 1)
    throw cliError('usage', {
      message: `"${place}" is no place: they count from 1`,
      hint: 'mcpmux space list',
    });
  const space = await context.client.changeSpace(reference, { position: at - 1 });
  return told(context, space, [`"${sanitizeToLine(space.name)}" is in place ${space.position + 1} now.`]);
}

export async function makeDefault(context: Context, reference: string): Promise<number> {
  const before = (await context.client.listSpaces()).spaces.find(({ isDefault }) => isDefault);
  const space = await context.client.changeSpace(reference, { isDefault: true });
  return told(context, space, [
    `Whoever is sent nowhere else comes to "${sanitizeToLine(space.name)}" now.`,
    ...(before === undefined ? [] : [`Undo: mcpmux space default ${before.slug}`]),
  ]);
}

export async function remove(context: Context, reference: string, isConfirmed: boolean): Promise<number> {
  const space = await context.client.getSpace(reference);
  if (!isConfirmed) {
    context.tell(describeLoss(space));
    await askYesNo(context, 'Delete it?', `mcpmux space delete ${space.slug} --yes`);
  }
  const gone = await context.client.removeSpace(space.id);
  return told(context, gone, [`The Space "${sanitizeToLine(gone.name)}" is deleted. There is no undo.`]);
}

function describeLoss(space: SpaceDto): string {
  const sets = space.sets.filter(({ isStarter }) => !isStarter).map(({ name }) => name);
  return [
    `With the Space "${sanitizeToLine(space.name)}" go:`,
    `  servers   ${listed(space.servers)}${space.servers.length > 0 ? ', with their values, sign-ins and logs' : ''}`,
    `  sets      ${listed(sets)}`,
    `  mappings  ${listed(space.mappings)}`,
    ...(space.clients.length === 0
      ? []
      : [`Bound to it, and left with nothing: ${listed(space.clients)} (mcpmux client narrow CLIENT --all)`]),
  ].join('\n');
}

async function readLooks(context: Context, options: Looks): Promise<ChangeSpaceBody> {
  const { name, slug, icon, colour, base } = options;
  const folders =
    base === false
      ? []
      : Array.isArray(base)
        ? await Promise.all(base.map((one) => readFolder(context, one)))
        : undefined;
  return {
    ...(name !== undefined && { name }),
    ...(slug !== undefined && { slug }),
    ...(icon !== undefined && { icon: icon === '' ? null : icon }),
    ...(colour !== undefined && { colour: colour === '' ? null : colour }),
    ...(folders !== undefined && { baseFolders: folders }),
  };
}

function listed(names: readonly string[], none = 'none'): string {
  return names.length === 0 ? none : names.map(sanitizeToLine).join(', ');
}

function told(context: Context, space: SpaceDto, lines: readonly string[]): number {
  if (context.isJson) context.printJson(space);
  else context.tell(lines.join('\n'));
  return exitCodes.ok;
}
