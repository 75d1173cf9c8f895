/**
 * registry/plan-server — from a definition and a choice of how to run it to the server that would be installed.
 *
 * Pure: what a person is shown before anything is kept. Every value that a person gives stands as `${input:ID}`.
 * Knows nothing of: what is installed, who asks.
 */
import { Secret } from '../base/index.ts';
import type { HttpFlavour, InputDefinition, InputOption, ObtainHint } from '../model/index.ts';
import {
  type Argument,
  type DefinitionInput,
  type DefinitionPackage,
  type DefinitionRemote,
  detailsOf,
  type NamedValue,
  type ServerDefinition,
  variablesIn,
} from './definition.ts';
import { registryError } from './errors.ts';
import { type RunnerName, runnerArguments, runnersOf } from './runners.ts';

export type PlannedLaunch =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd?: string;
      readonly env: Readonly<Record<string, Secret>>;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, Secret>>;
      readonly flavour: HttpFlavour;
    };

/** One way to run or reach what a definition describes. */
export interface RunOption {
  /** `remote`, `npm`, `pypi`, `oci`, `mcpb`, `nuget`; a second of one kind is `npm-2`. */
  readonly key: string;
  readonly target:
    | { readonly kind: 'remote'; readonly remote: DefinitionRemote }
    | { readonly kind: 'package'; readonly package: DefinitionPackage };
  /** Why it cannot be installed; undefined = it can. */
  readonly obstacle?: string;
}

/** In the order of the definition, remotes first; those of the old transport last of them. */
export function optionsOf(definition: ServerDefinition): readonly RunOption[] {
  const counts = new Map<string, number>();
  const keyOf = (kind: string): string => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count === 1 ? kind : `${kind}-${count}`;
  };
  const { remotes = [], packages = [] } = definition;
  const rank = ({ type }: DefinitionRemote): number => (type === 'sse' ? 1 : 0);
  return [
    ...[...remotes]
      .sort((one, other) => rank(one) - rank(other))
      .map((remote): RunOption => ({ key: keyOf('remote'), target: { kind: 'remote', remote } })),
    ...packages.map((item): RunOption => {
      const obstacle = obstacleOf(item);
      return {
        key: keyOf(item.registryType),
        target: { kind: 'package', package: item },
        ...(obstacle !== undefined && { obstacle }),
      };
    }),
  ];
}

function obstacleOf(item: DefinitionPackage): string | undefined {
  if (item.transport.type !== 'stdio')
    return 'it opens a port of its own; start it yourself and install its URL';
  if (item.registryType === 'mcpb') return undefined;
  if (runnersOf(item).length === 0) return `nothing here runs packages of the kind "${item.registryType}"`;
  return undefined;
}

export interface PlannedParts {
  readonly launch: PlannedLaunch;
  readonly inputs: readonly InputDefinition[];
  /** Of the arguments, those that are the server's own: they are the last. */
  readonly ownArguments?: readonly string[];
}

export interface PlanWords {
  /** By input, in any case; several for one that can be repeated. */
  readonly given: Readonly<Record<string, readonly string[]>>;
  /** Who runs it, for a package. */
  readonly runner?: RunnerName;
}

/** @throws registry.not_installable */
export function planParts(definition: ServerDefinition, option: RunOption, words: PlanWords): PlannedParts {
  const form = new Form(definition, words.given);
  const { target } = option;
  if (target.kind === 'remote') {
    const { remote } = target;
    const url = form.fill(remote.url, remote.variables ?? {});
    const headers = (remote.headers ?? []).flatMap((header) => form.named(header));
    return {
      launch: {
        kind: 'http',
        url,
        headers: Object.fromEntries(headers),
        flavour: remote.type === 'sse' ? 'sse' : 'auto',
      },
      inputs: form.inputs,
    };
  }
  const item = target.package;
  const runner = words.runner ?? runnersOf(item)[0];
  if (option.obstacle !== undefined || runner === undefined)
    throw registryError('not_installable', {
      name: definition.name,
      reason: option.obstacle ?? `nothing here runs packages of the kind "${item.registryType}"`,
    });
  const runtime = form.arguments(item.runtimeArguments ?? []);
  const own = form.arguments(item.packageArguments ?? []);
  const env = (item.environmentVariables ?? []).flatMap((variable) => form.named(variable));
  const args = runnerArguments(runner, item, {
    runtime,
    own,
    variables: env.map(([name]) => name),
    program: detailsOf(definition).program,
  });
  return {
    launch: { kind: 'stdio', command: runner, args, env: Object.fromEntries(env) },
    inputs: form.inputs,
    ownArguments: own,
  };
}

/** Collects what a person is asked, while values are written as placeholders. */
class Form {
  readonly #definition: ServerDefinition;
  readonly #given: ReadonlyMap<string, readonly string[]>;
  readonly #inputs: InputDefinition[] = [];

  constructor(definition: ServerDefinition, given: PlanWords['given']) {
    this.#definition = definition;
    this.#given = new Map(Object.entries(given).map(([id, values]) => [id.toLowerCase(), values]));
  }

  get inputs(): readonly InputDefinition[] {
    return this.#inputs;
  }

  /** A text with each of its variables as a placeholder. What is in braces and no variable stays as it is. */
  fill(text: string, variables: Readonly<Record<string, DefinitionInput>>): string {
    let filled = text;
    for (const name of variablesIn(text)) {
      const variable = variables[name];
      if (variable === undefined) continue;
      const value = variable.value ?? this.#ask(name, variable);
      filled = filled.replaceAll(`{${name}}`, () => value);
    }
    return filled;
  }

  /** A variable or header; none when it has no value and asks for none. */
  named(item: NamedValue): [name: string, value: Secret][] {
    const value =
      item.value === undefined ? this.#ask(item.name, item) : this.fill(item.value, item.variables ?? {});
    return [[item.name, new Secret(value)]];
  }

  arguments(list: readonly Argument[]): string[] {
    return list.flatMap((argument) =>
      argument.type === 'named' ? this.#flag(argument) : this.#positional(argument),
    );
  }

  #positional(argument: Extract<Argument, { type: 'positional' }>): string[] {
    if (argument.value !== undefined) return [this.fill(argument.value, argument.variables ?? {})];
    const id = argument.valueHint ?? 'VALUE';
    return this.#each(id, argument).map((each) => this.#ask(each, argument));
  }

  #flag(argument: Extract<Argument, { type: 'named' }>): string[] {
    const { name } = argument;
    if (argument.value === '') return [name];
    if (argument.value !== undefined)
      return flagWords(name, this.fill(argument.value, argument.variables ?? {}));
    if (argument.format === 'boolean') {
      const asked = this.#ask(idOf(name), argument);
      return [asked.replace(/\}$/, `?${name}}`)];
    }
    if (isBareFlag(argument)) return [name];
    return this.#each(idOf(name), argument).flatMap((each) => {
      const value = this.#ask(each, argument);
      // Two words cannot be left out together, so an optional one is written only when it has a value.
      const isOptional = argument.isRequired !== true && argument.default === undefined;
      if (!name.startsWith('--') && isOptional && !this.#given.has(each.toLowerCase())) return [];
      return flagWords(name, value);
    });
  }

  /** One id for each value that was given for something that can be repeated. */
  #each(name: string, { isRepeated }: { readonly isRepeated?: boolean | undefined }): string[] {
    const id = idOf(name);
    const count = isRepeated === true ? (this.#given.get(id.toLowerCase())?.length ?? 1) : 1;
    return Array.from({ length: Math.max(1, count) }, (_, at) => (at === 0 ? id : `${id}_${at + 1}`));
  }

  /** The placeholder of an input, which is declared once however often it stands. */
  #ask(name: string, input: DefinitionInput): string {
    const id = idOf(name);
    if (!this.#inputs.some((known) => known.id.toLowerCase() === id.toLowerCase()))
      this.#inputs.push(inputOf(id, name, input, this.#definition));
    return `\${input:${id}}`;
  }
}

/** As the format has it: `--flag=value`. A short flag takes its value as a word of its own. */
function flagWords(name: string, value: string): string[] {
  return name.startsWith('--') ? [`${name}=${value}`] : [name, value];
}

/** Nothing about it asks for a value: `--rm`. */
function isBareFlag(argument: Extract<Argument, { type: 'named' }>): boolean {
  const { default: fallback, placeholder, choices, format, isSecret, isRepeated, description } = argument;
  return (
    description === undefined &&
    fallback === undefined &&
    placeholder === undefined &&
    choices === undefined &&
    format === undefined &&
    isSecret !== true &&
    isRepeated !== true
  );
}

/** The id of an input: `--local-timezone` is LOCAL_TIMEZONE, X-Api-Key is X_API_KEY; a variable keeps its name. */
export function idOf(name: string): string {
  const id = name
    .replace(/^[^A-Za-z]+/, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/_+$/, '');
  return (id === '' ? 'VALUE' : id).slice(0, 60).toUpperCase();
}

function inputOf(
  id: string,
  name: string,
  input: DefinitionInput,
  definition: ServerDefinition,
): InputDefinition {
  const known = detailsOf(definition).inputs ?? {};
  const base = id.replace(/_\d+$/, '');
  const details = known[id] ?? known[name] ?? known[base];
  const options = input.choices?.map(
    (value): InputOption => ({
      value,
      ...(details?.options?.[value] !== undefined && { label: details.options[value] }),
    }),
  );
  const obtain = details?.obtain;
  return {
    id,
    label: details?.label ?? id,
    type: typeOf(input, details?.type),
    isRequired: input.isRequired === true && input.default === undefined,
    ...(input.description !== undefined && { description: input.description }),
    ...(input.placeholder !== undefined && { placeholder: input.placeholder }),
    ...(input.default !== undefined && { default: input.default }),
    ...(options !== undefined && options.length > 0 && { options }),
    ...(obtain !== undefined && { obtain: obtainOf(obtain) }),
  };
}

function obtainOf({
  url,
  instructions,
  buttonLabel,
}: { [key in keyof ObtainHint]?: string | undefined }): ObtainHint {
  return {
    ...(url !== undefined && { url }),
    ...(instructions !== undefined && { instructions }),
    ...(buttonLabel !== undefined && { buttonLabel }),
  };
}

function typeOf(
  input: DefinitionInput,
  told: 'url' | 'directory' | 'select' | undefined,
): InputDefinition['type'] {
  if (input.isSecret === true) return 'password';
  if (input.choices !== undefined && input.choices.length > 0) return 'select';
  if (told === 'url' || told === 'directory') return told;
  if (input.format === 'number' || input.format === 'boolean') return input.format;
  return input.format === 'filepath' ? 'file' : 'text';
}

/** Where it connects to, as far as that is known before it runs. */
export function hostsOf(definition: ServerDefinition, option: RunOption): readonly string[] {
  if (option.target.kind === 'remote') {
    const host = /^https?:\/\/([^/?#]+)/i.exec(option.target.remote.url)?.[1];
    return host === undefined ? [] : [host];
  }
  return detailsOf(definition).hosts ?? [];
}

const downloads: Readonly<Record<string, string>> = {
  npm: 'the npm registry',
  pypi: 'the Python Package Index',
  nuget: 'NuGet',
};

/** Where the program itself comes from, in words; undefined for what is only reached. */
export function downloadOf({ target }: RunOption): string | undefined {
  if (target.kind === 'remote') return undefined;
  const { registryType, registryBaseUrl, identifier } = target.package;
  if (registryType === 'mcpb') return hostIn(identifier);
  if (registryType === 'oci') {
    const [first = ''] = identifier.split('/', 1);
    return identifier.includes('/') && /[.:]/.test(first) ? first : 'Docker Hub';
  }
  return downloads[registryType] ?? (registryBaseUrl === undefined ? undefined : hostIn(registryBaseUrl));
}

function hostIn(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
