/**
 * contract/schemas/client — clients and their keys.
 */
import { z } from 'zod';
import { epochMs } from './fields.ts';
import { named } from './registry.ts';

const limits = {
  spaceId: z.string().nullable().meta({ description: 'held to this Space; null = not held to one' }),
  featureSetIds: z
    .array(z.string())
    .meta({ description: 'held to these FeatureSets; empty = to none in particular' }),
};

const isStored = z.boolean().meta({
  description:
    'false: it is shut out, but the store could not be written; a restart before it can would let it in',
});

export const keyDto = named(
  'Key',
  z.object({
    id: z.string(),
    clientId: z.string(),
    name: z.string(),
    shownPrefix: z.string().meta({ description: 'the first characters, to recognise it by' }),
    ...limits,
    sourceRanges: z.array(z.string()).meta({ description: 'addresses it may come from; empty = any' }),
    expiresAt: epochMs.nullable(),
    createdAt: epochMs,
    lastUsedAt: epochMs.nullable(),
    revokedAt: epochMs.nullable(),
    isStored,
  }),
);

export const keyListDto = named('KeyList', z.object({ keys: z.array(keyDto) }));

const names = z.array(z.string().min(1).max(256)).max(64);

export const createKeyBody = named(
  'CreateKey',
  z.strictObject({
    name: z.string().min(1).max(128),
    client: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .meta({ description: 'id or name of the client it belongs to; absent = a new client' }),
    space: z.string().min(1).max(256).optional().meta({ description: 'hold it to this Space (id or name)' }),
    featureSets: names.optional().meta({ description: 'hold it to these FeatureSets (ids or names)' }),
    sourceRanges: z.array(z.string().min(1).max(64)).max(256).optional(),
    expiresAt: epochMs.optional(),
  }),
);

export const renewKeyBody = named('RenewKey', z.strictObject({ expiresAt: epochMs.optional() }));

export const createdKeyDto = named(
  'CreatedKey',
  z.object({
    key: keyDto,
    text: z.string().meta({ description: 'the key itself; shown this once and never stored' }),
  }),
);

export const clientDto = named(
  'Client',
  z.object({
    id: z.string(),
    kind: z.enum(['key', 'dcr', 'cimd', 'preregistered', 'anonymous']).meta({
      description: 'how it comes in: with an API key, or with OAuth and how it became known there',
    }),
    name: z.string().meta({ description: 'as people call it: the alias where there is one' }),
    ownName: z.string().meta({ description: 'the name that it came with' }),
    alias: z.string().nullable(),
    status: z.enum(['active', 'paused', 'revoked', 'expired']),
    statusAt: epochMs,
    ...limits,
    expiresAt: epochMs.nullable(),
    oauthClientId: z.string().nullable(),
    createdAt: epochMs,
    lastSeenAt: epochMs.nullable(),
    introduction: z
      .object({
        appName: z.string().nullable(),
        appVersion: z.string().nullable(),
        era: z.enum(['legacy', 'modern']),
        revision: z.string(),
        capabilities: z.record(z.string(), z.unknown()).nullable(),
      })
      .nullable()
      .meta({ description: 'what it last said of itself: a claim' }),
    liveKeys: z.number().int(),
    isStored,
  }),
);

export const clientListDto = named('ClientList', z.object({ clients: z.array(clientDto) }));

export const clientDetailDto = named('ClientDetail', z.object({ client: clientDto, keys: z.array(keyDto) }));

export const addClientBody = named(
  'AddClient',
  z.strictObject({
    name: z.string().min(1).max(64),
    redirectUris: z
      .array(z.string().min(1).max(2048))
      .min(1)
      .max(16)
      .meta({ description: 'where the app wants its answers' }),
  }),
);

export const changeClientBody = named(
  'ChangeClient',
  z.strictObject({
    alias: z.string().min(1).max(128).nullable().optional(),
    space: z.string().min(1).max(256).nullable().optional(),
    featureSets: names.optional(),
    expiresAt: epochMs.nullable().optional(),
    status: z.enum(['active', 'paused']).optional(),
  }),
);
