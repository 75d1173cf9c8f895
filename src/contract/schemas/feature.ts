/**
 * contract/schemas/feature — what servers offer, and calling a tool by hand.
 */
import { z } from 'zod';
import { jsonObject } from './fields.ts';
import { named } from './registry.ts';

export const toolDto = named(
  'Tool',
  z.object({
    name: z.string().meta({ description: 'the name clients call it by' }),
    originalName: z.string(),
    serverId: z.string(),
    serverName: z.string(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    isAvailable: z.boolean().meta({ description: 'false while its server cannot be reached' }),
    item: jsonObject.meta({ description: 'the tool exactly as the server sent it' }),
  }),
);

export const toolListDto = named('ToolList', z.object({ tools: z.array(toolDto) }));

export const featureDto = named(
  'Feature',
  z.object({
    id: z.string(),
    serverId: z.string(),
    kind: z.enum(['tool', 'prompt', 'resource', 'template']),
    originalName: z.string(),
    isAvailable: z.boolean(),
    item: jsonObject,
  }),
);

export const featureListDto = named('FeatureList', z.object({ features: z.array(featureDto) }));

export const callToolBody = named('CallTool', z.strictObject({ arguments: jsonObject.default({}) }));

/** A tool that says `isError: true` is a result; a JSON-RPC error is an error. Neither is a failure of this API. */
export const callOutcomeDto = named(
  'CallOutcome',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('result'), result: jsonObject }),
    z.object({
      kind: z.literal('error'),
      code: z.number(),
      message: z.string(),
      data: z.unknown().optional(),
    }),
  ]),
);
