/**
 * cli/commands/why — explains what a client sees, and why a tool is there or not.
 */
import type { WhyDto } from '../../contract/index.ts';
import { describeAsked, type QuestionOptions, readQuestion } from '../access-question.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

const signals: Readonly<Record<WhyDto['signal'], string>> = {
  lock: 'limits of client or key',
  url: 'URL',
  header: 'workspace header',
  roots: 'reported folders',
  bridge: 'bridge folder',
  client: 'client setting',
  'base-folder': 'base folder',
  unmapped: 'rule for unmapped folders',
  default: 'default Space',
};
const order = Object.keys(signals) as readonly WhyDto['signal'][];
const namesShown = 60;

export async function run(
  context: Context,
  tool: string | undefined,
  options: QuestionOptions,
): Promise<number> {
  const question = await readQuestion(context, options);
  const why = await context.client.explainAccess({ ...question, ...(tool !== undefined && { tool }) });
  if (context.isJson) {
    context.printJson(why);
    return why.tool?.isThere === false ? exitCodes.notFound : exitCodes.ok;
  }
  const asked = sanitizeToLine(describeAsked(question));
  const simulated =
    question.client !== undefined && !why.client.isKnown
      ? ' (there is no such client; this is what a new one would get)'
      : '';
  context.print(`${asked} ${headline(why)}${simulated}`);
  context.print('');
  context.print(
    renderTable(undefined, [...decision(why), ...aboutTool(why)], { indent: '  ', width: context.width }),
  );
  for (const warning of why.warnings)
    context.print(`  ${context.style.yellow('warning')}  ${sanitizeToLine(warning)}`);
  if (why.tool === null) listView(context, why);
  return why.tool?.isThere === false ? exitCodes.notFound : exitCodes.ok;
}

function headline({ tool, view }: WhyDto): string {
  if (tool !== null) return `${tool.isThere ? 'gets' : 'does not get'} ${sanitizeToLine(tool.name)}.`;
  const others = view.prompts.length + view.resources.length + view.templates.length;
  return `sees ${view.tools.length} tool${view.tools.length === 1 ? '' : 's'}${others === 0 ? '' : ` and ${others} prompts and resources`}.`;
}

function decision(why: WhyDto): (readonly [string, string])[] {
  const passed = why.considered.filter(({ outcome }) => outcome === 'passed');
  const told = why.considered.filter(({ outcome }) => outcome === 'narrowed' || outcome === 'refused');
  const asked = new Set(why.considered.map(({ signal }) => signal));
  const notAsked = order.filter((signal) => !asked.has(signal) && signal !== 'unmapped');
  return [
    ['decided by', sanitizeToLine(why.rule)],
    ...told.map(
      ({ outcome, says }) => [outcome === 'narrowed' ? 'within' : 'refused', sanitizeToLine(says)] as const,
    ),
    ...(passed.length === 0
      ? []
      : [['before that', passed.map(({ says }) => sanitizeToLine(says)).join('; ')] as const]),
    ...(notAsked.length === 0
      ? []
      : [['not asked', notAsked.map((signal) => signals[signal]).join(', ')] as const]),
  ];
}

function aboutTool({ tool }: WhyDto): (readonly [string, string])[] {
  if (tool === null) return [];
  return [
    ['the tool', sanitizeToLine(tool.says)],
    ...(tool.nearest.length === 0 ? [] : [['nearest', tool.nearest.map(sanitizeToLine).join(', ')] as const]),
    ...(tool.change === null ? [] : [['to change', sanitizeToLine(tool.change)] as const]),
  ];
}

function listView(context: Context, { view, servers, version }: WhyDto): void {
  const { style } = context;
  context.print('');
  const names = view.tools.map(sanitizeToLine);
  if (names.length > 0)
    context.print(
      `${names.slice(0, namesShown).join(', ')}${names.length > namesShown ? style.dim(`, … ${names.length - namesShown} more (--json)`) : ''}`,
    );
  context.tell(
    style.dim(`${servers.length} server${servers.length === 1 ? '' : 's'}; as decided at version ${version}`),
  );
}
