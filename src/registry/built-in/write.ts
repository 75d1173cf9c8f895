/**
 * registry/built-in/write — words in which the built-in list is written: each makes a piece of a definition.
 */
import type { AuthKind, Category } from '../../contract/index.ts';
import {
  type Argument,
  type DefinitionInput,
  type DefinitionPackage,
  type DefinitionRemote,
  detailsKey,
  type InputDetails,
  type NamedValue,
  type ServerDefinition,
  schemaUrl,
} from '../definition.ts';

/** The namespace of this list: we describe these servers, their publishers do not. */
const namespace = 'com.mcpmux';

export interface Entry {
  readonly title: string;
  /** One sentence, at most 100 characters. */
  readonly says: string;
  readonly by: readonly [name: string, kind: 'vendor' | 'community' | 'mcp-project'];
  readonly category: Category;
  readonly auth?: AuthKind;
  readonly tags?: readonly string[];
  /** `owner/name` on GitHub, or a whole URL. */
  readonly repository?: string;
  readonly website?: string;
  readonly remotes?: readonly DefinitionRemote[];
  readonly packages?: readonly DefinitionPackage[];
  readonly inputs?: Readonly<Record<string, InputDetails>>;
  readonly hosts?: readonly string[];
  readonly platforms?: readonly ('linux' | 'macos' | 'windows')[];
  readonly program?: string;
  readonly replaces?: readonly string[];
  readonly instructions?: string;
  readonly caution?: string;
  readonly checked?: string;
}

/** The day of the last look at all of these facts. */
const checkedByDefault = '2026-11-15';

export function define(alias: string, entry: Entry): ServerDefinition {
  const { title, says, by, category, repository, website, remotes = [], packages = [] } = entry;
  const url =
    repository === undefined || repository.includes('://') ? repository : `https://github.com/${repository}`;
  const version = packages.find((item) => item.version !== undefined)?.version ?? '1.0.0';
  return {
    $schema: schemaUrl,
    name: `${namespace}/${alias}`,
    title,
    description: says,
    version,
    ...(url !== undefined && {
      repository: { url, source: url.includes('gitlab.com') ? 'gitlab' : 'github' },
    }),
    ...(website !== undefined && { websiteUrl: website }),
    ...(remotes.length > 0 && { remotes }),
    ...(packages.length > 0 && { packages }),
    _meta: {
      [detailsKey]: {
        alias,
        publisher: { name: by[0], kind: by[1] },
        category,
        auth: entry.auth ?? 'none',
        ...(entry.tags !== undefined && { tags: entry.tags }),
        ...(entry.inputs !== undefined && { inputs: entry.inputs }),
        ...(entry.hosts !== undefined && { hosts: entry.hosts }),
        ...(entry.platforms !== undefined && { platforms: entry.platforms }),
        ...(entry.program !== undefined && { program: entry.program }),
        ...(entry.replaces !== undefined && { replaces: entry.replaces }),
        ...(entry.instructions !== undefined && { instructions: entry.instructions }),
        ...(entry.caution !== undefined && { caution: entry.caution }),
        checked: entry.checked ?? checkedByDefault,
      },
    },
  };
}

interface PackageRest {
  readonly args?: readonly Argument[];
  readonly env?: readonly NamedValue[];
  readonly runtime?: readonly Argument[];
}

function packageOf(
  registryType: string,
  identifier: string,
  version: string | undefined,
  { args = [], env = [], runtime = [] }: PackageRest,
  runtimeHint: string,
): DefinitionPackage {
  return {
    registryType,
    identifier,
    ...(version !== undefined && { version }),
    runtimeHint,
    transport: { type: 'stdio' },
    ...(runtime.length > 0 && { runtimeArguments: runtime }),
    ...(args.length > 0 && { packageArguments: args }),
    ...(env.length > 0 && { environmentVariables: env }),
  };
}

export function npm(identifier: string, version: string, rest: PackageRest = {}): DefinitionPackage {
  return packageOf('npm', identifier, version, rest, 'npx');
}

export function pypi(identifier: string, version: string, rest: PackageRest = {}): DefinitionPackage {
  return packageOf('pypi', identifier, version, rest, 'uvx');
}

/** @param image with its tag or digest */
export function oci(image: string, rest: PackageRest = {}): DefinitionPackage {
  return packageOf('oci', image, undefined, rest, 'docker');
}

export function remote(
  url: string,
  rest: Pick<DefinitionRemote, 'headers' | 'variables'> = {},
): DefinitionRemote {
  return { type: 'streamable-http', url, ...rest };
}

/** A word as it is. */
export function word(value: string): Argument {
  return { type: 'positional', value };
}

/** A value without a flag. */
export function positional(valueHint: string, input: DefinitionInput & { isRepeated?: boolean }): Argument {
  return { type: 'positional', valueHint, ...input };
}

export function flag(name: string, input: DefinitionInput & { isRepeated?: boolean } = {}): Argument {
  return { type: 'named', name, ...input };
}

/** `--name` when a person switches it on. */
export function toggle(name: string, description: string, isOn?: boolean): Argument {
  return {
    type: 'named',
    name,
    description,
    format: 'boolean',
    ...(isOn !== undefined && { default: String(isOn) }),
  };
}

/** A secret that it cannot do without. */
export function secret(name: string, description?: string): NamedValue {
  return { name, isRequired: true, isSecret: true, ...(description !== undefined && { description }) };
}

export function optionalSecret(name: string, description?: string): NamedValue {
  return { name, isSecret: true, ...(description !== undefined && { description }) };
}

export function variable(name: string, input: DefinitionInput = {}): NamedValue {
  return { name, ...input };
}

/** `Authorization: Bearer …` */
export function bearer(input: string, isRequired: boolean): NamedValue {
  return {
    name: 'Authorization',
    value: `Bearer {${input}}`,
    variables: { [input]: { isRequired, isSecret: true } },
  };
}

/** Where a key is made. */
export function key(
  label: string,
  url: string,
  instructions?: string,
  buttonLabel = 'Get a key',
): InputDetails {
  return {
    label,
    obtain: { url, buttonLabel, ...(instructions !== undefined && { instructions }) },
  };
}
