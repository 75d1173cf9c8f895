/**
 * contract/schemas/daemon — the daemon itself: status, settings, keys, logs, events.
 */
import { z } from 'zod';
import { exposureDto } from './exposure.ts';
import { epochMs, jsonObject } from './fields.ts';
import { listedProblemDto } from './problem-list.ts';
import { named } from './registry.ts';
import { serverDto } from './server.ts';

export const statusDto = named(
  'Status',
  z.object({
    version: z.string(),
    nodeVersion: z.string(),
    pid: z.number().int(),
    startedAt: epochMs,
    isReady: z.boolean(),
    url: z.string().meta({ description: 'the one URL for AI clients' }),
    publicUrl: z
      .string()
      .nullable()
      .meta({ description: 'the same by way of the proxy in front; null when there is none' }),
    exposure: exposureDto.meta({ description: 'what is reachable from the internet' }),
    listensOn: z.array(z.string()),
    dataDir: z.string(),
    logDir: z.string().nullable(),
    authMode: z.enum(['api-key', 'none']),
    keySource: z.string().meta({ description: 'where the key that seals secrets comes from' }),
    problems: z
      .array(listedProblemDto)
      .meta({ description: 'what needs a person, the most harm first; as GET /problems' }),
    network: z
      .object({
        proxies: z.array(
          z.object({
            scheme: z
              .enum(['http', 'https'])
              .meta({ description: 'of the URLs that are reached through it' }),
            url: z.string().meta({ description: 'without credentials' }),
            hasCredentials: z.boolean(),
            variable: z.string().meta({ description: 'the environment variable that names it' }),
          }),
        ),
        exceptions: z.string().meta({ description: 'what NO_PROXY says' }),
        authorities: z.array(
          z.object({ variable: z.string(), path: z.string(), certificates: z.number().int() }),
        ),
      })
      .meta({ description: 'how other machines are reached, from the environment of the daemon' }),
    servers: z.array(serverDto),
  }),
);

export const doorRouteListDto = named(
  'DoorRouteList',
  z.object({
    routes: z.array(
      z.object({
        path: z.string().meta({ description: '`:name` stands for one segment, `/*` for all below' }),
        name: z.string(),
        auth: z.enum(['public', 'client', 'admin', 'self']).meta({
          description:
            'public: everybody; client: with a key or token; admin: a browser that is let in; self: with what it carries, such as a link',
        }),
        methods: z.array(z.string()),
        contentTypes: z.array(z.string()),
        bodyCapBytes: z.number().int(),
        rate: z.string(),
        takesNavigation: z.boolean().meta({ description: 'links on other sites may lead there' }),
        isExposed: z.boolean().meta({ description: 'reachable through a tunnel as well' }),
      }),
    ),
  }),
);

export const examinationDto = named(
  'Examination',
  z.object({
    searchPath: z.string().meta({ description: 'the PATH in which commands of servers are looked for' }),
    findings: z.array(
      z.object({
        name: z.string(),
        verdict: z.enum(['fine', 'warning', 'trouble']),
        says: z.string(),
        next: z.string().nullable(),
      }),
    ),
  }),
);

export const settingDto = named(
  'Setting',
  z.object({
    name: z.string(),
    value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
    origin: z.enum(['flag', 'env', 'file', 'default']),
    source: z.string().nullable().meta({ description: 'which flag, variable or file gave the value' }),
    says: z.string().nullable().meta({ description: 'what it is for' }),
  }),
);

export const settingListDto = named('SettingList', z.object({ settings: z.array(settingDto) }));

export const logLevel = z.enum(['debug', 'info', 'warn', 'error']);

export const logEntryDto = named(
  'LogEntry',
  z.object({
    serverId: z.string(),
    serverName: z.string(),
    at: epochMs,
    level: logLevel,
    source: z.enum(['connection', 'stderr', 'server', 'http', 'oauth', 'protocol']),
    message: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
);

export const logDto = named('Log', z.object({ entries: z.array(logEntryDto) }));

export const eventDto = named(
  'Event',
  z.object({
    seq: z.number().int().meta({ description: 'counts up by one in one life of the daemon' }),
    at: epochMs,
    type: z.string().meta({ description: '<room>.<what_happened>' }),
    serverId: z.string().nullable(),
    data: jsonObject,
  }),
);

export const acceptedDto = named('Accepted', z.object({ isAccepted: z.literal(true) }));
