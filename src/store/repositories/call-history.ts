/**
 * store/repositories/call-history — calls as rows: written in batches, searched from the newest on, removed from the oldest on.
 *
 * A search goes through windows of ids, each of which takes some milliseconds, and gives others a turn between two: SQLite
 * works on the event loop. What few rows have (a failure, slowness, a rare tool) has an index, so empty windows cost little.
 * Knows nothing of: how calls come about, how filters are written.
 */
import { CompiledQuery, type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import {
  type CallEntry,
  type CallHistoryRepository,
  type CallPage,
  type CallQuery,
  callOutcomes,
  type WorkSession,
} from '../../model/index.ts';
import { yieldToEventLoop } from '../drivers/database.ts';
import { readStored } from '../stored-json.ts';
import type { CallRow, Tables, WorkSessionRow } from '../tables.ts';
import { callParties, callTargets } from './call-dimensions.ts';
import type { RepositoryParts } from './parts.ts';

/** The newest calls are what is looked for mostly; further back the steps may be longer. */
const firstWindow = 5_000;
const nextWindow = 50_000;
/** A statement of fixed shape is prepared once. */
const rowsAtOnce = 64;
const slowUs = 1_000_000;

const columns = [
  'id',
  'ended_at',
  'party_id',
  'target_id',
  'session_id',
  'outcome',
  'total_us',
  'queue_us',
  'server_us',
  'stream_us',
  'request_bytes',
  'result_bytes',
  'progress',
  'code',
  'said',
  'asks',
  'trace_id',
  'call_id',
] as const satisfies readonly (keyof CallRow)[];

export function callHistoryRepository({ database }: RepositoryParts): CallHistoryRepository {
  const { relaxed } = database;
  const parties = callParties();
  const targets = callTargets();
  const load = async (): Promise<void> => {
    await parties.load(relaxed.db);
    await targets.load(relaxed.db);
  };
  const placeholder = database.kind === 'sqlite' ? () => '?' : (at: number) => `$${at + 1}`;
  const insertOf = (rows: number): string =>
    `insert into calls (${columns.join(', ')}) values ${Array.from(
      { length: rows },
      (_, row) =>
        `(${columns.map((_name, column) => placeholder(row * columns.length + column)).join(', ')})`,
    ).join(', ')}`;
  const insertMany = insertOf(rowsAtOnce);
  const insertOne = insertOf(1);

  const asEntry = (row: CallRow): CallEntry => ({
    id: Number(row.id),
    endedAt: Number(row.ended_at),
    party: parties.value(row.party_id) ?? lostParty,
    target: targets.value(row.target_id) ?? lostTarget,
    sessionId: Number(row.session_id),
    outcome: callOutcomes[row.outcome] ?? 'error',
    code: row.code ?? undefined,
    said: row.said ?? undefined,
    totalUs: Number(row.total_us),
    queueUs: Number(row.queue_us),
    serverUs: Number(row.server_us),
    streamUs: Number(row.stream_us),
    requestBytes: Number(row.request_bytes),
    resultBytes: Number(row.result_bytes),
    asks: row.asks === null ? [] : ((readStored(row.asks) as string[] | undefined) ?? []),
    progress: row.progress,
    traceId: row.trace_id ?? undefined,
    callId: row.call_id,
  });

  /** One question each: asked together, neither is answered from the index. */
  const edge = async (direction: 'asc' | 'desc'): Promise<number> => {
    const row = await relaxed.db
      .selectFrom('calls')
      .select('id')
      .orderBy('id', direction)
      .limit(1)
      .executeTakeFirst();
    return Number(row?.id ?? 0);
  };
  const span = async (): Promise<{ oldest: number; newest: number }> => ({
    oldest: await edge('asc'),
    newest: await edge('desc'),
  });

  /** The lowest id that ended at `at` or later: ids rise with the end of calls. */
  const firstIdSince = async (at: number, oldest: number, newest: number): Promise<number> => {
    let low = oldest;
    let high = newest + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = await relaxed.db
        .selectFrom('calls')
        .select(['id', 'ended_at'])
        .where('id', '>=', middle)
        .orderBy('id')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined || Number(row.ended_at) >= at) high = middle;
      else low = Number(row.id) + 1;
    }
    return low;
  };

  return {
    async lastIds() {
      const newest = await edge('desc');
      const row = await relaxed.db
        .selectFrom('work_sessions')
        .select(({ fn }) => fn.max<number | null>('id').as('last'))
        .executeTakeFirstOrThrow();
      return { call: newest, session: Number(row.last ?? 0) };
    },

    async append(calls, sessions) {
      await load();
      await relaxed.write(async (connection) => {
        parties.begin();
        targets.begin();
        const partyIds = await parties.idsFor(
          connection,
          calls.map(({ party }) => party),
        );
        const targetIds = await targets.idsFor(
          connection,
          calls.map(({ target }) => target),
        );
        let at = 0;
        while (at < calls.length) {
          const size = calls.length - at >= rowsAtOnce ? rowsAtOnce : 1;
          const values: unknown[] = [];
          for (let row = at; row < at + size; row += 1)
            pushValues(values, calls[row] as CallEntry, partyIds[row] ?? 0, targetIds[row] ?? 0);
          await connection.executeQuery(CompiledQuery.raw(size === 1 ? insertOne : insertMany, values));
          at += size;
        }
        for (const session of sessions) {
          const row = asSessionRow(session);
          await connection
            .insertInto('work_sessions')
            .values(row)
            .onConflict((conflict) =>
              conflict
                .column('id')
                .doUpdateSet({ last_at: row.last_at, calls: row.calls, failures: row.failures }),
            )
            .execute();
        }
      });
      parties.commit();
      targets.commit();
    },

    async get(id) {
      await load();
      const row = await relaxed.db.selectFrom('calls').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : asEntry(row);
    },

    async find(query): Promise<CallPage> {
      await load();
      const partyIds = parties.idsOf(query.party);
      const targetIds = targets.idsOf(query.target);
      const { oldest, newest } = await span();
      if (newest === 0 || partyIds?.length === 0 || targetIds?.length === 0)
        return { calls: [], next: undefined };
      const lowest = query.since === undefined ? oldest : await firstIdSince(query.since, oldest, newest);
      let upper = Math.min(newest + 1, query.before ?? Number.MAX_SAFE_INTEGER);
      if (query.until !== undefined)
        upper = Math.min(upper, await firstIdSince(query.until + 1, oldest, newest));
      const found: CallEntry[] = [];
      for (let window = firstWindow; upper > lowest; window = nextWindow) {
        const lower = Math.max(lowest, upper - window);
        const rows = await relaxed.db
          .selectFrom('calls')
          .selectAll()
          .where((eb) => conditions(eb, query, lower, upper, partyIds, targetIds))
          .orderBy('id', 'desc')
          .limit(query.limit + 1 - found.length)
          .execute();
        for (const row of rows) found.push(asEntry(row));
        if (found.length > query.limit) break;
        upper = lower;
        await yieldToEventLoop();
      }
      const calls = found.slice(0, query.limit);
      return { calls, next: found.length > query.limit ? calls.at(-1)?.id : undefined };
    },

    async sessions({ since, limit }) {
      let select = relaxed.db.selectFrom('work_sessions').selectAll();
      if (since !== undefined) select = select.where('last_at', '>=', since);
      const rows = await select.orderBy('last_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(asSession);
    },

    async removeOld(endedBefore, keep, atMost) {
      const { oldest, newest } = await span();
      if (newest === 0) return 0;
      const tooOld = await firstIdSince(endedBefore, oldest, newest);
      const upTo = Math.min(Math.max(tooOld, newest - keep + 1), oldest + atMost);
      if (upTo <= oldest) return 0;
      const { numDeletedRows } = await relaxed.db
        .deleteFrom('calls')
        .where('id', '<', upTo)
        .executeTakeFirst();
      await relaxed.db.deleteFrom('work_sessions').where('last_at', '<', endedBefore).execute();
      return Number(numDeletedRows);
    },

    span,
  };
}

function conditions(
  eb: ExpressionBuilder<Tables, 'calls'>,
  query: CallQuery,
  lower: number,
  upper: number,
  partyIds: number[] | undefined,
  targetIds: number[] | undefined,
): Expression<SqlBool> {
  const all: Expression<SqlBool>[] = [eb('id', '>=', lower), eb('id', '<', upper)];
  // Few calls fail, so their index is the one to use: the sign keeps the others out of it.
  const isOfFew = query.outcomes !== undefined && !query.outcomes.includes('ok');
  const of = (name: 'party_id' | 'target_id') => (isOfFew ? sql<number>`+${sql.ref(name)}` : eb.ref(name));
  if (partyIds !== undefined) all.push(eb(of('party_id'), 'in', partyIds));
  if (targetIds !== undefined) all.push(eb(of('target_id'), 'in', targetIds));
  if (query.outcomes !== undefined) {
    const outcomes = query.outcomes.map((name) => callOutcomes.indexOf(name));
    all.push(eb('outcome', 'in', outcomes));
    // As the index says it, so that it is used.
    if (!outcomes.includes(0)) all.push(eb('outcome', '<>', eb.lit(0)));
  }
  if (query.minUs !== undefined) {
    all.push(eb('total_us', '>=', query.minUs));
    if (query.minUs >= slowUs) all.push(eb('total_us', '>=', eb.lit(slowUs)));
  }
  if (query.maxUs !== undefined) all.push(eb('total_us', '<=', query.maxUs));
  if (query.sessionId !== undefined) all.push(eb('session_id', '=', query.sessionId));
  if (query.code !== undefined) all.push(eb('code', '=', query.code));
  if (query.traceId !== undefined) all.push(eb('trace_id', '=', query.traceId));
  return eb.and(all);
}

/** In the order of `columns`. */
function pushValues(values: unknown[], call: CallEntry, partyId: number, targetId: number): void {
  values.push(
    call.id,
    call.endedAt,
    partyId,
    targetId,
    call.sessionId,
    callOutcomes.indexOf(call.outcome),
    call.totalUs,
    call.queueUs,
    call.serverUs,
    call.streamUs,
    call.requestBytes,
    call.resultBytes,
    call.progress,
    call.code ?? null,
    call.said ?? null,
    call.asks.length === 0 ? null : JSON.stringify(call.asks),
    call.traceId ?? null,
    call.callId,
  );
}

function asSessionRow(session: WorkSession): WorkSessionRow {
  return {
    id: session.id,
    principal_id: session.principalId,
    principal_name: session.principalName,
    app: session.app ?? null,
    folder: session.folder ?? null,
    space_id: session.spaceId,
    started_at: session.startedAt,
    last_at: session.lastAt,
    calls: session.calls,
    failures: session.failures,
  };
}

function asSession(row: WorkSessionRow): WorkSession {
  return {
    id: Number(row.id),
    principalId: row.principal_id,
    principalName: row.principal_name,
    app: row.app ?? undefined,
    folder: row.folder ?? undefined,
    spaceId: row.space_id,
    startedAt: Number(row.started_at),
    lastAt: Number(row.last_at),
    calls: Number(row.calls),
    failures: Number(row.failures),
  };
}

/** Only where somebody has removed rows by hand. */
const lostParty: CallEntry['party'] = {
  principalId: 'unknown',
  principalName: 'unknown',
  clientId: undefined,
  app: undefined,
  appVersion: undefined,
  folder: undefined,
  spaceId: 'unknown',
  rule: undefined,
  era: 'legacy',
  revision: 'unknown',
};
const lostTarget: CallEntry['target'] = {
  method: 'unknown',
  serverId: undefined,
  server: undefined,
  originalName: undefined,
  shownName: undefined,
  era: undefined,
  revision: undefined,
};
