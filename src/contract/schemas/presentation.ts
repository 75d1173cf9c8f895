/**
 * contract/schemas/presentation — how tools look to clients: other names, other words, arguments hidden, fixed or filled in.
 */
import { z } from 'zod';
import { jsonObject } from './fields.ts';
import { named } from './registry.ts';

const text = z
  .string()
  .min(1)
  .max(64 * 1024);
const json = z.json();

export const argumentPatchDto = z.object({
  isHidden: z.boolean().optional(),
  pinned: json.optional().meta({ description: 'always sent with this value' }),
  default: json.optional().meta({ description: 'sent where the caller gives none' }),
  description: z.string().optional(),
});

export const toolPatchDto = named(
  'ToolPatch',
  z.object({
    name: z.string().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    arguments: z.record(z.string(), argumentPatchDto).optional(),
  }),
);

export const presentedToolDto = named(
  'PresentedTool',
  z.object({
    spaceId: z.string(),
    spaceSlug: z.string(),
    serverId: z.string(),
    serverName: z.string(),
    originalName: z.string(),
    qualifiedName: z.string().meta({ description: 'its name without any change' }),
    shownName: z.string().nullable().meta({ description: 'null while it cannot be offered' }),
    patches: z.array(
      z.object({
        set: z.string().nullable().meta({ description: 'slug of a FeatureSet; null: all of the Space' }),
        patch: toolPatchDto,
      }),
    ),
    original: jsonObject.meta({ description: 'as its server shows it' }),
    item: jsonObject.meta({ description: 'as clients of the Space see it, under its original name' }),
    warnings: z.array(z.string()).meta({ description: 'what the server has changed beneath the patch' }),
    fault: z
      .string()
      .nullable()
      .meta({ description: 'why it is not offered: what was fixed would not hold' }),
  }),
);

export const presentedToolListDto = named(
  'PresentedToolList',
  z.object({ tools: z.array(presentedToolDto) }),
);

const scope = {
  space: z.string().max(256).optional().meta({ description: 'slug, name or id; the default Space without' }),
  set: z.string().max(256).optional().meta({ description: 'for those who come by this FeatureSet only' }),
};

export const presentationQuery = z.object(scope);

/** null takes away; what is not named stays. */
export const presentToolBody = named(
  'PresentTool',
  z.strictObject({
    ...scope,
    name: z.string().max(256).nullable().optional(),
    title: text.nullable().optional(),
    description: text.nullable().optional(),
    arguments: z
      .record(
        z.string(),
        z
          .strictObject({
            isHidden: z.boolean().nullable().optional(),
            pinned: z.strictObject({ value: json }).nullable().optional(),
            default: z.strictObject({ value: json }).nullable().optional(),
            description: text.nullable().optional(),
          })
          .nullable(),
      )
      .optional(),
  }),
);
