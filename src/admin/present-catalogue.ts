/**
 * admin/present-catalogue — definitions and install plans as DTOs, field by field.
 */
import type {
  CatalogueDetailDto,
  CatalogueEntryDto,
  InstallPlanDto,
  LockListDto,
  SourceListDto,
  UpdateDto,
} from '../contract/index.ts';
import {
  type CatalogueEntry,
  detailsOf,
  type InstallPlan,
  kindsOf,
  type LockFinding,
  type PlannedOption,
  type SourceState,
  titleOf,
  type UpdatePlan,
} from '../registry/index.ts';
import { presentInput } from './present.ts';
import { hideSecretArgs, hideSecretsInUrl } from './present-launch.ts';

export function presentEntry({ definition, id, source, alsoIn }: CatalogueEntry): CatalogueEntryDto {
  const { publisher, category, tags = [], auth } = detailsOf(definition);
  return {
    id,
    name: definition.name,
    title: titleOf(definition),
    description: definition.description,
    version: definition.version,
    publisher: publisher === undefined ? null : { name: publisher.name, kind: publisher.kind },
    category: category ?? null,
    tags: [...tags],
    auth: auth ?? null,
    runsOn: [...kindsOf(definition)],
    source,
    alsoIn: [...alsoIn],
    websiteUrl: definition.websiteUrl ?? null,
    repositoryUrl: definition.repository?.url ?? null,
  };
}

export function presentDetail(entry: CatalogueEntry, options: readonly PlannedOption[]): CatalogueDetailDto {
  const { instructions, caution, checked, hosts = [] } = detailsOf(entry.definition);
  return {
    ...presentEntry(entry),
    instructions: instructions ?? null,
    caution: caution ?? null,
    checked: checked ?? null,
    hosts: [...hosts],
    options: options.map(presentOption),
    definition: entry.definition,
  };
}

function presentOption({ key, title, obstacle, missingRunner }: PlannedOption): InstallPlanDto['option'] {
  return {
    key,
    title,
    obstacle: obstacle ?? null,
    missingRunner:
      missingRunner === undefined ? null : { title: missingRunner.title, install: missingRunner.install },
  };
}

export function presentPlannedLaunch(launch: InstallPlan['launch']): InstallPlanDto['launch'] {
  return launch.kind === 'stdio'
    ? {
        kind: 'stdio',
        command: launch.command,
        args: hideSecretArgs(launch.args),
        cwd: launch.cwd ?? null,
        envNames: Object.keys(launch.env).sort(),
      }
    : {
        kind: 'http',
        url: hideSecretsInUrl(launch.url),
        headerNames: Object.keys(launch.headers).sort(),
        flavour: launch.flavour,
      };
}

export function presentPlan(plan: InstallPlan): InstallPlanDto {
  const { launch } = plan;
  const { instructions, caution } = detailsOf(plan.definition);
  const given = new Set(Object.keys(plan.inputValues).map((id) => id.toLowerCase()));
  return {
    name: plan.name,
    alias: plan.alias ?? null,
    entry: presentEntry(plan.entry),
    instructions: instructions ?? null,
    caution: caution ?? null,
    option: presentOption(plan.option),
    options: plan.options.map(presentOption),
    launch: presentPlannedLaunch(launch),
    inputs: plan.inputs.map((input) => presentInput(input, given.has(input.id.toLowerCase()))),
    missing: [...plan.missing],
    hosts: [...plan.hosts],
    download: plan.download ?? null,
    refused: plan.refused.map(({ variable, why }) => ({ variable, why })),
    duplicates: [...plan.duplicates],
    isPinned: plan.isPinned,
    digest: plan.digest,
    pick: plan.documentName ?? null,
  };
}

export function presentUpdate({ server, from, to, publisher, repository, held }: UpdatePlan): UpdateDto {
  return {
    serverId: server.id,
    name: server.name,
    alias: server.alias,
    package: server.origin?.package?.name ?? '',
    from,
    to,
    publisher: { before: publisher.before ?? null, after: publisher.after ?? null },
    repository: { before: repository.before ?? null, after: repository.after ?? null },
    held: held ?? null,
  };
}

export function presentLock({ server, package: item, fault }: LockFinding): LockListDto['locks'][number] {
  return {
    serverId: server.id,
    name: server.name,
    package: item.name,
    version: item.version,
    folder: item.folder,
    integrity: item.integrity,
    fault: fault ?? null,
  };
}

export function presentSources(sources: readonly SourceState[]): SourceListDto {
  return {
    sources: sources.map((source) => ({
      name: source.name,
      title: source.title,
      url: source.url ?? null,
      isEnabled: source.isEnabled,
      count: source.count,
      refreshedAt: source.refreshedAt ?? null,
      offlineSince: source.offlineSince ?? null,
      problem: source.problem ?? null,
      attribution:
        source.attribution === undefined
          ? null
          : { text: source.attribution.text, url: source.attribution.url },
    })),
  };
}
