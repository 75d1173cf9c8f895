/**
 * access/find — the Space or FeatureSet that a person means: by slug, name in any case, or id.
 */
import type { FeatureSet, Space, SpaceId } from '../model/index.ts';
import type { AccessSnapshot } from './snapshot.ts';

export function findSpace({ parts }: AccessSnapshot, reference: string): Space | undefined {
  const wanted = reference.trim().toLowerCase();
  return (
    parts.spaces.find(({ slug }) => slug === wanted) ??
    parts.spaces.find(({ name }) => name.toLowerCase() === wanted) ??
    parts.spaces.find(({ id }) => id === reference)
  );
}

/** @param spaceId only of this Space; undefined = of any, the default Space's first */
export function findSet(
  { parts, defaultSpace }: AccessSnapshot,
  reference: string,
  spaceId: SpaceId | undefined,
): FeatureSet | undefined {
  const wanted = reference.trim().toLowerCase();
  const within = parts.sets.filter((set) => spaceId === undefined || set.spaceId === spaceId);
  const inOrder = [
    ...within.filter((set) => set.spaceId === defaultSpace.id),
    ...within.filter((set) => set.spaceId !== defaultSpace.id),
  ];
  return (
    inOrder.find(({ name }) => name.toLowerCase() === wanted) ??
    inOrder.find(({ slug }) => slug === wanted) ??
    inOrder.find(({ id }) => id === reference)
  );
}
