/**
 * test/support/first-space — the Space that every database has from the start, and an access register with nothing else.
 */
import { AccessRegister } from '../../src/access/index.ts';
import {
  type DomainEvents,
  everything,
  type FeatureSet,
  type FeatureSetId,
  type Space,
  type SpaceId,
} from '../../src/model/index.ts';

export const firstSpaceId = 'default' as SpaceId;

export const firstSpace: Space = {
  id: firstSpaceId,
  slug: 'default',
  name: 'Default',
  icon: undefined,
  colour: undefined,
  position: 0,
  isDefault: true,
  baseFolders: [],
  createdAt: 0,
  updatedAt: 0,
};

export const firstStarter: FeatureSet = {
  id: 'starter-default' as FeatureSetId,
  spaceId: firstSpaceId,
  slug: 'starter',
  name: 'Starter',
  description: undefined,
  isStarter: true,
  members: [everything],
  revision: 1,
  createdAt: 0,
  updatedAt: 0,
};

/** Everybody sees everything of one Space, as after an installation. */
export function openAccess(events?: DomainEvents): AccessRegister {
  return new AccessRegister(
    { spaces: [firstSpace], sets: [firstStarter], mappings: [], unmapped: 'starter' },
    events,
  );
}
