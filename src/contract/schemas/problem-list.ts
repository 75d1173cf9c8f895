/**
 * contract/schemas/problem-list — what needs a person, in order of harm. (A refused request is another thing: schemas/problem.)
 */
import { z } from 'zod';
import { epochMs } from './fields.ts';
import { named } from './registry.ts';

export const problemHarm = z.enum([
  'waits',
  'failed',
  'sign-in',
  'configuration',
  'held',
  'waiting',
  'access',
  'limits',
  'note',
]);

export const problemFix = z.object({
  says: z.string(),
  command: z.string().nullable().meta({ description: 'what can be typed as it is' }),
  act: z
    .object({ route: z.string(), params: z.record(z.string(), z.string()) })
    .nullable()
    .meta({ description: 'the operation of this API that does it' }),
});

export const listedProblemDto = named(
  'ListedProblem',
  z.object({
    id: z.string().meta({ description: 'the same as long as it is the same problem' }),
    code: z.string(),
    harm: problemHarm,
    about: z.object({
      kind: z.enum(['daemon', 'server', 'client', 'call', 'feature']),
      id: z.string().nullable(),
      name: z.string().nullable().meta({ description: 'as a person types it' }),
    }),
    title: z.string().meta({ description: 'a few words: `postgres failed`' }),
    cause: z.string().nullable().meta({ description: 'why, in one sentence' }),
    since: epochMs,
    until: epochMs.nullable().meta({ description: 'somebody waits until then' }),
    fix: problemFix.nullable().meta({ description: 'the one thing that mends it' }),
  }),
);

export const listedProblemsDto = named(
  'ListedProblems',
  z.object({ problems: z.array(listedProblemDto).meta({ description: 'the most harm first' }) }),
);
