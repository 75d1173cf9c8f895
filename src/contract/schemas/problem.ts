/**
 * contract/schemas/problem — what every refused request gets: RFC 9457 problem details with our code and next step.
 */
import { z } from 'zod';
import { named } from './registry.ts';

export const errorKind = z.enum([
  'invalid',
  'unauthenticated',
  'denied',
  'not-found',
  'conflict',
  'too-large',
  'timeout',
  'unavailable',
  'cancelled',
  'internal',
]);

export const problemDto = named(
  'Problem',
  z.object({
    type: z.string().meta({ description: 'urn:mcpmux:problem:<code>' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'what was tried, on what, what happened' }),
    code: z.string().meta({ description: '<room>.<failure>, stable' }),
    kind: errorKind,
    nextStep: z.string().nullable().meta({ description: 'the one thing to do now' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'which parts of the request were wrong' }),
  }),
);
