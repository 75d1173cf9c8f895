/**
 * cli/commands/lazy — which clients get all tools listed and which find them by search, and what that costs in tokens.
 */
import type { ListModesDto, TokenCostsDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface ModeOptions {
  readonly client?: string;
  readonly set?: string;
}

const words = ['full', 'lazy', 'auto', 'default'] as const;

export async function show(context: Context): Promise<number> {
  return tell(context, await context.client.getListModes());
}

export async function setMode(context: Context, mode: string, options: ModeOptions): Promise<number> {
  if (!(words as readonly string[]).includes(mode))
    throw cliError('usage', {
      message: `"${sanitizeToLine(mode)}" is no list mode`,
      hint: 'mcpmux lazy set auto',
    });
  if (options.client !== undefined && options.set !== undefined)
    throw cliError('usage', { message: 'give --client or --set, not both', hint: 'mcpmux lazy set auto' });
  const wanted = mode === 'default' ? null : (mode as 'full' | 'lazy' | 'auto');
  return tell(context, await context.client.setListMode({ mode: wanted, ...options }));
}

export async function pin(context: Context, tools: readonly string[], isPinned: boolean): Promise<number> {
  let modes: ListModesDto | undefined;
  for (const tool of tools) modes = await context.client.pinTool(tool, isPinned);
  return tell(context, modes as ListModesDto);
}

/** @param wish a number of characters, or `off`; undefined shows what is set */
export async function limitResults(
  context: Context,
  wish: string | undefined,
  options: { readonly set?: string },
): Promise<number> {
  const answer =
    wish === undefined
      ? await context.client.getListModes()
      : await context.client.setResultLimit({ characters: readLimit(wish), ...options });
  if (context.isJson) context.printJson({ resultLimits: answer.resultLimits });
  else if (answer.resultLimits.length === 0) context.tell('Results of any length go to clients as they are.');
  else {
    const rows = answer.resultLimits.map(({ kind, name, characters }) => [
      kind === 'space' ? 'Space' : 'FeatureSet',
      sanitizeToLine(name),
      `${characters} characters`,
    ]);
    context.print(renderTable(['FOR', '', 'CUT AT'], rows, { heading: context.style.dim }));
  }
  return exitCodes.ok;
}

function readLimit(wish: string): number | null {
  if (wish === 'off') return null;
  const characters = /^\d{1,9}$/.test(wish) ? Number(wish) : 0;
  if (characters > 0) return characters;
  throw cliError('usage', {
    message: `"${sanitizeToLine(wish)}" is no number of characters`,
    hint: 'mcpmux large-results 20000',
  });
}

export async function tokens(context: Context): Promise<number> {
  const costs = await context.client.getTokenCosts();
  if (context.isJson) context.printJson(costs);
  else if (costs.clients.length === 0)
    context.tell('No client has asked for tools since the daemon started.');
  else context.print(renderCosts(costs, context));
  return exitCodes.ok;
}

function tell(context: Context, answer: ListModesDto): number {
  if (context.isJson) {
    context.printJson(answer);
    return exitCodes.ok;
  }
  const { style } = context;
  if (answer.modes.length === 0) context.tell('Every client gets all its tools listed (full).');
  else {
    const rows = answer.modes.map(({ kind, name, mode }) => [
      kind === 'space' ? 'Space' : kind === 'set' ? 'FeatureSet' : 'client',
      sanitizeToLine(name),
      mode,
    ]);
    context.print(renderTable(['FOR', '', 'LISTS'], rows, { heading: style.dim }));
  }
  if (answer.pinned.length > 0)
    context.print(`Always listed: ${answer.pinned.map(({ name }) => sanitizeToLine(name)).join(', ')}`);
  return exitCodes.ok;
}

function renderCosts({ clients }: TokenCostsDto, { style, io }: Context): string {
  const rows = clients.map((one) => [
    sanitizeToLine(one.app === null ? one.client : `${one.client} (${one.app})`),
    `${short(one.listTokens)} in ${one.lists}`,
    `${short(one.searchTokens)} in ${one.searches}`,
    `${short(one.resultTokens)} in ${one.calls}`,
    one.savedTokens === 0
      ? ''
      : one.savedTokens > 0
        ? style.green(`saved ${short(one.savedTokens)}`)
        : style.red(`lost ${short(-one.savedTokens)}`),
    formatAgo(one.lastAt, io.now()),
  ]);
  return [
    renderTable(['CLIENT', 'LISTS', 'SEARCHES', 'RESULTS', '', 'LAST'], rows, { heading: style.dim }),
    style.dim('Tokens, estimated at four bytes each, since the daemon started.'),
  ].join('\n');
}

/** 950, 1.2k, 48k, 1.3M. */
export function short(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  if (tokens < 10_000) return `${(tokens / 1_000).toFixed(1)}k`;
  if (tokens < 1_000_000) return `${Math.round(tokens / 1_000)}k`;
  return `${(tokens / 1_000_000).toFixed(1)}M`;
}
