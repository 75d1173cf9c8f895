/**
 * contract/schemas/definition — what servers say, what was approved of it, and what waits for a person.
 */
import { z } from 'zod';
import { epochMs } from './fields.ts';
import { named } from './registry.ts';

const kind = z.enum(['tool', 'prompt', 'instructions']);
const face = z.enum(['primary', 'era:legacy', 'era:modern', 'own']).meta({
  description: 'where it is shown: on the primary connection, to clients of one era, or to a single client',
});
const hash = z.string().min(1).max(64);

export const definitionPolicy = z.enum(['follow', 'default', 'strict']).meta({
  description:
    'what passes without a person. follow: everything. default: what says the same or takes more than before. strict: only what says the same, and not the first definitions either',
});

const diffPart = z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() });

export const definitionChangeDto = named(
  'DefinitionChange',
  z.object({
    path: z.string().meta({ description: 'where in the definition: inputSchema.properties.path' }),
    level: z.enum(['notation', 'additive', 'text', 'behaviour']),
    says: z.string().meta({ description: 'reads on after the path: "is new, and required"' }),
    diff: z.array(diffPart).nullable().meta({
      description: 'word by word, invisible characters written out; null where there is no text to compare',
    }),
  }),
);

export const heldDefinitionDto = named(
  'HeldDefinition',
  z.object({
    kind,
    name: z.string().meta({ description: 'the original name; instructions have a fixed one' }),
    face,
    level: z.enum(['new', 'notation', 'additive', 'text', 'behaviour']),
    hash: hash.meta({ description: 'of the form that waits; a decision names it' }),
    isRejected: z.boolean(),
    approvedAt: epochMs
      .nullable()
      .meta({ description: 'when the form before was approved; null: none ever was' }),
    changes: z.array(definitionChangeDto),
    hints: z
      .array(
        z.object({
          kind: z.enum(['hidden-characters', 'instruction', 'url', 'other-tool']),
          path: z.string(),
          found: z.string(),
        }),
      )
      .meta({ description: 'what a person should look at; that there is none says nothing' }),
    text: z.string().meta({ description: 'all of it as it is now, invisible characters written out' }),
  }),
);

export const serverReviewDto = named(
  'ServerReview',
  z.object({
    serverId: z.string(),
    serverName: z.string(),
    alias: z.string(),
    policy: definitionPolicy,
    held: z.array(heldDefinitionDto),
  }),
);

export const reviewListDto = named('ReviewList', z.object({ servers: z.array(serverReviewDto) }));

export const decideBody = named(
  'DecideDefinitions',
  z.strictObject({
    decision: z.enum(['accept', 'reject']),
    definitions: z
      .array(z.strictObject({ kind, name: z.string().max(4_096), face: face.default('primary'), hash }))
      .min(1)
      .max(10_000),
  }),
);

export const setDefinitionPolicyBody = named(
  'SetDefinitionPolicy',
  z.strictObject({ policy: definitionPolicy }),
);
