/**
 * catalogue/search — finds tools by words: name, title, description, server.
 *
 * MiniSearch is loaded when somebody searches for the first time.
 * Knows nothing of: who may see what; it searches what it is given.
 */
import type { Target } from './view.ts';

type Index = { search(query: string): { id: string }[] };

const indexes = new WeakMap<object, Promise<Index>>();

/**
 * @param tools  a view's tools; the index is kept as long as this map is
 * @returns      the best matches, best first
 */
export async function searchTools(
  tools: ReadonlyMap<string, Target>,
  query: string,
  limit: number,
): Promise<readonly Target[]> {
  let index = indexes.get(tools);
  if (index === undefined) {
    index = buildIndex(tools);
    indexes.set(tools, index);
  }
  const found: Target[] = [];
  for (const hit of (await index).search(query)) {
    const target = tools.get(hit.id);
    if (target !== undefined) found.push(target);
    if (found.length >= limit) break;
  }
  return found;
}

async function buildIndex(tools: ReadonlyMap<string, Target>): Promise<Index> {
  const { default: MiniSearch } = await import('minisearch');
  const index = new MiniSearch<{
    id: string;
    name: string;
    title: string;
    description: string;
    server: string;
  }>({
    fields: ['name', 'title', 'description', 'server'],
    // Names are snake_case and camelCase: their words count one by one.
    tokenize: (text) =>
      text
        .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .filter(Boolean),
    searchOptions: { prefix: true, fuzzy: 0.2, boost: { name: 3, title: 2 } },
  });
  index.addAll(
    [...tools.values()].map((target) => ({
      id: target.shownName,
      name: target.shownName,
      title: target.item.text('title') ?? '',
      description: target.item.text('description') ?? '',
      server: target.serverName,
    })),
  );
  return index as unknown as Index;
}
