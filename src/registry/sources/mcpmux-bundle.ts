/**
 * registry/sources/mcpmux-bundle — the bundle of the McpMux registry, `/v1/bundle`: one answer with an ETag.
 *
 * Its inputs keep their options and where their value is got; `${input:ID}` becomes a variable of ours.
 */
import {
  type Argument,
  type DefinitionInput,
  detailsKey,
  type InputDetails,
  type NamedValue,
  schemaUrl,
} from '../definition.ts';
import { runKey } from '../same-server.ts';
import { type Adapter, jsonOf } from './cached-source.ts';

interface BundleInput {
  readonly id: string;
  readonly label?: string;
  readonly type?: string;
  readonly required?: boolean;
  readonly secret?: boolean;
  readonly description?: string;
  readonly default?: unknown;
  readonly placeholder?: string;
  readonly obtain?: { readonly url?: string; readonly instructions?: string; readonly button_label?: string };
  readonly options?: readonly { readonly value: string; readonly label?: string }[];
}

interface BundleServer {
  readonly id: string;
  readonly name?: string;
  readonly alias?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly transport?: {
    readonly type?: string;
    readonly command?: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly url?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly metadata?: { readonly inputs?: readonly BundleInput[] };
  };
  readonly auth?: { readonly type?: string; readonly instructions?: string };
  readonly links?: { readonly repository?: string; readonly homepage?: string };
  readonly publisher?: { readonly name?: string; readonly official?: boolean };
}

const authKinds: Readonly<Record<string, string>> = {
  none: 'none',
  api_key: 'key',
  optional_api_key: 'optional-key',
  oauth: 'oauth',
  basic: 'basic',
};

export const mcpmuxBundle: Adapter = async ({ get, before, read }) => {
  const response = await get('/v1/bundle', before.etag === undefined ? {} : { 'if-none-match': before.etag });
  if (response.status === 304) return undefined;
  const answer = (await jsonOf(response)) as { data?: { servers?: unknown }; servers?: unknown } | null;
  const servers = answer?.data?.servers ?? answer?.servers;
  if (!Array.isArray(servers)) throw new Error('it answered something else than a bundle of servers');
  const definitions = [];
  let leftOut = 0;
  for (const server of servers as readonly BundleServer[]) {
    const definition = await Promise.resolve()
      .then(() => read(convert(server)))
      // A record of another shape is left out like any other that cannot be used.
      .catch(() => undefined);
    if (definition === undefined) leftOut += 1;
    else definitions.push(definition);
  }
  return { definitions, leftOut, etag: response.headers.get('etag') ?? undefined };
};

function convert(server: BundleServer): unknown {
  const { transport = {}, auth, links, publisher } = server;
  const inputs = transport.metadata?.inputs ?? [];
  const known = new Map(inputs.map((input) => [input.id, input]));
  const how: object = transport.url === undefined ? packageOf(transport, known) : remoteOf(transport, known);
  const authKind = authKinds[auth?.type ?? ''];
  return {
    $schema: schemaUrl,
    name: `mcpmux/${server.id}`,
    title: (server.name ?? server.id).slice(0, 100),
    description: (server.description ?? server.name ?? server.id).replace(/\s+/g, ' ').slice(0, 100),
    version: '1.0.0',
    ...how,
    ...(links?.repository !== undefined && { repository: { url: links.repository, source: 'github' } }),
    ...(links?.homepage !== undefined && { websiteUrl: links.homepage }),
    _meta: {
      [detailsKey]: {
        ...(server.alias !== undefined &&
          /^[a-z0-9][a-z0-9-]{0,23}$/.test(server.alias) && { alias: server.alias }),
        ...(publisher?.name !== undefined && {
          publisher: { name: publisher.name, kind: publisher.official === true ? 'vendor' : 'community' },
        }),
        ...(authKind !== undefined && { auth: authKind }),
        ...(auth?.instructions !== undefined && { instructions: auth.instructions }),
        ...(server.tags !== undefined && { tags: server.tags }),
        inputs: Object.fromEntries(inputs.map((input) => [input.id.toUpperCase(), detailsOfInput(input)])),
      },
    },
  };
}

function detailsOfInput({ label, type, obtain, options }: BundleInput): InputDetails {
  return {
    ...(label !== undefined && { label }),
    ...(type === 'url' && { type: 'url' as const }),
    ...(type === 'directory_path' && { type: 'directory' as const }),
    ...(options !== undefined && {
      options: Object.fromEntries(options.map((option) => [option.value, option.label ?? option.value])),
    }),
    ...(obtain !== undefined && {
      obtain: { url: obtain.url, instructions: obtain.instructions, buttonLabel: obtain.button_label },
    }),
  };
}

function inputOf(input: BundleInput): DefinitionInput {
  const formats: Readonly<Record<string, DefinitionInput['format']>> = {
    number: 'number',
    boolean: 'boolean',
    file_path: 'filepath',
    directory_path: 'filepath',
  };
  const format = formats[input.type ?? ''];
  return {
    ...(input.description !== undefined && { description: input.description }),
    ...(input.required === true && { isRequired: true }),
    ...(input.secret === true && { isSecret: true }),
    ...(format !== undefined && { format }),
    ...(input.default !== undefined &&
      input.default !== null && { default: String(input.default as string) }),
    ...(input.placeholder !== undefined && { placeholder: input.placeholder }),
    ...(input.options !== undefined && { choices: input.options.map(({ value }) => value) }),
  };
}

type Known = ReadonlyMap<string, BundleInput>;

/** `Bearer ${input:TOKEN}` → `Bearer {TOKEN}`, with what is known of TOKEN. */
function templated(text: string, known: Known): Pick<DefinitionInput, 'value' | 'variables'> {
  const variables: Record<string, DefinitionInput> = {};
  const value = text.replace(/\$\{input:([A-Za-z0-9_]+)\}/g, (_, id: string) => {
    const input = known.get(id);
    variables[id] = input === undefined ? { isRequired: true, isSecret: true } : inputOf(input);
    return `{${id}}`;
  });
  return Object.keys(variables).length === 0 ? { value } : { value, variables };
}

function namedValues(values: Readonly<Record<string, string>> = {}, known: Known): NamedValue[] {
  return Object.entries(values).map(([name, text]) => ({ name, ...templated(text, known) }));
}

function remoteOf({ url = '', headers }: NonNullable<BundleServer['transport']>, known: Known): object {
  const { value, variables } = templated(url, known);
  return {
    remotes: [
      {
        type: /\/sse\/?$/.test(url) ? 'sse' : 'streamable-http',
        url: value,
        ...(variables !== undefined && { variables }),
        headers: namedValues(headers, known),
      },
    ],
  };
}

/** Only what a runner we know runs becomes a package: a definition cannot bring a command of its own. */
function packageOf(
  { command = '', args = [], env }: NonNullable<BundleServer['transport']>,
  known: Known,
): object {
  const key = runKey({ kind: 'stdio', command, args, env: {} });
  const [, kind, name] = /^(npm|pypi) (.+)$/.exec(key) ?? [];
  const at = args.findIndex((word) => name !== undefined && word.toLowerCase().startsWith(name));
  if (kind === undefined || at < 0) throw new Error(`it is run by ${command}`);
  const word = args[at] ?? '';
  const version = /(?!^)(?:@|==)(\d[\w.+-]*)$/.exec(word)?.[1];
  return {
    packages: [
      {
        registryType: kind,
        identifier: word.replace(/(?!^)(@|==)[^@=]*$/, ''),
        // Most have none: the newest is looked up, shown and kept when one is installed.
        ...(version !== undefined && { version }),
        transport: { type: 'stdio' },
        packageArguments: args
          .slice(at + 1)
          .map((text): Argument => ({ type: 'positional', ...templated(text, known) })),
        environmentVariables: namedValues(env, known),
      },
    ],
  };
}
