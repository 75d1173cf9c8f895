/**
 * contract/schemas/access — Spaces, FeatureSets, mappings, and why somebody sees what.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

const reference = z.string().min(1).max(4_096);
const name = z.string().max(256);
const text = z.string().min(1).max(1_000);
const texts = z.array(text).max(10_000);
const featureKind = z.enum(['tool', 'prompt', 'resource', 'template']);
const clientNames = z.array(z.string()).meta({ description: 'clients that are bound to it' });

/** One Space in a query; absent = every Space, or where one is meant the default. */
export const spaceQuery = z.object({ space: reference.optional() });

export const spaceDto = named(
  'Space',
  z.object({
    id: z.string(),
    slug: z.string().meta({ description: 'the segment of /spaces/<slug>/mcp' }),
    name: z.string(),
    icon: z.string().nullable(),
    colour: z.string().nullable(),
    position: count,
    isDefault: z.boolean(),
    baseFolders: z.array(z.string()),
    servers: z.array(z.string()).meta({ description: 'names' }),
    sets: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string(), isStarter: z.boolean() })),
    mappings: z.array(z.string()).meta({ description: 'folders and ids' }),
    clients: clientNames,
    createdAt: epochMs,
    updatedAt: epochMs,
  }),
);

export const spaceListDto = named('SpaceList', z.object({ spaces: z.array(spaceDto) }));

export const createSpaceBody = named(
  'CreateSpace',
  z.strictObject({
    name,
    slug: name.optional(),
    icon: name.optional(),
    colour: name.optional(),
    baseFolders: texts.optional(),
    starter: z
      .enum(['everything', 'empty'])
      .optional()
      .meta({ description: 'what its Starter holds at first; everything when absent' }),
  }),
);

export const changeSpaceBody = named(
  'ChangeSpace',
  z.strictObject({
    name: name.optional(),
    slug: name.optional(),
    icon: name.nullable().optional(),
    colour: name.nullable().optional(),
    baseFolders: texts.optional(),
    position: count.optional(),
    isDefault: z.literal(true).optional(),
  }),
);

export const memberDto = named(
  'SetMember',
  z.object({
    text: z.string().meta({ description: 'as it is written when it is added' }),
    mode: z.enum(['include', 'exclude']),
    kind: z.enum(['feature', 'server', 'pattern', 'rule', 'set']),
    matches: count.meta({ description: 'how many features it speaks of now' }),
    isVanished: z.boolean(),
  }),
);

export const setDto = named(
  'FeatureSet',
  z.object({
    id: z.string(),
    spaceId: z.string(),
    space: z.string().meta({ description: "its Space's slug" }),
    slug: z.string().meta({ description: 'the segment of /sets/<slug>/mcp' }),
    name: z.string(),
    description: z.string().nullable(),
    isStarter: z.boolean(),
    members: z.array(memberDto),
    features: z.array(
      z.object({
        kind: featureKind,
        server: z.string(),
        originalName: z.string(),
        name: z.string().meta({ description: 'as clients see it' }),
        isAvailable: z.boolean(),
      }),
    ),
    usedBy: z.object({
      mappings: z.array(z.string()),
      sets: z.array(z.string()),
      clients: clientNames,
    }),
    warnings: z.array(z.string()),
    revision: count,
    createdAt: epochMs,
    updatedAt: epochMs,
  }),
);

export const setListDto = named('FeatureSetList', z.object({ sets: z.array(setDto) }));

export const createSetBody = named(
  'CreateFeatureSet',
  z.strictObject({
    name,
    space: reference.optional(),
    description: z.string().max(1_000).optional(),
    include: texts.optional(),
    exclude: texts.optional(),
  }),
);

export const changeSetBody = named(
  'ChangeFeatureSet',
  z.strictObject({
    name: name.optional(),
    description: z.string().max(1_000).nullable().optional(),
    members: z
      .array(z.strictObject({ text, mode: z.enum(['include', 'exclude']) }))
      .max(10_000)
      .optional()
      .meta({ description: 'these in place of all that are there' }),
    include: texts.optional(),
    exclude: texts.optional(),
    remove: texts.optional(),
  }),
);

export const mappingDto = named(
  'Mapping',
  z.object({
    id: z.string(),
    kind: z.enum(['folder', 'id']),
    key: z.string(),
    hasChildren: z.boolean(),
    spaceId: z.string(),
    space: z.string(),
    sets: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })),
    isThere: z.boolean().nullable().meta({ description: 'of a folder: is it there; null = not known' }),
    createdAt: epochMs,
    updatedAt: epochMs,
  }),
);

const unmappedPolicy = z.enum(['starter', 'ask', 'nothing']);

export const mappingListDto = named(
  'MappingList',
  z.object({
    mappings: z.array(mappingDto),
    unmappedPolicy,
    unmapped: z
      .array(z.object({ folder: z.string(), client: z.string(), lastSeenAt: epochMs }))
      .meta({ description: 'folders that clients named and nobody mapped, the latest first' }),
  }),
);

export const createMappingBody = named(
  'CreateMapping',
  z.strictObject({
    key: reference.meta({ description: "a folder, or an id of a client's own choosing" }),
    hasChildren: z.boolean().optional(),
    space: reference.optional(),
    sets: z
      .array(reference)
      .max(100)
      .optional()
      .meta({ description: "absent = the Space's Starter; empty = nothing" }),
  }),
);

export const changeMappingBody = named(
  'ChangeMapping',
  z.strictObject({
    hasChildren: z.boolean().optional(),
    space: reference.optional(),
    sets: z.array(reference).max(100).optional(),
  }),
);

export const unmappedPolicyBody = named('UnmappedPolicy', z.strictObject({ policy: unmappedPolicy }));
export const unmappedPolicyDto = named('UnmappedPolicyState', z.object({ policy: unmappedPolicy }));

const question = {
  client: reference.optional().meta({ description: 'name or id; one that is not there is simulated' }),
  key: reference.optional().meta({ description: 'name or id of a key' }),
  folder: reference.optional().meta({ description: 'the client works there, and says so' }),
  header: reference.optional().meta({ description: 'X-Mcpmux-Workspace' }),
  urlSpace: reference.optional(),
  urlSet: reference.optional(),
  urlServer: reference.optional(),
};

export const whyBody = named('WhyQuestion', z.strictObject({ ...question, tool: reference.optional() }));

export const whyDto = named(
  'Why',
  z.object({
    version: count.meta({ description: 'of what decides, as it was when this was answered' }),
    client: z.object({ name: z.string().nullable(), isKnown: z.boolean() }),
    space: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
    sets: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })),
    signal: z.enum([
      'lock',
      'url',
      'header',
      'roots',
      'bridge',
      'client',
      'base-folder',
      'unmapped',
      'default',
    ]),
    rule: z.string(),
    isPending: z.boolean(),
    considered: z.array(
      z.object({
        signal: z.string(),
        outcome: z.enum(['decided', 'narrowed', 'passed', 'refused', 'waits']),
        says: z.string(),
      }),
    ),
    servers: z.array(z.string()),
    view: z
      .object({
        tools: z.array(z.string()),
        prompts: z.array(z.string()),
        resources: z.array(z.string()),
        templates: z.array(z.string()),
      })
      .meta({ description: 'what it would see listed now, in order' }),
    tool: z
      .object({
        name: z.string(),
        isThere: z.boolean(),
        says: z.string(),
        includedBy: z.array(z.string()),
        excludedBy: z.array(z.string()),
        nearest: z.array(z.string()),
        change: z.string().nullable(),
      })
      .nullable(),
    profile: z
      .object({
        name: z.string(),
        nameLimit: z.number().int().nullable(),
        maxTools: z.number().int().nullable(),
        followsLists: z.boolean().nullable(),
        reportsFolders: z.boolean().nullable(),
        asOf: z.string(),
      })
      .nullable()
      .meta({ description: 'what is known of clients of that name, and when it was seen' }),
    warnings: z.array(z.string()).meta({ description: 'what of the list such a client could not use' }),
  }),
);

export const preflightBody = named(
  'PreflightQuestion',
  z.strictObject({
    tools: z.array(z.string().min(1).max(256)).min(1).max(200),
    ...question,
    waitMs: z.number().int().min(0).max(120_000).default(0),
  }),
);

export const preflightDto = named(
  'Preflight',
  z.object({
    tools: z.array(
      z.object({
        tool: z.string(),
        readiness: z.enum([
          'ready',
          'sign-in-required',
          'server-down',
          'disabled',
          'not-in-view',
          'held-for-review',
          'missing',
        ]),
        says: z.string(),
        server: z.string().nullable(),
        nearest: z.array(z.string()),
        next: z.string().nullable(),
      }),
    ),
  }),
);
