/**
 * cli/commands/tools — the tools as clients see them, all or those that fit a query.
 */
import type { ToolDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { quoteShellWord } from '../launch-description.ts';
import { sanitizeLines, sanitizeToLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';

export interface ToolsOptions {
  readonly limit?: number;
}

export async function run(
  context: Context,
  query: string | undefined,
  options: ToolsOptions,
): Promise<number> {
  const list = await context.client.listTools(query, options.limit);
  const { tools } = list;
  if (context.isJson) {
    context.printJson(list);
    return exitCodes.ok;
  }
  if (tools.length === 0) {
    context.tell(
      query === undefined ? 'No tools yet. See: mcpmux status' : `No tool fits "${sanitizeToLine(query)}".`,
    );
    return exitCodes.ok;
  }
  const exact = tools.find(({ name }) => name === query);
  if (exact !== undefined) {
    context.print(renderTool(exact, context));
    return exitCodes.ok;
  }
  const { style, width } = context;
  const nameWidth = Math.max(...tools.map(({ name }) => name.length));
  const room = width === undefined ? 100 : Math.max(20, width - nameWidth - 2);
  const rows = tools.map((tool) => {
    const says = sanitizeToLine(tool.description ?? tool.title ?? '');
    const parameters = `(${argumentsOf(tool.item)
      .map(({ name, isRequired }) => (isRequired ? name : `${name}?`))
      .join(', ')})`;
    const text = `${sanitizeToLine(parameters)} ${says}`;
    const firstSentence = shorten(tool.isAvailable ? text : `(not available now) ${text}`, room);
    return [
      tool.isAvailable ? tool.name : style.dim(tool.name),
      tool.isAvailable ? firstSentence : style.dim(firstSentence),
    ];
  });
  context.print(renderTable(['TOOL', 'ARGUMENTS AND DESCRIPTION'], rows, { heading: style.dim }));
  return exitCodes.ok;
}

interface Argument {
  readonly name: string;
  readonly isRequired: boolean;
  readonly kind: string;
  readonly says: string;
}

/** What a tool takes, required ones first. Its schema comes from a stranger: what is none is passed over. */
function argumentsOf(item: ToolDto['item']): readonly Argument[] {
  const schema = asObject(item['inputSchema']);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(asObject(schema['properties']))
    .map(([name, value]): Argument => {
      const property = asObject(value);
      return {
        name,
        isRequired: required.includes(name),
        kind: kindOf(property),
        says: typeof property['description'] === 'string' ? property['description'] : '',
      };
    })
    .sort((one, other) => Number(other.isRequired) - Number(one.isRequired));
}

function kindOf(property: Readonly<Record<string, unknown>>): string {
  const choices = property['enum'];
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  const type = property['type'];
  if (type === 'array') {
    const items = asObject(property['items'])['type'];
    return typeof items === 'string' ? `${items}[]` : 'array';
  }
  if (typeof type === 'string') return type;
  return Array.isArray(type) ? type.join(' | ') : 'any';
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** One tool in full: what it says of itself, its arguments, and how it is called. */
function renderTool(tool: ToolDto, { style, width }: Context): string {
  const given = argumentsOf(tool.item);
  const rows = given.map(({ name, isRequired, kind, says }) => [
    sanitizeToLine(name),
    sanitizeToLine(kind),
    isRequired ? 'required' : '',
    sanitizeToLine(says),
  ]);
  const example = Object.fromEntries(
    given.filter(({ isRequired }) => isRequired).map(({ name, kind }) => [name, exampleOf(kind)]),
  );
  const call = ['mcpmux', 'call', tool.name, ...(given.length === 0 ? [] : [JSON.stringify(example)])];
  return [
    `${style.bold(sanitizeToLine(tool.name))} ${style.dim(`(${sanitizeToLine(tool.originalName)} of ${sanitizeToLine(tool.serverName)})`)}`,
    ...(tool.isAvailable ? [] : [style.yellow('not available now; see: mcpmux status')]),
    ...(tool.description === null ? [] : [sanitizeLines(tool.description)]),
    '',
    rows.length === 0
      ? 'It takes no arguments.'
      : renderTable(['ARGUMENT', 'TYPE', '', 'DESCRIPTION'], rows, {
          heading: style.dim,
          indent: '  ',
          width,
        }),
    '',
    `Call it: ${call.map((word) => quoteShellWord(word)).join(' ')}`,
  ].join('\n');
}

function exampleOf(kind: string): unknown {
  switch (kind) {
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'object':
      return {};
    default:
      return kind.endsWith('[]') || kind === 'array'
        ? []
        : kind.startsWith('"')
          ? JSON.parse(kind.split(' | ')[0] ?? '""')
          : '…';
  }
}
