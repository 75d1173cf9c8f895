/**
 * admin/present-call — calls and work sessions of the history as their DTOs.
 */
import type { CallDto, WorkSessionDto } from '../contract/index.ts';
import type { CallEntry, WorkSession } from '../model/index.ts';

/** Of a text in most languages; said to be an estimate wherever it is shown. */
const bytesPerToken = 4;

export function presentCall(call: CallEntry): CallDto {
  const { party, target } = call;
  return {
    id: call.id,
    startedAt: call.endedAt - Math.round(call.totalUs / 1_000),
    endedAt: call.endedAt,
    principal: { id: party.principalId, name: party.principalName },
    clientId: party.clientId ?? null,
    app: party.app ?? null,
    appVersion: party.appVersion ?? null,
    folder: party.folder ?? null,
    spaceId: party.spaceId,
    rule: party.rule ?? null,
    sessionId: call.sessionId,
    method: target.method,
    server: target.serverId === undefined ? null : { id: target.serverId, alias: target.server ?? '' },
    name: target.shownName ?? null,
    originalName: target.originalName ?? null,
    clientSide: { era: party.era, revision: party.revision },
    serverSide: target.era === undefined ? null : { era: target.era, revision: target.revision ?? '' },
    outcome: call.outcome,
    code: call.code ?? null,
    said: call.said ?? null,
    ms: {
      total: call.totalUs / 1_000,
      queue: call.queueUs / 1_000,
      server: call.serverUs / 1_000,
      stream: call.streamUs / 1_000,
      own: Math.max(0, call.totalUs - call.queueUs - call.serverUs) / 1_000,
    },
    bytes: { request: call.requestBytes, result: call.resultBytes },
    estimatedTokens: Math.round(call.resultBytes / bytesPerToken),
    asks: [...call.asks],
    progress: call.progress,
    traceId: call.traceId ?? null,
    callId: call.callId,
  };
}

export function presentWorkSession(session: WorkSession): WorkSessionDto {
  return {
    id: session.id,
    principal: { id: session.principalId, name: session.principalName },
    clientId: session.principalId.startsWith('client:') ? session.principalId.slice(7) : null,
    app: session.app ?? null,
    folder: session.folder ?? null,
    spaceId: session.spaceId,
    startedAt: session.startedAt,
    lastAt: session.lastAt,
    calls: session.calls,
    failures: session.failures,
  };
}
