/**
 * registry/sources/docker-catalogue — the catalogue of Docker: images pinned by digest, and remotes.
 *
 * What its records want mounted or run beside the image is not taken: a definition cannot bring mounts.
 */
import { detailsKey, type NamedValue, schemaUrl } from '../definition.ts';
import type { Adapter } from './cached-source.ts';

interface DockerServer {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly allowHosts?: readonly string[];
  readonly secrets?: readonly {
    readonly name?: string;
    readonly env?: string;
    readonly description?: string;
  }[];
  readonly env?: readonly { readonly name?: string; readonly value?: unknown }[];
  readonly remote?: {
    readonly url?: string;
    readonly transport_type?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly oauth?: unknown;
  readonly metadata?: { readonly tags?: readonly string[] };
  readonly source?: string;
  readonly upstream?: string;
}

export const dockerCatalogue: Adapter = async ({ get, before, read }) => {
  const response = await get(
    '/catalog.yaml',
    before.etag === undefined ? {} : { 'if-none-match': before.etag },
  );
  if (response.status === 304) return undefined;
  const { parse } = await import('yaml');
  let answer: { registry?: unknown } | null;
  try {
    answer = parse(await response.text(), { maxAliasCount: 100 }) as typeof answer;
  } catch {
    throw new Error('it answered something that is no YAML');
  }
  const servers = answer?.registry;
  if (typeof servers !== 'object' || servers === null)
    throw new Error('it answered something else than a catalogue');
  const definitions = [];
  let leftOut = 0;
  for (const [name, server] of Object.entries(servers as Readonly<Record<string, DockerServer | null>>)) {
    const definition = await read(convert(name, server ?? {}));
    if (definition === undefined) leftOut += 1;
    else definitions.push(definition);
  }
  return { definitions, leftOut, etag: response.headers.get('etag') ?? undefined };
};

function convert(name: string, server: DockerServer): unknown {
  const { image, remote, secrets = [], env = [], volumes = [], command = [] } = server;
  const variables: NamedValue[] = [
    ...secrets.flatMap(({ env: variable, description }) =>
      variable === undefined
        ? []
        : [
            {
              name: variable,
              isSecret: true,
              isRequired: true,
              ...(description !== undefined && { description }),
            },
          ],
    ),
    ...env.flatMap(({ name: variable, value }): NamedValue[] => {
      if (variable === undefined) return [];
      // `{{server.key}}` stands for what a person sets.
      return typeof value === 'string' && !value.includes('{{')
        ? [{ name: variable, value }]
        : [{ name: variable }];
    }),
  ];
  const isRemote = remote?.url !== undefined;
  return {
    $schema: schemaUrl,
    name: `com.docker/${name}`,
    title: (server.title ?? name).slice(0, 100),
    description: (server.description ?? name).replace(/\s+/g, ' ').trim().slice(0, 100) || name,
    version: '1.0.0',
    ...(isRemote && {
      remotes: [{ type: remote.transport_type === 'sse' ? 'sse' : 'streamable-http', url: remote.url }],
    }),
    ...(!isRemote &&
      image !== undefined && {
        packages: [
          {
            registryType: 'oci',
            identifier: image,
            transport: { type: 'stdio' },
            packageArguments: command
              .filter((word) => typeof word === 'string' && !word.includes('{{'))
              .map((value) => ({ type: 'positional', value })),
            environmentVariables: variables,
          },
        ],
      }),
    ...(server.upstream !== undefined && { repository: { url: server.upstream, source: 'github' } }),
    _meta: {
      [detailsKey]: {
        ...(/^[a-z0-9][a-z0-9-]{0,23}$/.test(name) && { alias: name }),
        publisher: { name: 'Docker', kind: 'community' },
        auth: server.oauth !== undefined ? 'oauth' : secrets.length > 0 ? 'key' : 'none',
        ...(server.metadata?.tags !== undefined && { tags: server.metadata.tags.slice(0, 50) }),
        hosts: (server.allowHosts ?? []).map((host) => host.replace(/:\d+$/, '')),
        ...(volumes.length > 0 && {
          instructions: `It wants folders mounted (${volumes.length}); add them with --arg, or run it another way.`,
        }),
      },
    },
  };
}
