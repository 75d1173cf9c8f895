/**
 * access/presentations — the patches that count for one grant, merged a tool.
 *
 * Those of the Space come first, then those of the sets in their order; what one of them fixes no later one opens.
 * Knows nothing of: views, names.
 */
import type { FeatureId, FeatureSetId, PatchBase, Presentation, SpaceId, ToolPatch } from '../model/index.ts';
import { mergePatches } from './tool-patch.ts';

export interface MergedPatch {
  readonly patch: ToolPatch;
  readonly base: PatchBase;
}

/** @returns undefined when tools look as their servers show them */
export function patchesFor(
  presentations: readonly Presentation[],
  spaceId: SpaceId,
  setIds: readonly FeatureSetId[],
): ReadonlyMap<FeatureId, MergedPatch> | undefined {
  const order = (one: Presentation): number => (one.setId === undefined ? -1 : setIds.indexOf(one.setId));
  const here = presentations
    .filter((one) => one.spaceId === spaceId && (one.setId === undefined || setIds.includes(one.setId)))
    .sort((one, other) => order(one) - order(other));
  if (here.length === 0) return undefined;
  const merged = new Map<FeatureId, MergedPatch>();
  for (const { featureId, patch, base } of here) {
    const before = merged.get(featureId);
    merged.set(
      featureId,
      before === undefined
        ? { patch, base }
        : {
            patch: mergePatches([before.patch, patch]),
            base: {
              ...before.base,
              ...base,
              ...((before.base.arguments !== undefined || base.arguments !== undefined) && {
                arguments: { ...before.base.arguments, ...base.arguments },
              }),
            },
          },
    );
  }
  return merged;
}
