/**
 * cli/commands/tool — how a tool looks to clients: its name, its words, its arguments.
 */
import type { PresentedToolDto, PresentToolBody } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeLines, sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface ScopeOptions {
  readonly set?: string;
}

type Change = Omit<PresentToolBody, 'space' | 'set'>;
type Arguments = NonNullable<Change['arguments']>;
type Value = NonNullable<NonNullable<Arguments[string]>['pinned']>['value'];

export async function list(context: Context): Promise<number> {
  const found = await context.client.listPresentedTools();
  if (context.isJson) {
    context.printJson(found);
    return exitCodes.ok;
  }
  if (found.tools.length === 0) {
    context.tell('Every tool looks as its server shows it. Change one: mcpmux tool rename TOOL NAME');
    return exitCodes.ok;
  }
  const { style, width } = context;
  const rows = found.tools.map((tool) => [
    tool.shownName ?? style.red(tool.qualifiedName),
    sanitizeToLine(`${tool.originalName} of ${tool.serverName}`),
    tool.fault !== null ? `not offered: ${sanitizeToLine(tool.fault)}` : summaryOf(tool),
  ]);
  context.print(renderTable(['TOOL', 'IS', 'CHANGED'], rows, { heading: style.dim, width }));
  return exitCodes.ok;
}

function summaryOf({ patches, warnings }: PresentedToolDto): string {
  const parts = new Set(
    patches.flatMap(({ patch }) => [
      ...(patch.name === undefined ? [] : ['name']),
      ...(patch.title === undefined ? [] : ['title']),
      ...(patch.description === undefined ? [] : ['description']),
      ...Object.keys(patch.arguments ?? {}).map((name) => sanitizeToLine(name)),
    ]),
  );
  const says = [...parts].join(', ');
  return warnings.length === 0 ? says : `${says}; look: ${sanitizeToLine(warnings[0] ?? '')}`;
}

export async function show(context: Context, name: string): Promise<number> {
  const tool = await context.client.getPresentedTool(name, context.space);
  if (context.isJson) context.printJson(tool);
  else context.print(renderTool(tool, context));
  return exitCodes.ok;
}

function renderTool(tool: PresentedToolDto, { style, width }: Context): string {
  const lines = [
    `${style.bold(sanitizeToLine(tool.shownName ?? tool.qualifiedName))} ${style.dim(`(${sanitizeToLine(tool.originalName)} of ${sanitizeToLine(tool.serverName)})`)}`,
  ];
  if (tool.fault !== null) lines.push(style.red(`not offered: ${sanitizeToLine(tool.fault)}`));
  for (const warning of tool.warnings) lines.push(style.yellow(`look at it: ${sanitizeToLine(warning)}`));
  const description = tool.item['description'];
  if (typeof description === 'string') lines.push(sanitizeLines(description));
  const rows = argumentRows(tool);
  lines.push(
    '',
    rows.length === 0
      ? 'It takes no arguments.'
      : renderTable(['ARGUMENT', 'CLIENTS', 'DESCRIPTION'], rows, {
          heading: style.dim,
          indent: '  ',
          width,
        }),
  );
  for (const { set, patch } of tool.patches)
    if (set !== null)
      lines.push('', `With the FeatureSet ${sanitizeToLine(set)}: ${sanitizeToLine(JSON.stringify(patch))}`);
  if (tool.patches.length > 0)
    lines.push('', `As its server shows it: mcpmux tool reset ${tool.shownName ?? tool.qualifiedName}`);
  return lines.join('\n');
}

function argumentRows(tool: PresentedToolDto): string[][] {
  const patch = tool.patches.find(({ set }) => set === null)?.patch.arguments ?? {};
  const required = listIn(schemaOf(tool.item)['required']);
  return Object.entries(propertiesOf(tool.original)).map(([name, property]) => {
    const change = Object.hasOwn(patch, name) ? patch[name] : undefined;
    const clients =
      change?.pinned !== undefined
        ? `pinned to ${JSON.stringify(change.pinned)}`
        : change?.isHidden === true
          ? 'hidden'
          : change?.default !== undefined
            ? `default ${JSON.stringify(change.default)}`
            : required.includes(name)
              ? 'required'
              : 'optional';
    const says = change?.description ?? property['description'];
    return [
      sanitizeToLine(name),
      sanitizeToLine(clients),
      sanitizeToLine(typeof says === 'string' ? says : ''),
    ];
  });
}

export function rename(context: Context, tool: string, name: string, scope: ScopeOptions): Promise<number> {
  return change(context, tool, scope, { name });
}

export function describe(
  context: Context,
  tool: string,
  words: string,
  options: ScopeOptions & { readonly argument?: string; readonly title?: boolean },
): Promise<number> {
  const { argument, title } = options;
  if (argument !== undefined)
    return change(context, tool, options, { arguments: { [argument]: { description: words } } });
  return change(context, tool, options, title === true ? { title: words } : { description: words });
}

export function hide(
  context: Context,
  tool: string,
  names: readonly string[],
  scope: ScopeOptions,
): Promise<number> {
  return change(context, tool, scope, {
    arguments: Object.fromEntries(names.map((name) => [name, { isHidden: true }])),
  });
}

export async function setValues(
  context: Context,
  tool: string,
  given: readonly string[],
  how: 'pinned' | 'default',
  scope: ScopeOptions,
): Promise<number> {
  const { original } = await context.client.getPresentedTool(tool, context.space);
  const args: Arguments = {};
  for (const one of given) {
    const [name, value] = readValue(one, original);
    args[name] = { [how]: { value } };
  }
  return change(context, tool, scope, { arguments: args });
}

/** @throws cli.usage */
function readValue(given: string, original: PresentedToolDto['original']): [string, Value] {
  const at = given.indexOf('=');
  if (at < 1)
    throw cliError('usage', {
      message: `"${sanitizeToLine(given)}" is not ARGUMENT=VALUE`,
      hint: 'mcpmux help tool pin',
    });
  const [name, text] = [given.slice(0, at), given.slice(at + 1)];
  const properties = propertiesOf(original);
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (property === undefined)
    throw cliError('usage', {
      message: `the tool has no argument "${sanitizeToLine(name)}"`,
      hint: didYouMean(name, Object.keys(properties)) ?? 'mcpmux help tool show',
    });
  const type = property['type'];
  if (type === 'string') return [name, text];
  try {
    return [name, JSON.parse(text) as Value];
  } catch {
    if (typeof type !== 'string') return [name, text];
    throw cliError('usage', {
      message: `"${sanitizeToLine(text)}" is no ${sanitizeToLine(type)} for the argument "${sanitizeToLine(name)}"`,
      hint: 'write it as JSON',
    });
  }
}

export async function reset(
  context: Context,
  tool: string,
  names: readonly string[],
  scope: ScopeOptions,
): Promise<number> {
  if (names.length > 0)
    return change(context, tool, scope, { arguments: Object.fromEntries(names.map((name) => [name, null])) });
  const changed = await context.client.resetTool(tool, { space: context.space, set: scope.set });
  if (context.isJson) context.printJson(changed);
  else context.tell(`${changed.shownName ?? changed.qualifiedName} looks as its server shows it.`);
  return exitCodes.ok;
}

async function change(context: Context, tool: string, scope: ScopeOptions, wanted: Change): Promise<number> {
  const { space } = context;
  const { set } = scope;
  const changed = await context.client.presentTool(tool, {
    ...(space === undefined ? {} : { space }),
    ...(set === undefined ? {} : { set }),
    ...wanted,
  });
  if (context.isJson) {
    context.printJson(changed);
    return exitCodes.ok;
  }
  const name = changed.shownName ?? changed.qualifiedName;
  const where = set === undefined ? '' : ` --set ${set}`;
  context.tell(
    `Clients see ${sanitizeToLine(name)} like this now: mcpmux tool show ${sanitizeToLine(name)}\nUndo: mcpmux tool reset ${sanitizeToLine(name)}${where}`,
  );
  for (const warning of changed.warnings) context.tell(`Look at it: ${sanitizeToLine(warning)}`);
  return exitCodes.ok;
}

type Schema = Readonly<Record<string, unknown>>;

function schemaOf(item: PresentedToolDto['item']): Schema {
  return asObject(item['inputSchema']);
}

function propertiesOf(item: PresentedToolDto['item']): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    Object.entries(asObject(schemaOf(item)['properties'])).map(([name, one]) => [name, asObject(one)]),
  );
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}
