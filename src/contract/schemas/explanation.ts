/**
 * contract/schemas/explanation — one answer to "why?".
 */
import { z } from 'zod';
import { problemFix } from './problem-list.ts';
import { named } from './registry.ts';

export const explanationDto = named(
  'Explanation',
  z.object({
    about: z.object({
      kind: z.enum(['daemon', 'server', 'client', 'call', 'error']),
      id: z.string().nullable(),
      name: z.string(),
    }),
    cause: z.string().meta({
      description: 'which cause it is, stable; fine: nothing is wrong; unknown: none that is known',
    }),
    says: z.string().meta({ description: 'the finding, one sentence' }),
    facts: z.array(z.object({ name: z.string(), says: z.string() })),
    next: problemFix.nullable().meta({ description: 'the one thing to do' }),
  }),
);
