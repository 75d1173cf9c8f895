/**
 * cli/commands/review — what servers say that nobody has approved yet: look, accept, refuse; how strictly they are watched.
 *
 * A decision is about the form that is printed here. Without a terminal to ask on it needs --yes.
 */
import type {
  DefinitionChangeDto,
  DefinitionPolicyDto,
  HeldDefinitionDto,
  ServerReviewDto,
} from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { sanitizeLines, sanitizeToLine } from '../style.ts';
import { renderTable, shorten } from '../table.ts';

export interface ReviewOptions {
  /** True or empty = everything that is held. */
  readonly accept?: true | readonly string[];
  readonly reject?: true | readonly string[];
  readonly policy?: DefinitionPolicyDto;
  readonly yes?: boolean;
}

const policyMeanings: Readonly<Record<DefinitionPolicyDto, string>> = {
  follow: 'whatever it changes is followed',
  default: 'new tools, other words and other behaviour wait for you',
  strict: 'everything new or changed waits for you',
};

export async function run(
  context: Context,
  server: string | undefined,
  options: ReviewOptions,
): Promise<number> {
  const { accept, reject, policy } = options;
  const wishes = [accept, reject, policy].filter((wish) => wish !== undefined).length;
  if (wishes > 1)
    throw cliError('usage', {
      message: '--accept, --reject and --policy are one at a time',
      hint: 'mcpmux help review',
    });
  if (wishes === 0) return look(context, server);
  if (server === undefined)
    throw cliError('usage', { message: 'you did not say of which server', hint: 'mcpmux review' });
  if (policy !== undefined) return setPolicy(context, server, policy);
  return decide(
    context,
    server,
    accept === undefined ? 'reject' : 'accept',
    accept ?? reject ?? true,
    options,
  );
}

async function look(context: Context, server: string | undefined): Promise<number> {
  const review = await context.client.review(server);
  if (context.isJson) context.printJson(review);
  else if (server !== undefined) for (const one of review.servers) context.print(renderServer(one, context));
  else if (review.servers.length === 0)
    context.tell('Nothing waits for you: every server says what was approved.');
  else context.print(renderAll(review.servers, context));
  return exitCodes.ok;
}

function renderAll(servers: readonly ServerReviewDto[], { style, width }: Context): string {
  const rows = servers.flatMap((server) =>
    server.held.map((held) => [
      sanitizeToLine(server.serverName),
      shorten(sanitizeToLine(titleOf(held)), 48),
      held.isRejected ? `${held.level}, refused` : held.level,
    ]),
  );
  const first = servers[0]?.alias ?? '';
  return [
    renderTable(['SERVER', 'WHAT', 'CHANGE'], rows, { heading: style.dim, width }),
    `Look: mcpmux review ${first} · accept: mcpmux review ${first} --accept · refuse: mcpmux review ${first} --reject`,
  ].join('\n');
}

function renderServer(review: ServerReviewDto, context: Context): string {
  const { style } = context;
  const { held, policy, alias } = review;
  const waiting = held.filter(({ isRejected }) => !isRejected).length;
  const count =
    waiting === 0
      ? 'Nothing of it waits for you.'
      : `${waiting} of its definitions ${waiting === 1 ? 'waits' : 'wait'} for you.`;
  const head = `${style.bold(sanitizeToLine(review.serverName))}: ${count}\nPolicy ${policy}: ${policyMeanings[policy]}.`;
  if (held.length === 0) return head;
  const single = held.length > 1 ? ` · one: --accept ${sanitizeToLine(held[0]?.name ?? '')}` : '';
  return [
    head,
    ...held.map((one) => `\n${renderHeld(one, context)}`),
    `\nAccept: mcpmux review ${alias} --accept${single} · refuse: mcpmux review ${alias} --reject`,
  ].join('\n');
}

const faces: Readonly<Record<HeldDefinitionDto['face'], string>> = {
  primary: '',
  'era:legacy': ', as clients up to revision 2025-11-25 see it',
  'era:modern': ', as clients of revision 2026-07-28 see it',
  own: ', as a single client sees it',
};

function titleOf({ kind, name, face }: HeldDefinitionDto): string {
  return kind === 'instructions' ? kind : `${kind} ${name}${faces[face]}`;
}

function renderHeld(held: HeldDefinitionDto, { style, io }: Context): string {
  const since = held.approvedAt === null ? '' : `; approved ${formatAgo(held.approvedAt, io.now())}`;
  const state = held.isRejected ? `${held.level}, refused` : held.level;
  const lines = [`${style.bold(sanitizeToLine(titleOf(held)))}  ${style.yellow(state)}${style.dim(since)}`];
  if (held.level === 'new' || held.changes.length === 0) lines.push(indent(sanitizeLines(held.text)));
  for (const change of held.changes) lines.push(...renderChange(change, style));
  for (const hint of held.hints)
    lines.push(
      `  ${style.red('look at')} ${sanitizeToLine(hint.path)}: ${hintSays[hint.kind]} ${sanitizeToLine(hint.found)}`,
    );
  return lines.join('\n');
}

const hintSays: Readonly<Record<HeldDefinitionDto['hints'][number]['kind'], string>> = {
  'hidden-characters': 'it has characters that nobody sees:',
  instruction: 'it speaks to the model:',
  url: 'it names an address:',
  'other-tool': 'it names a tool of another server:',
};

function renderChange({ path, says, diff }: DefinitionChangeDto, style: Context['style']): string[] {
  const head = `  ${sanitizeToLine(path === '' ? 'it' : path)} ${sanitizeToLine(says)}`;
  if (diff === null) return [head];
  const text = diff
    .map(({ kind, text: part }) => {
      const shown = sanitizeLines(part);
      // Marked by signs too: colour alone tells nobody who does not see it.
      if (kind === 'removed') return style.red(`[-${shown}-]`);
      return kind === 'added' ? style.green(`{+${shown}+}`) : aroundChanges(shown);
    })
    .join('');
  return [head, indent(text, '    ')];
}

/** Of a long text that stayed, what stands next to a change. */
function aroundChanges(text: string): string {
  const around = 120;
  return text.length <= 3 * around ? text : `${text.slice(0, around)} … ${text.slice(-around)}`;
}

function indent(text: string, by = '  '): string {
  return text.replace(/^/gm, by);
}

async function decide(
  context: Context,
  server: string,
  decision: 'accept' | 'reject',
  names: true | readonly string[],
  { yes = false }: ReviewOptions,
): Promise<number> {
  const [review] = (await context.client.review(server)).servers;
  const held = review?.held ?? [];
  if (review === undefined || held.length === 0) {
    context.tell(`Nothing of ${sanitizeToLine(review?.serverName ?? server)} waits for you.`);
    return exitCodes.ok;
  }
  const chosen = chooseHeld(held, names, review.alias);
  if (!context.isJson)
    context.tell(renderServer({ ...review, held: [...chosen] }, context).split('\n\nAccept: ')[0] ?? '');
  if (!yes && !(await confirms(context, decision, chosen.length))) return exitCodes.ok;
  const left = await context.client.decideDefinitions(server, {
    decision,
    definitions: chosen.map(({ kind, name, face, hash }) => ({ kind, name, face, hash })),
  });
  if (context.isJson) context.printJson(left);
  else context.tell(outcome(decision, chosen.length, review.alias));
  return exitCodes.ok;
}

function outcome(decision: 'accept' | 'reject', count: number, alias: string): string {
  const what = count === 1 ? 'One definition' : `${count} definitions`;
  return decision === 'accept'
    ? `${what} accepted; clients get what is offered now. Take it back by: mcpmux disable ${alias}`
    : `${what} refused, and not offered in this form. Undo: mcpmux review ${alias} --accept`;
}

/** @throws cli.usage */
function chooseHeld(
  held: readonly HeldDefinitionDto[],
  names: true | readonly string[],
  alias: string,
): readonly HeldDefinitionDto[] {
  if (names === true || names.length === 0) return held;
  for (const name of names) {
    if (held.some((one) => one.name === name)) continue;
    throw cliError('usage', {
      message: `nothing is held under the name "${sanitizeToLine(name)}"`,
      hint:
        didYouMean(
          name,
          held.map((one) => one.name),
        ) ?? `mcpmux review ${alias}`,
    });
  }
  return held.filter(({ name }) => names.includes(name));
}

async function confirms(context: Context, decision: 'accept' | 'reject', count: number): Promise<boolean> {
  const asker = new SecretAsker(context.io);
  try {
    if (!asker.isTerminal)
      throw cliError('usage', {
        message: 'nobody is here to be asked; with --yes it is done without',
        hint: 'mcpmux help review',
      });
    const verb = decision === 'accept' ? 'Accept' : 'Refuse';
    return await asker.confirm(`${verb} ${count === 1 ? 'it' : `all ${count}`}?`, false);
  } finally {
    await asker.close();
  }
}

async function setPolicy(context: Context, server: string, policy: DefinitionPolicyDto): Promise<number> {
  const review = await context.client.setDefinitionPolicy(server, policy);
  if (context.isJson) context.printJson(review);
  else
    context.tell(
      `${sanitizeToLine(review.serverName)}: ${policyMeanings[review.policy]}.${review.held.length > 0 ? ` See: mcpmux review ${review.alias}` : ''}`,
    );
  return exitCodes.ok;
}
