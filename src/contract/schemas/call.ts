/**
 * contract/schemas/call — what is known of a call and of a work session. Nothing that was said in it.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

const era = z.enum(['legacy', 'modern']);

export const callOutcome = z
  .enum(['ok', 'tool-error', 'error', 'timeout', 'cancelled', 'refused', 'asked'])
  .meta({
    description:
      'tool-error: the tool said so itself; refused: it reached no server; asked: the server wants input first, and the client comes back',
  });

const clientFields = {
  principal: z.object({ id: z.string(), name: z.string() }),
  clientId: z.string().nullable().meta({ description: 'the client record behind the principal' }),
  app: z.string().nullable().meta({ description: 'what the app calls itself' }),
  folder: z.string().nullable(),
  spaceId: z.string(),
};

export const callDto = named(
  'Call',
  z.object({
    id: z.number().int().meta({ description: 'rises with the end of calls' }),
    startedAt: epochMs,
    endedAt: epochMs,
    ...clientFields,
    appVersion: z.string().nullable(),
    rule: z.string().nullable().meta({ description: 'why the caller may see it' }),
    sessionId: z.number().int().meta({ description: 'the work session' }),
    method: z.string(),
    server: z.object({ id: z.string(), alias: z.string() }).nullable(),
    name: z
      .string()
      .nullable()
      .meta({ description: 'of the tool, prompt or resource, as the client said it' }),
    originalName: z.string().nullable(),
    clientSide: z.object({ era, revision: z.string() }),
    serverSide: z.object({ era, revision: z.string() }).nullable(),
    outcome: callOutcome,
    code: z.string().nullable().meta({ description: 'of the error' }),
    said: z.string().nullable().meta({ description: 'about a failure, one line, without secrets' }),
    ms: z.object({
      total: z.number(),
      queue: z.number().meta({ description: 'waited for its turn and for the connection' }),
      server: z.number(),
      stream: z.number().meta({ description: "the part of the server's time after its first word" }),
      own: z.number().meta({ description: 'what is left: McpMux itself' }),
    }),
    bytes: z.object({ request: count, result: count }),
    estimatedTokens: count.meta({ description: 'of the result, a quarter of its bytes' }),
    asks: z
      .array(z.string())
      .meta({ description: 'what the server asked, and what came back: elicitation:accept' }),
    progress: count,
    traceId: z.string().nullable(),
    callId: z.string().meta({ description: 'the same in log lines about this call' }),
  }),
);

const historyCounts = z
  .object({
    recorded: count,
    dropped: count.meta({ description: 'ended while more waited than could be stored' }),
    waiting: count,
    since: epochMs,
    mayMissBefore: epochMs.nullable().meta({
      description: 'the daemon before this one was killed: calls of its last moment may be missing',
    }),
  })
  .meta({ description: 'exact, counted since the start of the daemon' });

export const callPageDto = named(
  'CallPage',
  z.object({
    calls: z.array(callDto).meta({ description: 'the newest first' }),
    nextCursor: z.string().nullable(),
    counts: historyCounts,
  }),
);

export const workSessionDto = named(
  'WorkSession',
  z.object({
    id: z.number().int(),
    ...clientFields,
    startedAt: epochMs,
    lastAt: epochMs,
    calls: count,
    failures: count,
  }),
);

export const workSessionListDto = named('WorkSessionList', z.object({ sessions: z.array(workSessionDto) }));
