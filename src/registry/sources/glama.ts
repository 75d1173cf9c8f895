/**
 * registry/sources/glama — the directory of Glama. Its records name no package: each is joined to one by its repository.
 *
 * Its licence asks for a visible link wherever its data is shown; the source says so, and commands show it.
 */
import { detailsKey, schemaUrl } from '../definition.ts';
import { type Adapter, jsonOf } from './cached-source.ts';

/** 100 a page. The directory holds many times more; what nobody else has cannot be run anyway. */
const maxPages = 20;

interface GlamaServer {
  readonly name?: string;
  readonly namespace?: string;
  readonly slug?: string;
  readonly description?: string;
  readonly url?: string;
  readonly attributes?: readonly string[];
  readonly repository?: { readonly url?: string };
}

interface GlamaPage {
  readonly servers?: readonly GlamaServer[];
  readonly pageInfo?: { readonly endCursor?: string; readonly hasNextPage?: boolean };
}

export const glama: Adapter = async ({ get, read }) => {
  const definitions = [];
  let leftOut = 0;
  let after: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const next = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const answer = (await jsonOf(await get(`/servers?first=100${next}`))) as GlamaPage | null;
    if (!Array.isArray(answer?.servers)) throw new Error('it answered something else than a list of servers');
    for (const server of answer.servers) {
      const definition = await read(convert(server));
      if (definition === undefined) leftOut += 1;
      else definitions.push(definition);
    }
    after = answer.pageInfo?.endCursor;
    if (answer.pageInfo?.hasNextPage !== true || after === undefined) break;
  }
  return { definitions, leftOut };
};

function convert({
  name,
  namespace,
  slug,
  description,
  url,
  attributes = [],
  repository,
}: GlamaServer): unknown {
  const clean = (text: string | undefined): string => (text ?? '').replace(/[^A-Za-z0-9._-]+/g, '-');
  return {
    $schema: schemaUrl,
    name: `ai.glama/${clean(namespace)}.${clean(slug)}`,
    title: (name ?? slug ?? '').slice(0, 100),
    description: (description ?? name ?? '').replace(/\s+/g, ' ').trim().slice(0, 100),
    version: '1.0.0',
    ...(repository?.url !== undefined && { repository: { url: repository.url, source: 'github' } }),
    ...(url !== undefined && { websiteUrl: url }),
    _meta: {
      [detailsKey]: {
        ...(namespace !== undefined && {
          publisher: {
            name: namespace,
            kind: attributes.includes('author:official') ? 'vendor' : 'community',
          },
        }),
      },
    },
  };
}
