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
  type ServerOrigin,
  serverNamePattern,
} from '../model/index.ts';
import { readBundle } from './bundle.ts';
import { detailsKey, detailsOf, type ServerDefinition, titleOf } from './definition.ts';
import { registryError } from './errors.ts';
import type { PackageStore, PackageWish } from './package-store.ts';
import {
  downloadOf,
  hostsOf,
  optionsOf,
  type PlannedLaunch,
  type PlannedParts,
  planParts,
  type RunOption,
} from './plan-server.ts';
import { describeFaults, readDefinition } from './read-definition.ts';
import { type InstallTarget, readTargetText } from './read-target.ts';
import { whyVariableIsRefused } from './refused-variables.ts';
import { type RunnerName, runners, runnersOf } from './runners.ts';
import { sameAs } from './same-server.ts';
import type { CatalogueEntry, ServerCatalogue } from './server-catalogue.ts';

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
  /** False: a package is started by its usual runner, which looks for it each time. */
  readonly pins: boolean;
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
  /** How a document calls it; to pick it. */
  readonly documentName: string | undefined;
  /** What has to be there before it can be started: an unpacked bundle. */
  readonly prepare: (() => Promise<Prepared | undefined>) | undefined;
  readonly origin: ServerOrigin;
  /** It is installed once into a folder of our own and started from there. */
  readonly isPinned: boolean;
}

/** What it is started by, where that is known only when it is there. */
export interface Prepared {
  readonly launch: PlannedLaunch;
  readonly origin: ServerOrigin;
  readonly unrunScripts: readonly string[];
}

export interface InstallPlans {
  readonly plans: readonly InstallPlan[];
  /** Servers of a document that cannot be installed. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** A server as another program's configuration has it. */
export interface ForeignServer {
  readonly name: string;
  readonly launch: PlannedLaunch;
  readonly inputs?: readonly InputDefinition[];
}

export interface InstallerPorts {
  /** Reads the configuration of any client. @throws what says the place and the reason */
  readonly readDocument: (text: string) => Promise<{
    readonly servers: readonly ForeignServer[];
    readonly refused: readonly { readonly name: string; readonly reason: string }[];
  }>;
  readonly packages: PackageStore;
  /** Where bundles are unpacked. */
  readonly bundlesFolder: string;
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

  /**
   * One plan for each server of the target: only a document can have several.
   *
   * @throws registry.no_such_definition, registry.ambiguous, registry.no_such_option, registry.not_installable,
   *         registry.bad_target, registry.bad_document, registry.bad_bundle
   */
  async plan(request: InstallRequest, installed: readonly InstalledServer[]): Promise<InstallPlans> {
    const one = async (plan: Promise<InstallPlan>): Promise<InstallPlans> => ({
      plans: [await plan],
      refused: [],
    });
    const { target } = request;
    switch (target.kind) {
      case 'definition':
        return one(this.#planEntry(await this.#ports.catalogue.get(target.id), request, installed));
      case 'text': {
        const read = readTargetText(target.text);
        if (read.kind === 'target') return this.plan({ ...request, target: read.target }, installed);
        return one(this.#planEntry(given(read.definition), request, installed));
      }
      case 'bundle':
        return one(this.#planBundle(target.path, request, installed));
      case 'document':
        return this.#planDocument(target, request, installed);
    }
  }

  /** How a definition can be run here. */
  async options(definition: ServerDefinition): Promise<readonly PlannedOption[]> {
    return Promise.all(
      optionsOf(definition).map(async (option) => (await this.#describe(option, true)).planned),
    );
  }

  async #planEntry(
    entry: CatalogueEntry,
    request: InstallRequest,
    installed: readonly InstalledServer[],
  ): Promise<InstallPlan> {
    const { definition } = entry;
    const described = await Promise.all(
      optionsOf(definition).map((option) => this.#describe(option, request.pins)),
    );
    const chosen = await this.#withVersion(definition, choose(definition, described, request.option));
    const counts = [...valuesByInput(request.values)].map(([input, values]) => [input, values.map(() => '')]);
    const parts = planParts(definition, chosen.option, {
      given: Object.fromEntries(counts),
      ...(chosen.runner !== undefined && { runner: chosen.runner }),
    });
    const wish = request.pins ? await this.#wishOf(chosen) : undefined;
    return finish(request, installed, {
      entry,
      parts,
      options: described.map(({ planned }) => planned),
      option: chosen.planned,
      hosts: hostsOf(definition, chosen.option),
      download: downloadOf(chosen.option),
      ...(wish !== undefined && {
        isPinned: true,
        prepare: (launch: PlannedLaunch) => this.#pin(entry, wish, launch, parts),
      }),
    });
  }

  /** A package without a version is planned with its newest: what is shown and kept is exact. */
  async #withVersion(definition: ServerDefinition, described: Described): Promise<Described> {
    const { target } = described.option;
    if (target.kind !== 'package' || target.package.version !== undefined) return described;
    const { registryType: kind, identifier } = target.package;
    if (kind !== 'npm' && kind !== 'pypi') return described;
    const newest = await this.#ports.packages.published(kind, identifier);
    if (newest === undefined)
      throw registryError('not_installable', {
        name: titleOf(definition),
        reason: 'its registry does not say which version is the newest',
        hint: `name one: ${kind}:${identifier}@VERSION`,
      });
    const exact = { ...target.package, version: newest.version };
    return {
      ...described,
      option: { ...described.option, target: { kind: 'package', package: exact } },
      planned: { ...described.planned, title: `${kind} ${identifier} ${newest.version}` },
    };
  }

  /** The package, when it can be installed here. */
  async #wishOf({ option }: Described): Promise<PackageWish | undefined> {
    const { target } = option;
    if (target.kind !== 'package' || option.obstacle !== undefined) return undefined;
    const {
      registryType: kind,
      identifier: name,
      version,
      runtimeHint,
      runtimeArguments = [],
    } = target.package;
    if ((kind !== 'npm' && kind !== 'pypi') || version === undefined) return undefined;
    // What is told to another runner would be lost.
    if (runtimeArguments.length > 0 || (runtimeHint !== undefined && !['npx', 'uvx'].includes(runtimeHint)))
      return undefined;
    if (!(await this.#ports.packages.canInstall(kind))) return undefined;
    return { kind, name, version, program: undefined };
  }

  async #pin(
    { definition, source }: CatalogueEntry,
    wish: PackageWish,
    launch: PlannedLaunch,
    parts: PlannedParts,
  ): Promise<Prepared | undefined> {
    if (launch.kind !== 'stdio' || parts.launch.kind !== 'stdio') return undefined;
    const { program } = detailsOf(definition);
    const installed = await this.#ports.packages.install({ ...wish, program });
    const { ownArguments = [] } = parts;
    const own = launch.args.slice(parts.launch.args.length - ownArguments.length);
    return {
      launch: {
        ...launch,
        command: installed.command,
        args: [...installed.args, ...own],
      },
      origin: { source, definition: definition.name, package: installed.pinned },
      unrunScripts: installed.unrunScripts,
    };
  }

  async #planBundle(
    path: string,
    request: InstallRequest,
    installed: readonly InstalledServer[],
  ): Promise<InstallPlan> {
    const bundle = await readBundle(path, this.#ports.bundlesFolder, this.#ports.system);
    const option: PlannedOption = { key: 'mcpb', title: path, obstacle: undefined, missingRunner: undefined };
    return finish(request, installed, {
      entry: given(bundle.definition),
      parts: bundle.parts,
      options: [option],
      option,
      hosts: [],
      download: path,
      prepare: async () => {
        await bundle.unpack();
        return undefined;
      },
    });
  }

  async #planDocument(
    { text, pick }: Extract<InstallTarget, { kind: 'document' }>,
    request: InstallRequest,
    installed: readonly InstalledServer[],
  ): Promise<InstallPlans> {
    const value = parseDocument(text);
    if (isDefinition(value)) {
      const read = await readDefinition(value);
      if (read.kind === 'refused')
        throw registryError('bad_definition', { name: read.name, faults: describeFaults(read.faults) });
      const entry = given(read.definition);
      return { plans: [await this.#planEntry(entry, request, installed)], refused: [] };
    }
    const { servers, refused } = await this.#ports.readDocument(text);
    const picked = servers.filter(({ name }) => pick === undefined || name === pick);
    if (servers.length > 0 && picked.length === 0)
      throw registryError('bad_document', { reason: `it has no server "${pick}"` });
    if (picked.length === 0 && refused.length === 0)
      throw registryError('bad_document', { reason: 'it holds no servers' });
    const option: PlannedOption = {
      key: 'as-written',
      title: 'as it is written',
      obstacle: undefined,
      missingRunner: undefined,
    };
    const plans = picked.map(({ name, launch, inputs = [] }) =>
      finish({ ...request, name: request.name ?? nameFrom(name, installed) }, installed, {
        entry: given(foreignDefinition(name)),
        parts: { launch, inputs },
        options: [option],
        option,
        hosts: launch.kind === 'http' ? hostOf(launch.url) : [],
        download: undefined,
        documentName: name,
      }),
    );
    return { plans, refused };
  }

  async #describe(option: RunOption, pins: boolean): Promise<Described> {
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
    const isInstallable =
      pins && obstacle === undefined && (await this.#ports.packages.canInstall(registryType));
    const missing = first === undefined || isInstallable ? undefined : runners[first];
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

interface Planned {
  readonly entry: CatalogueEntry;
  readonly parts: PlannedParts;
  readonly options: readonly PlannedOption[];
  readonly option: PlannedOption;
  readonly hosts: readonly string[];
  readonly download: string | undefined;
  readonly documentName?: string;
  readonly prepare?: (launch: PlannedLaunch) => Promise<Prepared | undefined>;
  readonly isPinned?: boolean;
}

/** What every plan has, whatever it was made of. */
function finish(
  request: InstallRequest,
  installed: readonly InstalledServer[],
  planned: Planned,
): InstallPlan {
  const { entry, parts, options, option, hosts, download } = planned;
  const { definition } = entry;
  const inputValues: Record<string, Secret> = {};
  for (const [input, values] of valuesByInput(request.values))
    values.forEach((value, at) => {
      inputValues[at === 0 ? input : `${input}_${at + 1}`] = value;
    });
  const known = new Set(Object.keys(inputValues).map((input) => input.toLowerCase()));
  const allowed = new Set(request.allowsVariables.map((variable) => variable.toUpperCase()));
  const launch = withExtras(definition, parts.launch, request.extra);
  return {
    name: request.name ?? freeName(definition, installed),
    alias: request.alias,
    definition,
    entry,
    options,
    option,
    launch,
    inputs: parts.inputs,
    inputValues,
    missing: parts.inputs
      .filter(
        (input) => input.isRequired && input.default === undefined && !known.has(input.id.toLowerCase()),
      )
      .map((input) => input.id),
    hosts,
    download,
    refused: refusedIn(parts.launch).filter(({ variable }) => !allowed.has(variable.toUpperCase())),
    duplicates: sameAs(launch, installed).map((server) => server.name),
    digest: digestOf(launch, parts.inputs),
    documentName: planned.documentName,
    prepare: planned.prepare === undefined ? undefined : async () => planned.prepare?.(launch),
    origin: { source: entry.source, definition: planned.documentName ?? definition.name },
    isPinned: planned.isPinned === true,
  };
}

/** What somebody else's definition sets although it changes what is executed. What a person adds is their own. */
function refusedIn(launch: PlannedLaunch): readonly { readonly variable: string; readonly why: string }[] {
  if (launch.kind === 'http') return [];
  return Object.keys(launch.env).flatMap((variable) => {
    const why = whyVariableIsRefused(variable);
    return why === undefined ? [] : [{ variable, why }];
  });
}

/** It comes from the person, not from a catalogue. */
function given(definition: ServerDefinition): CatalogueEntry {
  const id = detailsOf(definition).alias ?? definition.name;
  return { definition, id, source: 'given', alsoIn: [] };
}

function foreignDefinition(name: string): ServerDefinition {
  const alias = aliasFromName(name) || 'server';
  return {
    name: `given/${alias}`,
    title: name.slice(0, 100) || alias,
    description: 'As it is written in what was given',
    version: '0',
    _meta: { [detailsKey]: { alias } },
  };
}

function nameFrom(name: string, installed: readonly InstalledServer[]): string | undefined {
  const isFree = !installed.some((server) => server.name.toLowerCase() === name.toLowerCase());
  return isFree && serverNamePattern.test(name) ? name : undefined;
}

function hostOf(url: string): readonly string[] {
  const host = /^https?:\/\/([^/?#]+)/i.exec(url)?.[1];
  return host === undefined ? [] : [host];
}

/** Only to tell a server.json from the rest: whoever reads the rest says what is wrong with it. */
function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A `server.json`, or one as the API of a registry wraps it. */
function isDefinition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { name, packages, remotes, $schema } = value as Record<string, unknown>;
  const isOurs = typeof $schema === 'string' && /server\.schema\.json/.test($schema);
  return isOurs || (typeof name === 'string' && (Array.isArray(packages) || Array.isArray(remotes)));
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
