/**
 * gateway/manage/find-access — the Space or FeatureSet that a person means, or the failure that names the nearest.
 */
import { type AccessSnapshot, findSet, findSpace } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import { similarNames } from '../../catalogue/index.ts';
import type { FeatureSet, Space, SpaceId } from '../../model/index.ts';
import { gatewayError } from '../errors.ts';

/** @param reference slug, name or id; undefined = the default Space. @throws gateway.no_such_space */
export function requireSpace(snapshot: AccessSnapshot, reference: string | undefined): Space {
  if (reference === undefined) return snapshot.defaultSpace;
  const found = findSpace(snapshot, reference);
  if (found !== undefined) return found;
  const names = snapshot.parts.spaces.flatMap(({ slug, name }) => [slug, name]);
  throw gatewayError('no_such_space', {
    reference: shortText(reference),
    nearest: similarNames(reference, names).join(', '),
  });
}

/** @param space undefined = in any. @throws gateway.no_such_set */
export function requireSet(
  snapshot: AccessSnapshot,
  reference: string,
  space: SpaceId | undefined,
): FeatureSet {
  const found = findSet(snapshot, reference, space);
  if (found !== undefined) return found;
  const names = snapshot.parts.sets.flatMap((set) =>
    space === undefined || set.spaceId === space ? [set.name] : [],
  );
  throw gatewayError('no_such_set', {
    reference: shortText(reference),
    space: space === undefined ? undefined : snapshot.space(space)?.name,
    nearest: similarNames(reference, names).join(', '),
  });
}
