/**
 * registry/definition — how a server can be run or reached, before anyone installed it.
 *
 * One format for every source: the official `server.json` (2025-12-11), with what we add under one key of its `_meta`.
 * A definition is data from strangers: nothing of it runs before a person has seen the exact command.
 * Knows nothing of: where definitions come from, what is installed.
 */
import type { AuthKind, Category } from '../contract/index.ts';

/** One field of a form: the value of a variable, header or argument, or of a `{variable}` in one. */
export interface DefinitionInput {
  readonly description?: string | undefined;
  readonly isRequired?: boolean | undefined;
  readonly isSecret?: boolean | undefined;
  readonly format?: 'string' | 'number' | 'boolean' | 'filepath' | undefined;
  /** Fixed; `{name}` in it stands for one of `variables`. */
  readonly value?: string | undefined;
  readonly default?: string | undefined;
  readonly placeholder?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly variables?: Readonly<Record<string, DefinitionInput>> | undefined;
}

export interface NamedValue extends DefinitionInput {
  readonly name: string;
}

export type Argument =
  | (DefinitionInput & {
      readonly type: 'positional';
      readonly valueHint?: string | undefined;
      readonly isRepeated?: boolean | undefined;
    })
  | (NamedValue & { readonly type: 'named'; readonly isRepeated?: boolean | undefined });

export interface PackageTransport {
  readonly type: 'stdio' | 'streamable-http' | 'sse';
  readonly url?: string | undefined;
  readonly headers?: readonly NamedValue[] | undefined;
}

export interface DefinitionPackage {
  /** npm, pypi, oci, nuget, mcpb; others are shown and cannot be installed. */
  readonly registryType: string;
  /** Package name; an image with tag or digest; the URL of an .mcpb. */
  readonly identifier: string;
  /** Exact. Absent for oci. */
  readonly version?: string | undefined;
  readonly registryBaseUrl?: string | undefined;
  readonly fileSha256?: string | undefined;
  readonly runtimeHint?: string | undefined;
  readonly runtimeArguments?: readonly Argument[] | undefined;
  readonly packageArguments?: readonly Argument[] | undefined;
  readonly environmentVariables?: readonly NamedValue[] | undefined;
  readonly transport: PackageTransport;
}

export interface DefinitionRemote {
  readonly type: 'streamable-http' | 'sse';
  /** `{name}` in it stands for one of `variables`. */
  readonly url: string;
  readonly headers?: readonly NamedValue[] | undefined;
  readonly variables?: Readonly<Record<string, DefinitionInput>> | undefined;
}

/** Key of `_meta` for what we add. */
export const detailsKey = 'com.mcpmux/details';
export const schemaUrl = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

/** What `server.json` has no word for. */
export interface DefinitionDetails {
  /** Short name: what a person types, and the alias that is proposed. */
  readonly alias?: string | undefined;
  readonly publisher?:
    | { readonly name: string; readonly kind: 'vendor' | 'community' | 'mcp-project' }
    | undefined;
  readonly category?: Category | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly auth?: AuthKind | undefined;
  /** What a person has to do outside of McpMux. */
  readonly instructions?: string | undefined;
  /** What a person should know before it runs. */
  readonly caution?: string | undefined;
  readonly platforms?: readonly ('linux' | 'macos' | 'windows')[] | undefined;
  /** Hosts that it talks to, as far as they are known; patterns like `*.example.com`. */
  readonly hosts?: readonly string[] | undefined;
  /** By input: what a form needs to know more. */
  readonly inputs?: Readonly<Record<string, InputDetails>> | undefined;
  /** The program inside a Python package, where it is not named like the package; likewise of an npm package. */
  readonly program?: string | undefined;
  /** Packages of old that this one stands for. */
  readonly replaces?: readonly string[] | undefined;
  /** The day on which somebody looked that all of this is true: YYYY-MM-DD. */
  readonly checked?: string | undefined;
}

export interface InputDetails {
  readonly label?: string | undefined;
  /** Where `format` cannot say it. */
  readonly type?: 'url' | 'directory' | 'select' | undefined;
  /** Labels of choices, by value. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly obtain?:
    | {
        readonly url?: string | undefined;
        readonly instructions?: string | undefined;
        readonly buttonLabel?: string | undefined;
      }
    | undefined;
}

export interface ServerDefinition {
  readonly $schema?: string | undefined;
  /** Reverse DNS, one slash. */
  readonly name: string;
  readonly title?: string | undefined;
  readonly description: string;
  readonly version: string;
  readonly repository?:
    | {
        readonly url: string;
        readonly source: string;
        readonly id?: string | undefined;
        readonly subfolder?: string | undefined;
      }
    | undefined;
  readonly websiteUrl?: string | undefined;
  readonly packages?: readonly DefinitionPackage[] | undefined;
  readonly remotes?: readonly DefinitionRemote[] | undefined;
  readonly _meta?: { readonly [detailsKey]?: DefinitionDetails | undefined } | undefined;
}

export function detailsOf(definition: ServerDefinition): DefinitionDetails {
  return definition._meta?.[detailsKey] ?? {};
}

/** What a person reads. */
export function titleOf(definition: ServerDefinition): string {
  return definition.title ?? definition.name.split('/').at(-1) ?? definition.name;
}

/** The names in `{braces}` in a text, in order, each once. */
export function variablesIn(text: string): readonly string[] {
  return [
    ...new Set([...text.matchAll(/\{([A-Za-z_][A-Za-z0-9_.-]*)\}/g)].map(([, name]) => name as string)),
  ];
}
