/**
 * cli/commands/auth — shows the sign-ins of all servers, and checks one step by step.
 */
import type { SignInReportDto, SignInStateDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import { withProgress } from '../progress.ts';
import { nextLine } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function status(context: Context): Promise<number> {
  const { signIns } = await context.client.listSignIns();
  if (context.isJson) {
    context.printJson({ signIns });
    return exitCodes.ok;
  }
  if (signIns.length === 0) {
    context.tell('There is no server with a URL, so there is nothing to sign in to.');
    return exitCodes.ok;
  }
  const now = context.io.now();
  const rows = signIns.map((one) => [
    sanitizeToLine(one.serverName),
    one.tokens.isSignedIn ? context.style.green('signed in') : context.style.dim('not signed in'),
    tokenWords(one, now),
    [one.tokens.issuer, one.tokens.scope]
      .filter((text) => text !== null)
      .map(sanitizeToLine)
      .join('\n'),
    needWords(one, now),
  ]);
  context.print(
    renderTable(['SERVER', 'SIGN-IN', 'TOKEN', 'ISSUER AND SCOPES', ''], rows, {
      heading: context.style.dim,
      width: context.width,
    }),
  );
  return exitCodes.ok;
}

function tokenWords({ tokens }: SignInStateDto, now: number): string {
  if (!tokens.isSignedIn) return '';
  const { expiresAt, isRenewable } = tokens;
  const renewal = isRenewable ? 'renewed automatically' : 'cannot be renewed';
  if (expiresAt === null) return isRenewable ? renewal : 'no expiry given';
  const end = expiresAt > now ? `expires in ${formatDuration(expiresAt - now)}` : 'has expired';
  return `${end}, ${renewal}`;
}

function needWords({ open, need, alias }: SignInStateDto, now: number): string {
  if (open !== null)
    return `a sign-in is open for another ${formatDuration(Math.max(0, open.expiresAt - now))}`;
  if (need === null) return '';
  const next = need.isTokenRefused ? `mcpmux auth doctor ${alias}` : `mcpmux login ${alias}`;
  return `${sanitizeToLine(need.reason)}\n${nextLine(next)}`;
}

export async function doctor(context: Context, name: string): Promise<number> {
  const report = await withProgress(
    context.io,
    () => `checking the sign-in to ${sanitizeToLine(name)}`,
    () => context.client.diagnoseSignIn(name),
  );
  if (context.isJson) context.printJson(report);
  else context.print(renderReport(report, context));
  return report.isHealthy ? exitCodes.ok : exitCodes.partial;
}

function renderReport(report: SignInReportDto, { style, width }: Context): string {
  const mark = {
    ok: style.green('ok'),
    note: style.cyan('note'),
    problem: style.red('problem'),
  };
  const rows = report.steps.map(({ verdict, title, detail, url, tookMs }) => [
    mark[verdict],
    sanitizeToLine(title),
    `${sanitizeToLine(detail)}${url === null ? '' : `\n${style.dim(`${sanitizeToLine(url)}${tookMs === null ? '' : ` (${tookMs} ms)`}`)}`}`,
  ]);
  const lines = [
    renderTable(undefined, rows, { width }),
    '',
    (report.isHealthy ? style.green : style.red)(sanitizeToLine(report.conclusion)),
  ];
  if (report.nextStep !== null) lines.push(nextLine(report.nextStep));
  return lines.join('\n');
}
