/**
 * contract/schemas/approval — calls that wait for a person, and what decides which do.
 */
import { z } from 'zod';
import { epochMs } from './fields.ts';
import { named } from './registry.ts';

export const approvalOutcome = z
  .enum(['allowed', 'allowed-always', 'late', 'denied', 'expired', 'cancelled', 'rate-limited'])
  .meta({ description: 'late: allowed after it had expired; the next equal call goes through once' });

export const waitingCallDto = named(
  'WaitingCall',
  z.object({
    number: z.number().int().meta({ description: 'what an answer names' }),
    clientId: z.string(),
    client: z.string(),
    spaceId: z.string(),
    serverId: z.string().nullable(),
    serverName: z.string(),
    tool: z.string().meta({ description: 'as the client knows it' }),
    arguments: z.string().meta({ description: 'JSON text, invisible characters written out' }),
    because: z.string().meta({ description: 'why it waits' }),
    since: epochMs,
    expiresAt: epochMs,
    outcome: approvalOutcome.nullable().meta({ description: 'null while it waits' }),
  }),
);

export const waitingListDto = named('WaitingList', z.object({ waiting: z.array(waitingCallDto) }));

export const answerApprovalBody = named(
  'AnswerApproval',
  z.strictObject({
    answer: z.enum(['allow', 'deny']),
    always: z.boolean().default(false).meta({ description: 'allow this client this tool for good' }),
  }),
);

export const answeredDto = named('ApprovalAnswered', z.object({ outcome: approvalOutcome }));

const nature = z.enum(['writes', 'destroys']).meta({
  description:
    'writes: tools that do not say that they only read. destroys: those that say neither that nor that they destroy nothing',
});

export const approvalRuleDto = named(
  'ApprovalRule',
  z.object({
    id: z.string(),
    spaceId: z.string(),
    spaceSlug: z.string(),
    kind: z.enum(['server', 'tool', 'pattern', 'nature']),
    name: z.string().nullable().meta({ description: 'what it names; null when that is not there now' }),
    tools: z.array(z.string()).meta({ description: 'the tools that it stops now' }),
    createdAt: epochMs,
  }),
);

export const standingApprovalDto = named(
  'StandingApproval',
  z.object({
    id: z.string(),
    spaceId: z.string(),
    clientId: z.string(),
    client: z.string(),
    tool: z.string(),
    createdAt: epochMs,
  }),
);

export const approvalRulesDto = named(
  'ApprovalRules',
  z.object({ rules: z.array(approvalRuleDto), standing: z.array(standingApprovalDto) }),
);

export const requireApprovalBody = named(
  'RequireApproval',
  z.strictObject({
    space: z
      .string()
      .max(256)
      .optional()
      .meta({ description: 'slug, name or id; the default Space without' }),
    target: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('server'), server: z.string().min(1).max(256) }),
      z.strictObject({ kind: z.literal('tool'), tool: z.string().min(1).max(256) }),
      z.strictObject({ kind: z.literal('pattern'), pattern: z.string().min(1).max(256) }),
      z.strictObject({ kind: z.literal('nature'), nature }),
    ]),
  }),
);
