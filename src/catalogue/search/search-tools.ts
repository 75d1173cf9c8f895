/**
 * catalogue/search/search-tools — finds tools by what somebody wants to do.
 *
 * Our own tools are not among them: who searches has them already.
 * Knows nothing of: who may see what; it searches what it is given.
 */
import { reservedAliases } from '../../model/index.ts';
import type { Target } from '../view.ts';
import { ToolIndex } from './tool-index.ts';

export interface ToolsFound {
  /** Best first. */
  readonly targets: readonly Target[];
  /** How many fit at all. */
  readonly total: number;
  /** False: what was asked for is probably not here; the best of the rest is given all the same. */
  readonly isConfident: boolean;
}

/** The index is kept as long as the map of tools is, so as long as the view. */
const indexes = new WeakMap<object, Promise<ToolIndex>>();

/** What speaks of less of the request than this is a chance hit. */
const confidentFrom = 0.42;

/** @param tools a view's tools by shown name */
export async function searchTools(
  tools: ReadonlyMap<string, Target>,
  query: string,
  limit: number,
): Promise<ToolsFound> {
  let index = indexes.get(tools);
  if (index === undefined) {
    index = ToolIndex.of([...tools.values()].filter(({ alias }) => !reservedAliases.has(alias)));
    indexes.set(tools, index);
  }
  const hits = (await index).search(query);
  const named = tools.get(query.trim());
  const first = hits[0];
  const targets = hits.slice(0, limit).map(({ target }) => target);
  return {
    targets:
      named === undefined
        ? targets
        : [named, ...targets.filter((target) => target !== named)].slice(0, limit),
    total: hits.length,
    isConfident: named !== undefined || (first !== undefined && first.covered >= confidentFrom),
  };
}
