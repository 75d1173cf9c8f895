/**
 * admin/routes/calls — what happened: calls by filter and page, one call, following them, work sessions.
 */
import type { FastifyReply } from 'fastify';
import { CallFilterError, type CallPageDto, parseCallFilter } from '../../contract/index.ts';
import { type CallEntry, type CallFilter, callQuery, fitsFilter } from '../../model/index.ts';
import { adminError } from '../errors.ts';
import type { OpenStreams } from '../open-streams.ts';
import type { AdminParts, History } from '../ports.ts';
import { presentCall, presentWorkSession } from '../present-call.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerCallRoutes(
  serve: RegisterRoute,
  { history }: AdminParts,
  streams: OpenStreams,
): void {
  serve('listCalls', ({ query, reply }) => {
    const filter = readFilter(query.filter);
    if (['', '1', 'true'].includes(query.follow ?? '0'))
      return follow(history, streams, filter, query.limit, reply);
    return page(history, filter, query.limit, readCursor(query.cursor));
  });
  serve('getCall', async ({ params }) => {
    const call = await history.get(Number(params.call.replace('#', '')));
    if (call === undefined) throw adminError('no_such_call', { call: params.call });
    return presentCall(call);
  });
  serve('listWorkSessions', async ({ query }) => ({
    sessions: (await history.sessions(query.limit)).map(presentWorkSession),
  }));
}

/** @throws admin.bad_filter */
function readFilter(text: string): CallFilter {
  try {
    return parseCallFilter(text, Date.now());
  } catch (error) {
    if (!(error instanceof CallFilterError)) throw error;
    throw adminError('bad_filter', { reason: error.message, hint: error.hint });
  }
}

function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,16}$/.test(cursor)) throw adminError('bad_request', { where: 'query.cursor' });
  return Number(cursor);
}

async function page(
  history: History,
  filter: CallFilter,
  limit: number,
  before: number | undefined,
): Promise<CallPageDto> {
  const { calls, next } = await history.find(callQuery(filter, { before, limit }));
  const { recorded, dropped, waiting, since, mayMissBefore } = history.counts;
  return {
    calls: calls.map(presentCall),
    nextCursor: next === undefined ? null : String(next),
    counts: { recorded, dropped, waiting, since, mayMissBefore: mayMissBefore ?? null },
  };
}

async function follow(
  history: History,
  streams: OpenStreams,
  filter: CallFilter,
  limit: number,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const stream = streams.start('\n');
  // Following starts before the newest are read, so that no call falls between the two.
  let early: CallEntry[] | undefined = [];
  const write = (call: CallEntry): void => stream.write(`${JSON.stringify(presentCall(call))}\n`);
  stream.onEnd(
    history.follow((call) => {
      if (!fitsFilter(filter, call)) return;
      if (early === undefined) write(call);
      else early.push(call);
    }),
  );
  let last = 0;
  try {
    const { calls } = await history.find(callQuery(filter, { limit }));
    for (const call of [...calls].reverse()) write(call);
    last = calls[0]?.id ?? 0;
  } catch (error) {
    stream.body.destroy();
    throw error;
  }
  for (const call of early) if (call.id > last) write(call);
  early = undefined;
  return reply.type('application/x-ndjson').send(stream.body);
}
