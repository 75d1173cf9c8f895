/**
 * registry/installer — plans what a person wants installed: the exact command or address, every host, what is still to be told.
 *
 * Nothing is kept, started or reached here: the plan is shown first, and then added like any other server.
 * Knows nothing of: the store, the admin API.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type Secret } from '../base/index.ts';
import {
  aliasFromName,
  type InputDefinition,
  type InstalledServer,
  serverNamePattern,
} from '../model/index.ts';
import { detailsOf, type ServerDefinition, titleOf } from './definition.ts';
import { registryError } from './errors.ts';
import {
  downloadOf,
  hostsOf,
  optionsOf,
  type PlannedLaunch,
  planParts,
  type RunOption,
} from './plan-server.ts';
import { refusedVariablesOf } from './read-definition.ts';
import { type RunnerName, runners, runnersOf } from './runners.ts';
import { sameAs } from './same-server.ts';
import type { CatalogueEntry, ServerCatalogue } from './server-catalogue.ts';

export type InstallTarget = { readonly kind: 'definition'; readonly id: string };

export interface InstallRequest {
  readonly target: InstallTarget;
  /** How it is to be run, see `RunOption.key`. Undefined = the first that works here. */
  readonly option?: string | undefined;
  readonly name?: string | undefined;
  readonly alias?: string | undefined;
  /** By input; several for one that can be repeated. */
  readonly values: Readonly<Record<string, readonly Secret[]>>;
  readonly extra: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, Secret>>;
    readonly headers: Readonly<Record<string, Secret>>;
  };
  /** Variables that a person allows although they change what is executed. */
  readonly allowsVariables: readonly string[];
}

export interface PlannedOption {
  readonly key: string;
  /** `https://mcp.linear.app/mcp`, `npm @playwright/mcp 0.0.83` */
  readonly title: string;
  /** Why it cannot be installed. */
  readonly obstacle: string | undefined;
  /** The program that it needs and that is not here. */
  readonly missingRunner: { readonly title: string; readonly install: string } | undefined;
}

export interface InstallPlan {
  readonly name: string;
  readonly alias: string | undefined;
  readonly definition: ServerDefinition;
  readonly entry: CatalogueEntry;
  readonly options: readonly PlannedOption[];
  readonly option: PlannedOption;
  readonly launch: PlannedLaunch;
  readonly inputs: readonly InputDefinition[];
  readonly inputValues: Readonly<Record<string, Secret>>;
  /** Ids of inputs without which it is not started. */
  readonly missing: readonly string[];
  /** Where it connects to; `*` = anywhere. Empty = not known. */
  readonly hosts: readonly string[];
  readonly download: string | undefined;
  /** Variables that it may not set. */
  readonly refused: readonly { readonly variable: string; readonly why: string }[];
  /** Names of installed servers that run or reach the same. */
  readonly duplicates: readonly string[];
  /** Of all that is run: another digest is another plan. */
  readonly digest: string;
}

export interface InstallerPorts {
  readonly catalogue: ServerCatalogue;
  /** Is there a program of this name? */
  readonly hasProgram: (name: string) => Promise<boolean>;
  readonly system: 'linux' | 'macos' | 'windows';
}

export class Installer {
  readonly #ports: InstallerPorts;

  constructor(ports: InstallerPorts) {
    this.#ports = ports;
  }

  /** @throws registry.no_such_definition, registry.ambiguous, registry.no_such_option, registry.not_installable */
  async plan(request: InstallRequest, installed: readonly InstalledServer[]): Promise<InstallPlan> {
    const entry = await this.#ports.catalogue.get(request.target.id);
    return this.#planEntry(entry, request, installed);
  }

  /** How a definition can be run here. */
  async options(definition: ServerDefinition): Promise<readonly PlannedOption[]> {
    return Promise.all(optionsOf(definition).map(async (option) => (await this.#describe(option)).planned));
  }

  async #planEntry(
    entry: CatalogueEntry,
    request: InstallRequest,
    installed: readonly InstalledServer[],
  ): Promise<InstallPlan> {
    const { definition } = entry;
    const described = await Promise.all(optionsOf(definition).map((option) => this.#describe(option)));
    const chosen = choose(definition, described, request.option);
    const given = valuesByInput(request.values);
    const parts = planParts(definition, chosen.option, {
      given: Object.fromEntries([...given].map(([input, values]) => [input, values.map(() => '')])),
      ...(chosen.runner !== undefined && { runner: chosen.runner }),
    });
    const launch = withExtras(definition, parts.launch, request.extra);
    const inputValues: Record<string, Secret> = {};
    for (const [input, values] of given)
      values.forEach((value, at) => {
        inputValues[at === 0 ? input : `${input}_${at + 1}`] = value;
      });
    const known = new Set(Object.keys(inputValues).map((input) => input.toLowerCase()));
    const allowed = new Set(request.allowsVariables.map((variable) => variable.toUpperCase()));
    const name = request.name ?? freeName(definition, installed);
    return {
      name,
      alias: request.alias,
      definition,
      entry,
      options: described.map(({ planned }) => planned),
      option: chosen.planned,
      launch,
      inputs: parts.inputs,
      inputValues,
      missing: parts.inputs
        .filter(
          (input) => input.isRequired && input.default === undefined && !known.has(input.id.toLowerCase()),
        )
        .map((input) => input.id),
      hosts: hostsOf(definition, chosen.option),
      download: downloadOf(chosen.option),
      refused:
        chosen.option.target.kind === 'remote'
          ? []
          : refusedVariablesOf(definition).filter(({ variable }) => !allowed.has(variable.toUpperCase())),
      duplicates: sameAs(launch, installed).map((server) => server.name),
      digest: digestOf(launch, parts.inputs),
    };
  }

  async #describe(option: RunOption): Promise<Described> {
    const { target, key, obstacle } = option;
    if (target.kind === 'remote')
      return {
        option,
        runner: undefined,
        planned: { key, title: target.remote.url, obstacle, missingRunner: undefined },
      };
    const { registryType, identifier, version } = target.package;
    const title = `${registryType} ${identifier}${version === undefined ? '' : ` ${version}`}`;
    const able = runnersOf(target.package);
    for (const runner of able)
      if (await this.#ports.hasProgram(runner))
        return { option, runner, planned: { key, title, obstacle, missingRunner: undefined } };
    const first = able[0];
    const missing = first === undefined ? undefined : runners[first];
    return {
      option,
      runner: first,
      planned: {
        key,
        title,
        obstacle,
        missingRunner:
          missing === undefined
            ? undefined
            : { title: missing.title, install: missing.install[this.#ports.system] },
      },
    };
  }
}

interface Described {
  readonly option: RunOption;
  readonly planned: PlannedOption;
  readonly runner: RunnerName | undefined;
}

function choose(
  definition: ServerDefinition,
  described: readonly Described[],
  wanted: string | undefined,
): Described {
  if (wanted !== undefined) {
    const found = described.find(({ planned }) => planned.key === wanted);
    if (found !== undefined) return found;
    throw registryError('no_such_option', {
      name: titleOf(definition),
      option: wanted,
      known: described.map(({ planned }) => planned.key).join(', '),
    });
  }
  const able = described.filter(({ planned }) => planned.obstacle === undefined);
  const chosen = able.find(({ planned }) => planned.missingRunner === undefined) ?? able[0];
  if (chosen !== undefined) return chosen;
  throw registryError('not_installable', {
    name: titleOf(definition),
    reason: described[0]?.planned.obstacle ?? 'its record names neither a package nor an address',
    hint: definition.websiteUrl ?? definition.repository?.url,
  });
}

function valuesByInput(values: InstallRequest['values']): ReadonlyMap<string, readonly Secret[]> {
  return new Map(Object.entries(values).map(([input, list]) => [input.toUpperCase(), list]));
}

function withExtras(
  definition: ServerDefinition,
  launch: PlannedLaunch,
  { args, env, headers }: InstallRequest['extra'],
): PlannedLaunch {
  const refuse = (reason: string): Error =>
    registryError('not_installable', { name: titleOf(definition), reason });
  if (launch.kind === 'stdio') {
    if (Object.keys(headers).length > 0)
      throw refuse('it is run, not reached by a URL, and takes no headers');
    return { ...launch, args: [...launch.args, ...args], env: { ...launch.env, ...env } };
  }
  if (args.length > 0 || Object.keys(env).length > 0)
    throw refuse('it is reached by a URL, and takes neither arguments nor variables');
  return { ...launch, headers: { ...launch.headers, ...headers } };
}

/** The short name; with a number when a server has it already. */
function freeName(definition: ServerDefinition, installed: readonly InstalledServer[]): string {
  const last = definition.name.split('/').at(-1) ?? '';
  const wanted = detailsOf(definition).alias ?? (aliasFromName(last) || 'server');
  const base = serverNamePattern.test(wanted) ? wanted : 'server';
  const isTaken = (name: string): boolean =>
    installed.some((server) => server.name.toLowerCase() === name.toLowerCase());
  if (!isTaken(base)) return base;
  for (let more = 2; ; more += 1) if (!isTaken(`${base}-${more}`)) return `${base}-${more}`;
}

function digestOf(launch: PlannedLaunch, inputs: readonly InputDefinition[]): string {
  const plain =
    launch.kind === 'stdio'
      ? { command: launch.command, args: launch.args, env: Object.keys(launch.env).sort() }
      : { url: launch.url, headers: Object.keys(launch.headers).sort() };
  return createHash('sha256')
    .update(canonicalJson({ ...plain, inputs: inputs.map(({ id, type }) => `${id} ${type}`) }))
    .digest('hex')
    .slice(0, 32);
}
