/**
 * contract/schemas/audit — who did what, when, and what was decided.
 */
import { z } from 'zod';
import { count, epochMs, queryNumber } from './fields.ts';
import { named } from './registry.ts';

export const auditEntryDto = named(
  'AuditEntry',
  z.object({
    seq: count,
    at: epochMs,
    who: z.object({
      kind: z.enum(['person', 'client', 'nobody', 'mcpmux']),
      id: z.string().nullable(),
      name: z.string(),
      address: z.string().nullable(),
    }),
    what: z.string().meta({ description: '`room.act`, stable: `admin.addServer`, `door.token_unknown`' }),
    on: z.string().nullable().meta({ description: 'what it was done to, by its name' }),
    decision: z.enum(['done', 'allowed', 'refused', 'failed']),
    facts: z.record(z.string(), z.unknown()),
  }),
);

export const auditQuery = z.object({
  limit: queryNumber(1, 1_000, 100),
  beforeSeq: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: 'for the next page: the last seq' }),
  what: z.string().max(64).optional().meta({ description: 'kinds that begin so' }),
  who: z.string().max(128).optional().meta({ description: 'the id of a client or browser, or a name' }),
});

export const auditListDto = named('AuditList', z.object({ entries: z.array(auditEntryDto) }));

export const auditVerdictDto = named(
  'AuditVerdict',
  z.object({
    entries: count,
    firstSeq: count,
    lastSeq: count,
    lastHash: z.string().meta({ description: 'note it elsewhere: a later verify must still reach it' }),
    broken: z.object({ seq: count, why: z.string() }).nullable(),
  }),
);
