/**
 * model/call-filter — which calls somebody looks for, and whether a call is one of them.
 *
 * How a filter is typed is contract/call-filter's affair.
 */
import type { CallEntry, CallOutcomeName, CallParty, CallQuery, CallTarget } from './call-record.ts';

/** Everything that is given must hold; of several values of one field any. Names are compared without case. */
export interface CallFilter {
  readonly outcomes?: readonly CallOutcomeName[];
  /** Alias or id. */
  readonly servers?: readonly string[];
  /** As the client or the server names it; `*` stands for anything. */
  readonly tools?: readonly string[];
  /** Name or id of the client, or what the app calls itself. */
  readonly clients?: readonly string[];
  /** The folder itself or one above it. */
  readonly folders?: readonly string[];
  readonly spaces?: readonly string[];
  readonly methods?: readonly string[];
  readonly code?: string;
  readonly session?: number;
  readonly trace?: string;
  readonly minMs?: number;
  readonly maxMs?: number;
  /** Epoch ms. */
  readonly since?: number;
  readonly until?: number;
  /** Each must be part of the tool's or the server's name. */
  readonly words?: readonly string[];
}

export function callQuery(
  filter: CallFilter,
  page: { readonly before?: number | undefined; readonly limit: number },
): CallQuery {
  const { outcomes, code, session, trace, minMs, maxMs, since, until } = filter;
  const { clients, folders, spaces, servers, tools, methods, words } = filter;
  const hasParty = clients !== undefined || folders !== undefined || spaces !== undefined;
  const hasTarget =
    servers !== undefined || tools !== undefined || methods !== undefined || words !== undefined;
  return {
    outcomes,
    party: hasParty ? (party) => fitsParty(filter, party) : undefined,
    target: hasTarget ? (target) => fitsTarget(filter, target) : undefined,
    minUs: minMs === undefined ? undefined : Math.ceil(minMs * 1_000),
    maxUs: maxMs === undefined ? undefined : Math.floor(maxMs * 1_000),
    since,
    until,
    sessionId: session,
    code,
    traceId: trace,
    before: page.before,
    limit: page.limit,
  };
}

export function fitsFilter(filter: CallFilter, call: CallEntry): boolean {
  const { outcomes, code, session, trace, minMs = 0, maxMs, since = 0, until } = filter;
  return (
    (outcomes === undefined || outcomes.includes(call.outcome)) &&
    (code === undefined || call.code === code) &&
    (session === undefined || call.sessionId === session) &&
    (trace === undefined || call.traceId === trace) &&
    call.totalUs >= minMs * 1_000 &&
    (maxMs === undefined || call.totalUs <= maxMs * 1_000) &&
    call.endedAt >= since &&
    (until === undefined || call.endedAt <= until) &&
    fitsParty(filter, call.party) &&
    fitsTarget(filter, call.target)
  );
}

export function fitsParty({ clients, folders, spaces }: CallFilter, party: CallParty): boolean {
  const { principalId, principalName, clientId, app, folder, spaceId } = party;
  return (
    isOneOf(clients, [principalName, app, clientId, principalId]) &&
    isOneOf(spaces, [spaceId]) &&
    (folders === undefined || (folder !== undefined && folders.some((above) => isWithin(folder, above))))
  );
}

export function fitsTarget({ servers, tools, methods, words }: CallFilter, target: CallTarget): boolean {
  const { server, serverId, originalName, shownName, method } = target;
  return (
    isOneOf(servers, [server, serverId]) &&
    isOneOf(methods, [method]) &&
    isOneOf(tools, [shownName, originalName]) &&
    (words === undefined ||
      words.every((word) =>
        `${server ?? ''} ${shownName ?? ''} ${originalName ?? ''}`.toLowerCase().includes(word.toLowerCase()),
      ))
  );
}

function isOneOf(wanted: readonly string[] | undefined, values: readonly (string | undefined)[]): boolean {
  return (
    wanted === undefined ||
    wanted.some((pattern) =>
      values.some((value) => value !== undefined && isLike(value.toLowerCase(), pattern.toLowerCase())),
    )
  );
}

function isLike(value: string, pattern: string): boolean {
  if (!pattern.includes('*')) return value === pattern;
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  if (!value.startsWith(first) || value.length < first.length + last.length || !value.endsWith(last))
    return false;
  let at = first.length;
  const end = value.length - last.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function isWithin(folder: string, above: string): boolean {
  const parent = above.length > 1 ? above.replace(/[/\\]+$/, '') : above;
  return (
    folder === parent ||
    (folder.startsWith(parent) && (parent.endsWith('/') || /^[/\\]/.test(folder.slice(parent.length))))
  );
}
