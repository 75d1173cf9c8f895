/**
 * model/mapping — which Space and FeatureSets a folder, or an id of a client's own choosing, leads to.
 */
import type { FeatureSetId, MappingId, SpaceId } from './ids.ts';

export interface Mapping {
  readonly id: MappingId;
  readonly kind: 'folder' | 'id';
  /** A normal folder text (access/folder-path), or the id verbatim. Unique with `kind` over all Spaces. */
  readonly key: string;
  /** Of a folder: does it speak for the folders within it too? */
  readonly hasChildren: boolean;
  readonly spaceId: SpaceId;
  /** Of that Space, in order. None: whoever comes by this mapping sees nothing. */
  readonly setIds: readonly FeatureSetId[];
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a folder gets that nobody mapped and that lies in no Space's base folder. */
export type UnmappedPolicy = 'starter' | 'ask' | 'nothing';
export const unmappedPolicies: readonly UnmappedPolicy[] = ['starter', 'ask', 'nothing'];
