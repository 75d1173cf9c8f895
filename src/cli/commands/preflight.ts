/**
 * cli/commands/preflight — can these tools be called now? For scripts and agents that must not find out in mid-work.
 */
import type { PreflightDto } from '../../contract/index.ts';
import { type QuestionOptions, readQuestion } from '../access-question.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

type Readiness = PreflightDto['tools'][number]['readiness'];

/** The worst decides; what does not come right by itself is worse. */
const codes: readonly (readonly [Readiness, number])[] = [
  ['missing', exitCodes.toolMissing],
  ['not-in-view', exitCodes.toolNotInView],
  ['disabled', exitCodes.toolDisabled],
  ['held-for-review', exitCodes.toolHeld],
  ['sign-in-required', exitCodes.signInNeeded],
  ['server-down', exitCodes.unavailable],
];

export async function run(
  context: Context,
  tools: readonly string[],
  options: QuestionOptions & { readonly wait?: string },
): Promise<number> {
  const { wait, ...asked } = options;
  const answer = await context.client.preflight({
    ...(await readQuestion(context, asked)),
    tools: [...tools],
    waitMs: wait === undefined ? 0 : readWait(wait),
  });
  const found = new Set(answer.tools.map(({ readiness }) => readiness));
  const code = codes.find(([readiness]) => found.has(readiness))?.[1] ?? exitCodes.ok;
  if (context.isJson) {
    context.printJson(answer);
    return code;
  }
  const { style } = context;
  context.print(
    renderTable(
      undefined,
      answer.tools.map(({ tool, readiness, says, next }) => [
        `  ${sanitizeToLine(tool)}`,
        readiness === 'ready' ? style.green('ready') : style.yellow(sanitizeToLine(says)),
        next === null ? '' : sanitizeToLine(next),
      ]),
    ),
  );
  return code;
}

function readWait(text: string): number {
  const parts = /^(\d{1,6})(ms|s|m)?$/.exec(text.trim());
  const unit = { ms: 1, s: 1_000, m: 60_000 }[parts?.[2] ?? 's'] ?? 1_000;
  const waitMs = parts === null ? Number.NaN : Number(parts[1]) * unit;
  if (waitMs <= 120_000) return waitMs;
  throw cliError('usage', { message: `"${text}" is no time from 0 to 2m`, hint: 'for example --wait 5s' });
}
