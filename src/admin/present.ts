/**
 * admin/present — from the nouns of the model to the DTOs of the contract, field by field.
 *
 * Nothing is spread: a field that is not named here does not leave.
 */

import type { EventEnvelope, JsonObject } from '../base/index.ts';
import type {
  EventDto,
  ExposureDto,
  FeatureDto,
  LogEntryDto,
  ServerDetailDto,
  ServerDto,
  ServerStateDto,
  SettingDto,
  StatusDto,
  ToolDto,
} from '../contract/index.ts';
import type { ServerOverview, ToolOverview } from '../gateway/index.ts';
import type {
  DomainEvent,
  Feature,
  InputDefinition,
  Problem,
  ServerId,
  ServerLogEntry,
  ServerOrigin,
  ServerState,
} from '../model/index.ts';
import type { DaemonFacts, SettingFact } from './ports.ts';
import { presentLaunch } from './present-launch.ts';
import { presentProblem } from './present-problem.ts';

export function presentState(state: ServerState): ServerStateDto {
  return {
    status: state.status,
    since: state.since,
    reason: state.reason ?? null,
    nextStep: state.nextStep ?? null,
    retryAt: state.retryAt ?? null,
    callTriesAt: state.callTriesAt ?? null,
    signInExpiresAt: state.signInExpiresAt ?? null,
    connectedAt: state.connectedAt ?? null,
    lastAttemptAt: state.lastAttemptAt ?? null,
    lastError: state.lastError ?? null,
    lastStderr: [...state.lastStderr],
    failuresInARow: state.failuresInARow,
    restarts: state.restarts,
    requestsServed: state.requestsServed,
    pid: state.pid ?? null,
  };
}

export function presentInput(input: InputDefinition, isGiven: boolean): ServerDto['inputs'][number] {
  return {
    id: input.id,
    label: input.label,
    type: input.type,
    isRequired: input.isRequired,
    description: input.description ?? null,
    placeholder: input.placeholder ?? null,
    default: input.default ?? null,
    options: (input.options ?? []).map(({ value, label }) => ({
      value,
      ...(label !== undefined && { label }),
    })),
    obtain: input.obtain === undefined ? null : { ...input.obtain },
    isGiven,
  };
}

function presentOrigin(origin: ServerOrigin | undefined): ServerDto['origin'] {
  if (origin === undefined) return null;
  const { source, definition, package: item, file } = origin;
  return {
    source,
    definition: definition ?? null,
    package:
      item === undefined
        ? null
        : { kind: item.kind, name: item.name, version: item.version, folder: item.folder },
    file: file ?? null,
  };
}

export function presentServer(overview: ServerOverview): ServerDto {
  const { server, state, counts } = overview;
  return {
    id: server.id,
    spaceId: server.spaceId,
    space: overview.space,
    reference: overview.reference,
    name: server.name,
    alias: server.alias,
    isEnabled: server.isEnabled,
    launch: presentLaunch(server.launch),
    inputs: (server.launch.inputs ?? []).map((input) =>
      presentInput(input, server.launch.inputValues?.[input.id] !== undefined),
    ),
    sessionPolicy: server.sessionPolicy,
    declares: server.declares ?? 'bridged',
    limits: { ...server.limits },
    origin: presentOrigin(server.origin),
    revision: server.revision,
    createdAt: server.createdAt,
    updatedAt: server.updatedAt,
    state: presentState(state),
    counts: {
      tools: counts.tools,
      prompts: counts.prompts,
      resources: counts.resources,
      templates: counts.templates,
    },
    withheldCount: overview.withheld.length,
  };
}

export function presentServerDetail(overview: ServerOverview): ServerDetailDto {
  const { verdict, told } = overview;
  return {
    ...presentServer(overview),
    verdict:
      verdict === undefined
        ? null
        : {
            eras: [...verdict.eras],
            legacyRevision: verdict.legacyRevision ?? null,
            modernRevision: verdict.modernRevision ?? null,
            probedAt: verdict.probedAt,
            wire: verdict.wire,
          },
    told:
      told === undefined
        ? null
        : {
            serverInfo: told.serverInfo ?? null,
            capabilities: told.capabilities,
            instructions: told.instructions ?? null,
          },
    legs: overview.legs.map((leg) => ({
      era: leg.era,
      revision: leg.revision,
      inFlight: leg.inFlight,
      owner: leg.owner ?? null,
    })),
    capabilityReports: overview.capabilityReports.map((report) => ({
      client: report.client,
      clientVersion: report.clientVersion ?? null,
      revision: report.revision,
      pairing: report.pairing,
      degraded: [...report.degraded],
      lastSeenAt: report.lastSeenAt,
    })),
    withheld: overview.withheld.map(({ kind, name, why }) => ({ kind, name, why })),
  };
}

export function presentTool(tool: ToolOverview): ToolDto {
  return {
    name: tool.qualifiedName,
    originalName: tool.originalName,
    serverId: tool.serverId,
    serverName: tool.serverName,
    title: tool.title ?? null,
    description: tool.description ?? null,
    isAvailable: tool.isAvailable,
    item: tool.item,
  };
}

export function presentFeature(feature: Feature): FeatureDto {
  return {
    id: feature.id,
    serverId: feature.serverId,
    kind: feature.kind,
    originalName: feature.originalName,
    isAvailable: feature.isAvailable,
    item: feature.item.parse() as JsonObject,
  };
}

export function presentSetting(setting: SettingFact): SettingDto {
  return {
    name: setting.name,
    value: setting.value ?? null,
    origin: setting.origin,
    source: setting.source ?? null,
    says: setting.says ?? null,
  };
}

export function presentLogEntry(serverId: ServerId, serverName: string, entry: ServerLogEntry): LogEntryDto {
  return {
    serverId,
    serverName,
    at: entry.at,
    level: entry.level,
    source: entry.source,
    message: entry.message,
    facts: { ...entry.facts },
  };
}

export function presentStatus(
  daemon: DaemonFacts,
  servers: readonly ServerOverview[],
  problems: readonly Problem[],
  exposure: ExposureDto,
): StatusDto {
  return {
    version: daemon.version,
    nodeVersion: process.versions.node,
    pid: daemon.pid,
    startedAt: daemon.startedAt,
    isReady: daemon.isReady,
    url: daemon.url,
    publicUrl: daemon.publicUrl ?? null,
    exposure,
    listensOn: [...daemon.listensOn],
    dataDir: daemon.dataDir,
    logDir: daemon.logDir ?? null,
    authMode: daemon.authMode,
    keySource: daemon.keySource,
    problems: problems.map(presentProblem),
    network: {
      proxies: (daemon.network?.proxies ?? []).map((proxy) => ({ ...proxy })),
      exceptions: daemon.network?.exceptions ?? '',
      authorities: (daemon.network?.authorities ?? []).map((source) => ({ ...source })),
    },
    servers: servers.map(presentServer),
  };
}

/** Domain events hold ids and new values, never secrets; that is model/events' promise. States get their DTO. */
export function presentEvent({ seq, at, event }: EventEnvelope<DomainEvent>): EventDto {
  if (event.type === 'upstream.status_changed') {
    const { serverId } = event.state;
    return { seq, at, type: event.type, serverId, data: { state: presentState(event.state) } };
  }
  if (event.type === 'observe.problems_changed')
    return {
      seq,
      at,
      type: event.type,
      serverId: null,
      data: { problems: event.problems.map(presentProblem) },
    };
  const { type, ...data } = event;
  return { seq, at, type, serverId: ('serverId' in event ? event.serverId : null) ?? null, data };
}
