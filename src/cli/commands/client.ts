/**
 * cli/commands/client — the AI apps that come in: who they are, what they may reach, whether they may.
 */
import { AdminProblem, type ChangeClientBody, type ClientDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo, formatDuration } from '../format-duration.ts';
import { quoteShellWord } from '../launch-description.ts';
import { formatUntil, readMoment } from '../read-moment.ts';
import { type Style, sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

const kinds: Readonly<Record<ClientDto['kind'], string>> = {
  key: 'key',
  dcr: 'OAuth',
  cimd: 'OAuth',
  preregistered: 'OAuth',
  anonymous: 'no key',
};

export async function list(context: Context, hasRevoked: boolean): Promise<number> {
  const { clients: all } = await context.client.listClients();
  const clients = hasRevoked ? all : all.filter(({ status }) => status !== 'revoked');
  if (context.isJson) {
    context.printJson({ clients });
    return exitCodes.ok;
  }
  if (clients.length === 0) {
    context.tell('No clients. Let one in with a key: mcpmux key create NAME');
    return exitCodes.ok;
  }
  const now = context.io.now();
  const rows = clients.map((client) => [
    sanitizeToLine(client.name),
    stateOf(client, context.style),
    client.lastSeenAt === null ? 'never' : formatAgo(client.lastSeenAt, now),
    kinds[client.kind],
    appOf(client),
    reachOf(client),
  ]);
  context.print(
    renderTable(['CLIENT', 'STATE', 'LAST SEEN', 'WITH', 'SAYS IT IS', 'MAY USE'], rows, {
      heading: context.style.dim,
      width: context.width,
    }),
  );
  return exitCodes.ok;
}

export async function show(context: Context, reference: string): Promise<number> {
  const detail = await named(context, reference, () => context.client.getClient(reference));
  if (context.isJson) {
    context.printJson(detail);
    return exitCodes.ok;
  }
  const { client, keys } = detail;
  const now = context.io.now();
  const { introduction } = client;
  const capabilities = Object.keys(introduction?.capabilities ?? {});
  const facts: (readonly [string, string])[] = [
    ['state', `${client.status}${client.status === 'active' ? '' : `, ${formatAgo(client.statusAt, now)}`}`],
    ['comes with', client.kind === 'key' ? `API key (${client.liveKeys} live)` : kinds[client.kind]],
    ...(client.alias === null ? [] : [['calls itself', sanitizeToLine(client.ownName)] as const]),
    ...(client.oauthClientId === null ? [] : [['client id', sanitizeToLine(client.oauthClientId)] as const]),
    ['app', introduction === null ? 'has not said yet' : appOf(client)],
    ...(introduction === null
      ? []
      : [
          ['speaks', `MCP ${introduction.revision} (${introduction.era})`] as const,
          [
            'can',
            capabilities.length === 0 ? 'nothing beyond calls' : sanitizeToLine(capabilities.join(', ')),
          ] as const,
        ]),
    ['may use', reachOf(client)],
    ...(client.expiresAt === null
      ? []
      : [['until', formatUntil(client.expiresAt, now, formatDuration)] as const]),
    ['known since', formatAgo(client.createdAt, now)],
    ['last seen', client.lastSeenAt === null ? 'never' : formatAgo(client.lastSeenAt, now)],
    ['id', client.id],
  ];
  context.print(sanitizeToLine(client.name));
  context.print(renderTable(undefined, facts, { indent: '  ', width: context.width }));
  for (const key of keys)
    context.print(
      `  key ${sanitizeToLine(key.name)}, ${key.shownPrefix}…, ${
        key.revokedAt !== null
          ? `revoked ${formatAgo(key.revokedAt, now)}`
          : key.lastUsedAt === null
            ? 'never used'
            : `used ${formatAgo(key.lastUsedAt, now)}`
      }`,
    );
  if (client.status === 'active' && client.kind !== 'anonymous')
    context.tell(
      `Shut it out: mcpmux client pause ${wordOf(client)} · for good: mcpmux client revoke ${wordOf(client)}`,
    );
  return exitCodes.ok;
}

/** For apps that ask for a client id instead of registering themselves. */
export async function add(context: Context, name: string, redirectUris: readonly string[]): Promise<number> {
  if (redirectUris.length === 0)
    throw cliError('usage', {
      message: 'say where the app wants its answers',
      hint: `mcpmux client add ${quoteShellWord(name)} --redirect https://app.example/oauth/callback`,
    });
  const client = await context.client.addClient({ name, redirectUris: [...redirectUris] });
  if (context.isJson) {
    context.printJson(client);
    return exitCodes.ok;
  }
  const { url } = await context.client.getStatus();
  context.tell(`${sanitizeToLine(client.name)} is registered. Its client id:`);
  context.print(client.oauthClientId ?? '');
  context.tell(
    [
      `The app needs it and the URL ${url}; it has no secret. What it may use is asked when it signs in.`,
      `Undo: mcpmux client revoke ${wordOf(client)}`,
    ].join('\n'),
  );
  return exitCodes.ok;
}

export async function rename(context: Context, reference: string, name: string): Promise<number> {
  return change(context, reference, { alias: name }, (client) => [
    `"${sanitizeToLine(reference)}" is "${sanitizeToLine(client.name)}" now.`,
    `Undo: mcpmux client rename ${wordOf(client)} ${quoteShellWord(reference)}`,
  ]);
}

export interface NarrowOptions {
  readonly space?: string;
  readonly set?: readonly string[];
  readonly until?: string;
  readonly all?: boolean;
}

export async function narrow(context: Context, reference: string, options: NarrowOptions): Promise<number> {
  const { space, set, until, all = false } = options;
  if (space === undefined && set === undefined && until === undefined && !all)
    throw cliError('usage', {
      message: 'say what the client is held to',
      hint: `mcpmux client narrow ${quoteShellWord(reference)} --space work, or --all to take its limits away`,
    });
  if (all && (space !== undefined || set !== undefined))
    throw cliError('usage', {
      message: '--all takes the limits away; it does not go with --space or --set',
      hint: `mcpmux client narrow ${quoteShellWord(reference)} --all`,
    });
  const body: ChangeClientBody = {
    ...(all && { space: null, featureSets: [], expiresAt: null }),
    ...(space !== undefined && { space }),
    ...(set !== undefined && { featureSets: [...set] }),
    ...(until !== undefined && { expiresAt: readMoment(until, context.io.now(), '--until') }),
  };
  return change(context, reference, body, (client) => [
    `${sanitizeToLine(client.name)} may use ${reachOf(client)}${
      client.expiresAt === null
        ? ''
        : ` until ${new Date(client.expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    }.`,
    ...(all ? [] : [`Undo: mcpmux client narrow ${wordOf(client)} --all`]),
  ]);
}

export async function pause(context: Context, reference: string): Promise<number> {
  return change(context, reference, { status: 'paused' }, (client) => [
    `${sanitizeToLine(client.name)} is paused: what it had open has ended, its next request is refused.`,
    `Undo: mcpmux client resume ${wordOf(client)}`,
  ]);
}

export async function resume(context: Context, reference: string): Promise<number> {
  return change(context, reference, { status: 'active' }, (client) => [
    `${sanitizeToLine(client.name)} may come in again.`,
    `Undo: mcpmux client pause ${wordOf(client)}`,
  ]);
}

export async function revoke(context: Context, reference: string): Promise<number> {
  const client = await named(context, reference, () => context.client.revokeClient(reference));
  if (context.isJson) context.printJson(client);
  else
    context.tell(
      `${sanitizeToLine(client.name)} is revoked: its keys and tokens are void, what it had open has ended.\n` +
        'This cannot be undone; let it in anew with a new key or by signing in again.',
    );
  return warnIfUnstored(context, client);
}

async function change(
  context: Context,
  reference: string,
  body: ChangeClientBody,
  says: (client: ClientDto) => readonly string[],
): Promise<number> {
  const client = await named(context, reference, () => context.client.changeClient(reference, body));
  if (context.isJson) context.printJson(client);
  else context.tell(says(client).join('\n'));
  return warnIfUnstored(context, client);
}

function warnIfUnstored(context: Context, client: ClientDto): number {
  if (client.isStored) return exitCodes.ok;
  context.tell(
    'This is not stored yet, because the store cannot be written: a restart before it is would let the client in again.\n' +
      'next: mcpmux status says what is wrong; it is stored by itself when that is put right',
  );
  return exitCodes.partial;
}

/** A name that nobody has gets the nearest as the next step. */
async function named<T>(context: Context, reference: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AdminProblem) || error.code !== 'auth.no_such_client') throw error;
    const { clients } = await context.client.listClients();
    const known = clients.filter(({ status }) => status !== 'revoked').map(({ name }) => name);
    throw new AdminProblem({
      type: `urn:mcpmux:problem:${error.code}`,
      title: 'Not found',
      status: error.status,
      detail: error.message,
      code: error.code,
      kind: error.kind,
      nextStep: didYouMean(reference, known) ?? 'see: mcpmux client list --all',
    });
  }
}

function stateOf(client: ClientDto, style: Style): string {
  return client.status === 'active' ? style.green('active') : style.red(client.status);
}

function appOf({ introduction }: ClientDto): string {
  if (introduction === null || introduction.appName === null) return '—';
  return sanitizeToLine([introduction.appName, introduction.appVersion ?? ''].join(' ').trim());
}

function reachOf(client: ClientDto): string {
  const sets = client.featureSetIds;
  const where = client.spaceId === null ? 'every Space' : `Space ${client.spaceId}`;
  if (sets.length > 0) return `${where}, ${sets.length === 1 ? 'set' : 'sets'} ${sets.join(', ')}`;
  return client.spaceId === null ? 'what the rules give' : where;
}

function wordOf(client: ClientDto): string {
  return quoteShellWord(client.name);
}
