/**
 * cli/commands/approvals — calls that wait for the person: look, allow, refuse; and the rules that make them wait.
 */
import type { ApprovalRuleDto, RequireApprovalBody, WaitingCallDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo, formatDuration } from '../format-duration.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';

export async function list(context: Context, all: boolean): Promise<number> {
  const found = await context.client.listApprovals(all);
  if (context.isJson) {
    context.printJson(found);
    return exitCodes.ok;
  }
  const { waiting } = found;
  if (waiting.length === 0) {
    context.tell('No call waits for you. Which ones would: mcpmux approvals rules');
    return exitCodes.ok;
  }
  const { style, width, io } = context;
  const rows = waiting.map((call) => [
    String(call.number),
    call.outcome === null ? formatDuration(Math.max(0, io.now() - call.since)) : call.outcome,
    sanitizeToLine(call.client),
    `${sanitizeToLine(call.tool)}  ${argumentsText(call)}`,
  ]);
  context.print(renderTable(['#', 'WAITS', 'CLIENT', 'WANTS'], rows, { heading: style.dim, width }));
  const open =
    waiting.find(({ outcome }) => outcome === null) ?? waiting.find(({ outcome }) => outcome === 'expired');
  if (open !== undefined)
    context.print(
      `Allow once: mcpmux approvals allow ${open.number} · always: --always · refuse: mcpmux approvals deny ${open.number}`,
    );
  return exitCodes.ok;
}

/** `repo=acme branch=main`, all of it: what is approved must be read. */
function argumentsText({ arguments: text }: WaitingCallDto): string {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return Object.entries(value)
        .map(
          ([name, one]) =>
            `${sanitizeToLine(name)}=${sanitizeToLine(typeof one === 'string' && /^[\w./@:-]+$/.test(one) ? one : JSON.stringify(one))}`,
        )
        .join(' ');
  } catch {
    // Cut, because it is long: shown as it is.
  }
  return sanitizeToLine(text);
}

export async function answer(
  context: Context,
  number: number,
  decision: 'allow' | 'deny',
  always: boolean,
): Promise<number> {
  const { waiting } = await context.client.listApprovals(true);
  const call = waiting.find((one) => one.number === number);
  const answered = await context.client.answerApproval(number, { answer: decision, always });
  if (context.isJson) {
    context.printJson(answered);
    return exitCodes.ok;
  }
  const what =
    call === undefined
      ? `The call ${number}`
      : `${sanitizeToLine(call.tool)} for ${sanitizeToLine(call.client)}`;
  context.tell(outcomeText(what, answered.outcome));
  return exitCodes.ok;
}

function outcomeText(what: string, outcome: string): string {
  switch (outcome) {
    case 'allowed':
      return `${what}: allowed once.`;
    case 'allowed-always':
      return `${what}: allowed from now on. Take it back: mcpmux approvals rules`;
    case 'late':
      return `${what}: it has been refused meanwhile. The same call goes through once within 5 minutes; the client has to make it again.`;
    default:
      return `${what}: refused.`;
  }
}

export async function rules(context: Context): Promise<number> {
  const found = await context.client.listApprovalRules();
  if (context.isJson) {
    context.printJson(found);
    return exitCodes.ok;
  }
  const { style, width, io } = context;
  if (found.rules.length === 0) {
    context.tell('No call waits for you. Have some wait: mcpmux approvals require TOOL, SERVER or PATTERN');
  } else {
    const rows = found.rules.map((rule) => [rule.id.slice(0, 8), ruleText(rule), stoppedText(rule)]);
    context.print(renderTable(['RULE', 'CALLS OF', 'STOPS NOW'], rows, { heading: style.dim, width }));
  }
  if (found.standing.length > 0) {
    const rows = found.standing.map((one) => [
      one.id.slice(0, 8),
      sanitizeToLine(one.client),
      sanitizeToLine(one.tool),
      formatAgo(one.createdAt, io.now()),
    ]);
    context.print(`${found.rules.length > 0 ? '\n' : ''}Allowed without asking:`);
    context.print(renderTable(['ID', 'CLIENT', 'TOOL', 'SINCE'], rows, { heading: style.dim, width }));
  }
  const first = found.rules[0]?.id ?? found.standing[0]?.id;
  if (first !== undefined) context.print(`Take one back: mcpmux approvals remove ${first.slice(0, 8)}`);
  return exitCodes.ok;
}

const natures: Readonly<Record<string, string>> = {
  writes: 'tools that do not say that they only read',
  destroys: 'tools that do not say that they destroy nothing',
};

function ruleText({ kind, name, spaceSlug }: ApprovalRuleDto): string {
  const shown = sanitizeToLine(name ?? 'something that is not there now');
  const where = spaceSlug === 'default' ? '' : ` (Space ${spaceSlug})`;
  switch (kind) {
    case 'server':
      return `the server ${shown}${where}`;
    case 'tool':
      return `${shown}${where}`;
    case 'pattern':
      return `tools like ${shown}${where}`;
    case 'nature':
      return `${natures[shown] ?? shown}${where}`;
  }
}

function stoppedText({ tools }: ApprovalRuleDto): string {
  if (tools.length === 0) return 'no tool';
  const named = tools.slice(0, 3).map((tool) => sanitizeToLine(tool));
  return shorten(
    tools.length > 3 ? `${named.join(', ')} and ${tools.length - 3} more` : named.join(', '),
    80,
  );
}

export interface RequireOptions {
  readonly writes?: boolean;
  readonly destroys?: boolean;
}

export async function require(
  context: Context,
  reference: string | undefined,
  { writes = false, destroys = false }: RequireOptions,
): Promise<number> {
  const rule = await context.client.requireApproval({
    ...(context.space === undefined ? {} : { space: context.space }),
    target: await targetOf(context, reference, writes, destroys),
  });
  if (context.isJson) {
    context.printJson(rule);
    return exitCodes.ok;
  }
  context.tell(
    `From now on calls of ${ruleText(rule)} wait for you${rule.tools.length === 0 ? '; no tool is like that yet' : `: ${stoppedText(rule)}`}.\n` +
      `Undo: mcpmux approvals remove ${rule.id.slice(0, 8)}`,
  );
  return exitCodes.ok;
}

/** @throws cli.usage */
async function targetOf(
  context: Context,
  reference: string | undefined,
  writes: boolean,
  destroys: boolean,
): Promise<RequireApprovalBody['target']> {
  if ([reference !== undefined, writes, destroys].filter(Boolean).length !== 1)
    throw cliError('usage', {
      message: 'name a tool, a server or a pattern, or give --writes or --destroys',
      hint: 'mcpmux help approvals require',
    });
  if (reference === undefined) return { kind: 'nature', nature: writes ? 'writes' : 'destroys' };
  if (/[*?]/.test(reference)) return { kind: 'pattern', pattern: reference };
  const { servers } = await context.client.listServers();
  const wanted = reference.toLowerCase();
  const isServer = servers.some(
    ({ name, alias, id }) => name.toLowerCase() === wanted || alias === wanted || id === reference,
  );
  return isServer ? { kind: 'server', server: reference } : { kind: 'tool', tool: reference };
}

export async function remove(context: Context, id: string): Promise<number> {
  await context.client.removeApprovalRule(id);
  if (!context.isJson)
    context.tell(`${sanitizeToLine(id)} was removed. What is left: mcpmux approvals rules`);
  return exitCodes.ok;
}
