/**
 * contract/schemas/server — an installed server and its state. Values of environment variables and headers have no field here.
 */
import { z } from 'zod';
import { count, epochMs, jsonObject } from './fields.ts';
import { named } from './registry.ts';

export const serverStatus = z.enum([
  'disabled',
  'disconnected',
  'connecting',
  'connected',
  'refreshing',
  'sign-in-required',
  'authenticating',
  'waiting',
  'failed',
  'needs-configuration',
]);

export const serverStateDto = named(
  'ServerState',
  z.object({
    status: serverStatus,
    since: epochMs,
    reason: z.string().nullable().meta({ description: 'why, in one sentence; null when all is well' }),
    nextStep: z.string().nullable().meta({ description: 'the one thing to do' }),
    retryAt: epochMs.nullable().meta({ description: 'next automatic attempt; only while waiting' }),
    callTriesAt: epochMs
      .nullable()
      .meta({ description: 'from then on a call tries it once again; only while failed too often' }),
    signInExpiresAt: epochMs.nullable(),
    connectedAt: epochMs.nullable(),
    lastAttemptAt: epochMs.nullable(),
    lastError: z.string().nullable(),
    lastStderr: z
      .array(z.string())
      .meta({ description: 'of what its process wrote before the last failure, the lines that tell most' }),
    failuresInARow: count,
    restarts: count,
    requestsServed: count,
    pid: z.number().int().nullable(),
  }),
);

export const stdioLaunchDto = z.object({
  kind: z.literal('stdio'),
  command: z.string(),
  args: z.array(z.string()),
  cwd: z.string().nullable(),
  envNames: z.array(z.string()).meta({ description: 'names only; values never leave' }),
});

export const httpLaunchDto = z.object({
  kind: z.literal('http'),
  url: z.string(),
  headerNames: z.array(z.string()).meta({ description: 'names only; values never leave' }),
  flavour: z.enum(['auto', 'http', 'sse']),
});

export const sessionPolicy = z.enum(['shared', 'per-client', 'per-workspace', 'auto']);
export const declares = z.enum(['bridged', 'client']).meta({
  description:
    'what the server hears that its client can do: all that can be bridged, or what each client declares, on a connection of its own',
});

export const serverLimitsDto = z.object({
  connectTimeoutMs: count.optional(),
  listTimeoutMs: count.optional(),
  callTimeoutMs: count.optional(),
  maxCallMs: count.optional(),
  pingIntervalMs: count.optional(),
  concurrency: count.optional(),
  maxConnections: count.optional(),
  idleStopMs: count.optional(),
  memoryBudgetBytes: count.optional(),
});

export const featureCountsDto = z.object({
  tools: count,
  prompts: count,
  resources: count,
  templates: count,
});

const inputType = z.enum(['text', 'password', 'number', 'boolean', 'url', 'select', 'file', 'directory']);

const inputOption = z.object({ value: z.string().max(4096), label: z.string().max(256).optional() });
const obtainHint = z.object({
  url: z.string().max(2048).optional(),
  instructions: z.string().max(4096).optional(),
  buttonLabel: z.string().max(256).optional(),
});

export const inputDto = z.object({
  id: z.string(),
  label: z.string(),
  type: inputType,
  isRequired: z.boolean(),
  description: z.string().nullable(),
  placeholder: z.string().nullable(),
  default: z.string().nullable(),
  options: z.array(inputOption).meta({ description: 'what a select can be' }),
  obtain: obtainHint.nullable().meta({ description: 'where a person gets the value' }),
  isGiven: z.boolean().meta({ description: 'a person gave a value; it never leaves' }),
});

const serverOrigin = z
  .object({
    source: z.string(),
    definition: z.string().nullable(),
    package: z
      .object({ kind: z.string(), name: z.string(), version: z.string(), folder: z.string() })
      .nullable()
      .meta({ description: 'installed once into a folder of our own, and started directly from there' }),
    file: z.string().nullable().meta({ description: 'the file that holds it' }),
  })
  .meta({ description: 'where it came from; null for one that was added by its command or URL' });

const serverFields = {
  id: z.string(),
  spaceId: z.string(),
  space: z.string().meta({ description: "its Space's slug" }),
  reference: z.string().meta({
    description: 'what a person calls it: its alias, with the Space before it where that is not the default',
  }),
  name: z.string(),
  alias: z.string().meta({ description: 'prefix of the names its tools have for clients' }),
  isEnabled: z.boolean(),
  launch: z.discriminatedUnion('kind', [stdioLaunchDto, httpLaunchDto]),
  inputs: z.array(inputDto).meta({ description: 'what it needs to be told' }),
  sessionPolicy,
  declares,
  limits: serverLimitsDto,
  origin: serverOrigin.nullable(),
  revision: count,
  createdAt: epochMs,
  updatedAt: epochMs,
  state: serverStateDto,
  counts: featureCountsDto,
  withheldCount: count,
};

export const serverDto = named('Server', z.object(serverFields));

export const serverDetailDto = named(
  'ServerDetail',
  z.object({
    ...serverFields,
    verdict: z
      .object({
        eras: z.array(z.enum(['legacy', 'modern'])),
        legacyRevision: z.string().nullable(),
        modernRevision: z.string().nullable(),
        probedAt: epochMs,
        wire: z.enum(['stdio', 'http', 'sse', 'in-process']),
      })
      .nullable(),
    told: z
      .object({
        serverInfo: jsonObject.nullable(),
        capabilities: jsonObject,
        instructions: z.string().nullable(),
      })
      .nullable(),
    legs: z.array(
      z.object({
        era: z.enum(['legacy', 'modern']),
        revision: z.string(),
        inFlight: count,
        owner: z.string().nullable(),
      }),
    ),
    capabilityReports: z
      .array(
        z.object({
          client: z.string(),
          clientVersion: z.string().nullable(),
          revision: z.string(),
          pairing: z.string().meta({ description: "<client's era>-<server's era>" }),
          degraded: z
            .array(z.string())
            .meta({ description: 'what reaches this client changed or not at all' }),
          lastSeenAt: epochMs,
        }),
      )
      .meta({ description: 'what of it reaches each client seen since the start, latest first' }),
    withheld: z.array(z.object({ kind: z.string(), name: z.string(), why: z.string() })),
  }),
);

export const serverListDto = named('ServerList', z.object({ servers: z.array(serverDto) }));

const allowsExec = z
  .boolean()
  .meta({ description: 'a person approves the commands that exec references in its values name' });

const sealsSecrets = z.boolean().meta({
  description:
    'false: secrets that are found in arguments or in the URL stay there; by default those of a new launch become inputs; true in a change: also those that are there already',
});

const secretNames = z
  .array(z.string().min(1).max(256))
  .max(1000)
  .meta({ description: 'variables or headers that are secret though neither name nor value shows it' });

const launchInput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stdio'),
    command: z.string().min(1).max(4096),
    args: z.array(z.string().max(65_536)).max(1000).default([]),
    cwd: z.string().min(1).max(4096).optional(),
    env: z.record(z.string().min(1).max(256), z.string().max(65_536)).optional(),
    allowsExec: allowsExec.optional(),
    secretNames: secretNames.optional(),
  }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.string().min(1).max(8192),
    headers: z.record(z.string().min(1).max(256), z.string().max(16_384)).optional(),
    flavour: z.enum(['auto', 'http', 'sse']).optional(),
    allowsExec: allowsExec.optional(),
    secretNames: secretNames.optional(),
  }),
]);

const launchChange = z.strictObject({
  command: z.string().min(1).max(4096).optional(),
  args: z.array(z.string().max(65_536)).max(1000).optional().meta({ description: 'all of them' }),
  cwd: z.string().min(1).max(4096).nullable().optional().meta({ description: 'null: a folder of its own' }),
  env: z
    .record(z.string().min(1).max(256), z.string().max(65_536).nullable())
    .optional()
    .meta({ description: 'by name; null takes one away, what is not named stays' }),
  url: z.string().min(1).max(8192).optional(),
  flavour: z.enum(['auto', 'http', 'sse']).optional(),
  headers: z
    .record(z.string().min(1).max(256), z.string().max(16_384).nullable())
    .optional()
    .meta({ description: 'by name; null takes one away, what is not named stays' }),
  allowsExec: allowsExec.optional(),
  secretNames: secretNames.optional(),
});

export const inputValues = z
  .record(z.string().min(1).max(64), z.string().max(65_536))
  .meta({ description: 'by id; an empty value takes away what was given' });

export const addServerBody = named(
  'AddServer',
  z.strictObject({
    space: z.string().min(1).max(256).optional().meta({ description: 'absent = the default Space' }),
    // The rules for both are the gateway's, which says them in words.
    name: z.string().max(256),
    alias: z.string().max(256).optional(),
    launch: launchInput,
    inputs: z
      .array(
        z.strictObject({
          id: z.string().max(256),
          label: z.string().max(256).optional(),
          type: inputType.optional(),
          isRequired: z.boolean().optional(),
          description: z.string().max(4096).optional(),
          placeholder: z.string().max(256).optional(),
          default: z.string().max(65_536).optional(),
          options: z.array(inputOption).max(200).optional(),
          obtain: obtainHint.optional(),
        }),
      )
      .max(100)
      .optional()
      .meta({
        description: `what \${input:ID} stands for in its values; one that is not declared is a required password`,
      }),
    inputValues: inputValues.optional(),
    sealsSecrets: sealsSecrets.optional(),
    isEnabled: z.boolean().optional(),
    sessionPolicy: sessionPolicy.optional(),
    declares: declares.optional(),
    limits: serverLimitsDto.strict().optional(),
  }),
);

export const changeServerBody = named(
  'ChangeServer',
  z.strictObject({
    name: z.string().max(256).optional(),
    alias: z.string().max(256).optional(),
    launch: launchChange.optional().meta({
      description: 'what is to be different about how it is run or reached; what is not named stays',
    }),
    keepsSecrets: z.boolean().optional().meta({
      description: 'values that were given for one origin may be sent to the new one',
    }),
    sealsSecrets: sealsSecrets.optional(),
    inputValues: inputValues.optional(),
    isEnabled: z.boolean().optional(),
    sessionPolicy: sessionPolicy.optional(),
    declares: declares.optional(),
    limits: serverLimitsDto.strict().optional(),
  }),
);
