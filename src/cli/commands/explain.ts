/**
 * cli/commands/explain — why: the finding in one sentence, what it rests on, and the next step.
 */
import type { ExplanationDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { nextLine } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { findCall } from './call-details.ts';

export async function run(context: Context, about: string | undefined): Promise<number> {
  const isTime = about !== undefined && /^\d{1,2}:\d{2}:\d{2}$/.test(about);
  const reference = isTime ? String((await findCall(context, about)).id) : about;
  const explanation = await context.client.explain(reference);
  if (context.isJson) context.printJson(explanation);
  else context.print(renderExplanation(explanation, context));
  return exitCodes.ok;
}

export function renderExplanation(
  { cause, says, facts, next }: ExplanationDto,
  { style, width }: Pick<Context, 'style' | 'width'>,
): string {
  const finding = (cause === 'fine' ? style.green : style.bold)(sanitizeToLine(says));
  const rows = facts.map((fact) => [style.dim(fact.name), sanitizeToLine(fact.says)]);
  return [
    finding,
    ...(rows.length === 0 ? [] : ['', renderTable(undefined, rows, { indent: '  ', width })]),
    ...(next === null ? [] : ['', nextLine(next.says)]),
  ].join('\n');
}
