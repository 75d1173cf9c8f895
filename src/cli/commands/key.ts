/**
 * cli/commands/key — the API keys that let clients in.
 */
import { AdminProblem, type CreatedKeyDto, type KeyDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo, formatDuration } from '../format-duration.ts';
import { quoteShellWord } from '../launch-description.ts';
import { formatUntil, readMoment } from '../read-moment.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface CreateOptions {
  readonly client?: string;
  readonly space?: string;
  readonly set?: readonly string[];
  readonly from?: readonly string[];
  readonly expires?: string;
}

export async function create(context: Context, name: string, options: CreateOptions = {}): Promise<number> {
  if (name.trim() === '' || name.length > 128)
    throw cliError('usage', {
      message: name.trim() === '' ? 'a key needs a name' : 'the name of a key has at most 128 characters',
      hint: 'mcpmux key create laptop',
    });
  const expiresAt =
    options.expires === undefined ? null : readMoment(options.expires, context.io.now(), '--expires');
  const created = await context.client.createKey(name, {
    ...(options.client !== undefined && { client: options.client }),
    ...(options.space !== undefined && { space: options.space }),
    ...(options.set !== undefined && { featureSets: [...options.set] }),
    ...(options.from !== undefined && { sourceRanges: [...options.from] }),
    ...(expiresAt !== null && { expiresAt }),
  });
  return showNew(context, created, `Undo: mcpmux key revoke ${quoteShellWord(created.key.name)}`);
}

/** A second key for the same client: move the client to it, then revoke the first. */
export async function renew(context: Context, reference: string, expires?: string): Promise<number> {
  const expiresAt = expires === undefined ? null : readMoment(expires, context.io.now(), '--expires');
  const created = await context.client.renewKey(reference, expiresAt ?? undefined);
  return showNew(
    context,
    created,
    `The old key still works. When the client uses this one: mcpmux key revoke ${quoteShellWord(reference)}`,
  );
}

async function showNew(context: Context, created: CreatedKeyDto, next: string): Promise<number> {
  if (context.isJson) {
    context.printJson(created);
    return exitCodes.ok;
  }
  const { url, publicUrl } = await context.client.getStatus();
  context.tell(`Key "${sanitizeToLine(created.key.name)}" was made. It is shown only once:`);
  context.print(created.text);
  // Where stdout is kept by a program, the key goes there and nowhere else.
  const shown = context.io.stdout.isTTY === true ? created.text : 'THE_KEY';
  context.tell(
    [
      `A client needs the URL ${url} and this header:`,
      `  Authorization: Bearer ${shown}`,
      ...(publicUrl === null ? [] : [`From outside the URL is ${publicUrl}`]),
      ...limitsOf(created.key, context.io.now()),
      next,
    ].join('\n'),
  );
  return exitCodes.ok;
}

/** One line where the key is held to something. */
function limitsOf(key: KeyDto, now: number): readonly string[] {
  const parts = [
    ...(key.spaceId === null ? [] : [`Space ${key.spaceId}`]),
    ...(key.featureSetIds.length === 0 ? [] : [`FeatureSets ${key.featureSetIds.join(', ')}`]),
    ...(key.sourceRanges.length === 0 ? [] : [`from ${key.sourceRanges.join(', ')}`]),
    ...(key.expiresAt === null ? [] : [`ends in ${formatDuration(key.expiresAt - now)}`]),
  ];
  return parts.length === 0 ? [] : [`It is held to: ${parts.join(' · ')}`];
}

export async function list(context: Context, hasRevoked: boolean): Promise<number> {
  const { keys: all } = await context.client.listKeys();
  const keys = hasRevoked ? all : all.filter(({ revokedAt }) => revokedAt === null);
  if (context.isJson) {
    context.printJson({ keys });
    return exitCodes.ok;
  }
  if (keys.length === 0) {
    context.tell('No keys. Make one: mcpmux key create NAME');
    return exitCodes.ok;
  }
  const now = context.io.now();
  const rows = keys.map((key) => [
    sanitizeToLine(key.name),
    `${key.shownPrefix}…`,
    formatAgo(key.createdAt, now),
    key.lastUsedAt === null ? 'never' : formatAgo(key.lastUsedAt, now),
    key.revokedAt === null
      ? key.expiresAt === null
        ? ''
        : `expires ${formatUntil(key.expiresAt, now, formatDuration)}`
      : context.style.red(
          `revoked ${formatAgo(key.revokedAt, now)}${key.isStored ? '' : ', not stored yet'}`,
        ),
  ]);
  context.print(
    renderTable(['KEY', 'BEGINS WITH', 'CREATED', 'LAST USED', ''], rows, { heading: context.style.dim }),
  );
  return exitCodes.ok;
}

export async function revoke(context: Context, reference: string): Promise<number> {
  try {
    const key = await context.client.revokeKey(reference);
    if (context.isJson) context.printJson(key);
    else
      context.tell(
        `Key "${sanitizeToLine(key.name)}" is revoked. Clients that use it can no longer connect.`,
      );
    if (key.isStored) return exitCodes.ok;
    context.tell(
      'This is not stored yet, because the store cannot be written: a restart before it is would let the key in again.\n' +
        'next: mcpmux status says what is wrong; it is stored by itself when that is put right',
    );
    return exitCodes.partial;
  } catch (error) {
    if (!(error instanceof AdminProblem) || error.kind !== 'not-found' || error.nextStep !== undefined)
      throw error;
    const { keys } = await context.client.listKeys();
    const live = keys.filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name);
    throw new AdminProblem({
      type: `urn:mcpmux:problem:${error.code}`,
      title: 'Not found',
      status: error.status,
      detail: error.message,
      code: error.code,
      kind: error.kind,
      nextStep: didYouMean(reference, live) ?? 'see: mcpmux key list',
    });
  }
}
