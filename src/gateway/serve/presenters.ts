/**
 * gateway/serve/presenters — how tools look to those who have one grant: the patches that count, laid over each tool once.
 *
 * Knows nothing of: names that are taken, where patches are kept.
 */
import { mapArguments, patchesFor, patchTool } from '../../access/index.ts';
import type { PresentedTool, PresentTool } from '../../catalogue/index.ts';
import type { FeatureSetId, Presentation, SpaceId } from '../../model/index.ts';
import type { RawJson } from '../../protocol/index.ts';

export class Presenters {
  #presentations: readonly Presentation[] | undefined;
  /** By Space and sets. */
  #kept = new Map<string, PresentTool | undefined>();

  /**
   * The same function as long as the same patches count.
   *
   * @returns undefined when tools look as their servers show them
   */
  for(
    presentations: readonly Presentation[] | undefined,
    spaceId: SpaceId,
    setIds: readonly FeatureSetId[],
  ): PresentTool | undefined {
    if (presentations === undefined || presentations.length === 0) return undefined;
    if (presentations !== this.#presentations) {
      this.#presentations = presentations;
      this.#kept = new Map();
    }
    const key = [spaceId, ...setIds].join('\n');
    const kept = this.#kept.get(key);
    if (kept !== undefined || this.#kept.has(key)) return kept;
    const made = presenterOf(presentations, spaceId, setIds);
    this.#kept.set(key, made);
    return made;
  }
}

function presenterOf(
  presentations: readonly Presentation[],
  spaceId: SpaceId,
  setIds: readonly FeatureSetId[],
): PresentTool | undefined {
  const patches = patchesFor(presentations, spaceId, setIds);
  if (patches === undefined) return undefined;
  const presented = new WeakMap<RawJson, PresentedTool>();
  return ({ id, item }) => {
    const merged = patches.get(id);
    if (merged === undefined) return undefined;
    let tool = presented.get(item);
    if (tool === undefined) {
      const { patch, base } = merged;
      const patched = patchTool(item, patch, base);
      tool = {
        name: patch.name,
        item: patched.item,
        fault: patched.fault,
        toServer: (given) => mapArguments(patch, given),
      };
      presented.set(item, tool);
    }
    return tool;
  };
}
