/**
 * contract/schemas/list-mode — who gets all tools listed and who finds them by search, and what that costs in tokens.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

const mode = z.enum(['full', 'lazy', 'auto']);

export const listModesDto = named(
  'ListModes',
  z.object({
    modes: z.array(
      z.object({ kind: z.enum(['client', 'set', 'space']), id: z.string(), name: z.string(), mode }),
    ),
    pinned: z
      .array(z.object({ name: z.string(), alias: z.string(), originalName: z.string(), spaceId: z.string() }))
      .meta({ description: 'tools that are listed in lazy mode too' }),
    resultLimits: z.array(
      z.object({
        kind: z.enum(['set', 'space']),
        id: z.string(),
        name: z.string(),
        characters: count.meta({ description: 'from here on a result is kept whole and shown in part' }),
      }),
    ),
  }),
);

const reference = z.string().min(1).max(256);

export const setListModeBody = named(
  'SetListMode',
  z
    .strictObject({
      mode: mode.nullable().meta({ description: 'null: as the next wider setting says' }),
      client: reference.optional(),
      set: reference.optional(),
      space: reference.optional(),
    })
    .refine(({ client, set, space }) => [client, set, space].filter((one) => one !== undefined).length <= 1, {
      message: 'give one of client, set and space',
    }),
);

export const setResultLimitBody = named(
  'SetResultLimit',
  z
    .strictObject({
      characters: z.number().int().min(1).max(100_000_000).nullable().meta({ description: 'null: no limit' }),
      set: reference.optional(),
      space: reference.optional(),
    })
    .refine(({ set, space }) => set === undefined || space === undefined, {
      message: 'give set or space, not both',
    }),
);

export const pinToolBody = named('PinTool', z.strictObject({ isPinned: z.boolean() }));

export const tokenCostsDto = named(
  'TokenCosts',
  z.object({
    clients: z.array(
      z.object({
        clientId: z.string().nullable(),
        client: z.string(),
        app: z.string().nullable(),
        lists: count,
        listTokens: count,
        wholeListTokens: count.meta({ description: 'what its lists would have been with all tools' }),
        searches: count,
        searchTokens: count,
        calls: count,
        resultTokens: count,
        savedTokens: z.number().int().meta({ description: 'less than 0 is a loss' }),
        since: epochMs,
        lastAt: epochMs,
      }),
    ),
  }),
);
