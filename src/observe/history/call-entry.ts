/**
 * observe/history/call-entry — from what the hot path noted of a call to the plain values that are stored.
 */
import { type Clock, cleanText, type JsonObject, shortText } from '../../base/index.ts';
import type { CallEntry, Caller, CallParty, CallRecord, CallTarget } from '../../model/index.ts';

/** A client can call itself anything. */
const nameLength = 100;
const folderLength = 400;
const saidLength = 300;

export interface EntryParts {
  readonly clock: Clock;
  /** Takes secrets out of what a server said. */
  readonly redact: (text: string, serverId: string | undefined) => string;
}

export function callEntry(
  record: CallRecord,
  id: number,
  sessionId: number,
  party: CallParty,
  { clock, redact }: EntryParts,
): CallEntry {
  const { server, said, startedAt, sentAt, answeredAt, firstToldAt, endedAt } = record;
  const wasSent = sentAt > 0;
  const queueMs = server === undefined ? 0 : (wasSent ? sentAt : endedAt) - startedAt;
  const serverMs = wasSent ? answeredAt - sentAt : 0;
  const streamMs = wasSent && firstToldAt > sentAt ? Math.max(0, answeredAt - firstToldAt) : 0;
  return {
    id,
    // The wall clock now, less what has gone by since: records wait a moment before they come here.
    endedAt: Math.round(clock.now() - (clock.monotonic() - endedAt)),
    party,
    target: targetOf(record),
    sessionId,
    outcome: record.outcome ?? 'error',
    code: record.code,
    said: said === undefined ? undefined : oneLine(redact(said, server?.id)),
    totalUs: microseconds(endedAt - startedAt),
    queueUs: microseconds(queueMs),
    serverUs: microseconds(serverMs),
    streamUs: microseconds(streamMs),
    requestBytes: record.requestBytes,
    resultBytes: record.resultBytes,
    asks: record.asks ?? [],
    progress: record.progress,
    traceId: record.traceId,
    callId: record.callId,
  };
}

export function partyOf({ caller, rule, spaceId }: CallRecord): CallParty {
  const { principal, client } = caller;
  const folder = folderOf(caller);
  return {
    principalId: principal.id,
    principalName: principal.name,
    clientId: principal.kind === 'admin' ? undefined : principal.clientId,
    app: textIn(client.info, 'name'),
    appVersion: textIn(client.info, 'version'),
    folder: folder === undefined ? undefined : shortText(folder, folderLength),
    spaceId: spaceId ?? 'none',
    rule,
    era: client.era,
    revision: client.revision,
  };
}

/** What the client named, or the first of the folders it reported, or where the bridge was started. */
function folderOf({ workspace, roots, bridgeFolder }: Caller): string | undefined {
  if (workspace !== undefined) return workspace;
  const root = roots?.state === 'arrived' ? roots.uris[0] : undefined;
  if (root === undefined) return bridgeFolder;
  if (!root.startsWith('file://')) return root;
  try {
    return decodeURIComponent(new URL(root).pathname);
  } catch {
    return root;
  }
}

function targetOf({ method, server, originalName, shownName, legEra, legRevision }: CallRecord): CallTarget {
  return {
    method: shortText(method, nameLength),
    serverId: server?.id,
    server: server?.alias,
    originalName: originalName === undefined ? undefined : shortText(originalName),
    shownName: shownName === undefined ? undefined : shortText(shownName),
    era: legEra,
    revision: legRevision,
  };
}

function textIn(info: JsonObject | undefined, name: string): string | undefined {
  const value = info?.[name];
  return typeof value === 'string' && value !== '' ? shortText(value, nameLength) : undefined;
}

function microseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000));
}

function oneLine(text: string): string {
  return shortText(cleanText(text).replace(/\s+/g, ' ').trim(), saidLength);
}
