/**
 * test/support/access-world — Spaces, sets and mappings in a few words, for tests of who sees what.
 */
import { type AccessParts, AccessSnapshot } from '../../src/access/index.ts';
import {
  everything,
  type FeatureSet,
  type FeatureSetId,
  type Mapping,
  type MappingId,
  type SetMember,
  type Space,
  type SpaceId,
} from '../../src/model/index.ts';
import { firstSpace, firstSpaceId, firstStarter } from './first-space.ts';

export const workId = 'work' as SpaceId;

export const work: Space = {
  ...firstSpace,
  id: workId,
  slug: 'work',
  name: 'Work',
  position: 1,
  isDefault: false,
  baseFolders: ['/home/me/work', '/home/me/work/inner'],
};

export function makeSet(
  slug: string,
  spaceId: SpaceId = firstSpaceId,
  members: readonly SetMember[] = [everything],
): FeatureSet {
  return { ...firstStarter, id: slug as FeatureSetId, spaceId, slug, name: slug, isStarter: false, members };
}

export const workStarter: FeatureSet = {
  ...makeSet('work-starter', workId),
  name: 'Starter',
  isStarter: true,
};

export function makeMapping(
  key: string,
  spaceId: SpaceId,
  setIds: readonly string[],
  rest: Partial<Mapping> = {},
): Mapping {
  return {
    id: `map ${key}` as MappingId,
    kind: key.includes('/') || key.includes('\\') ? 'folder' : 'id',
    key,
    hasChildren: false,
    spaceId,
    setIds: setIds as readonly FeatureSetId[],
    createdAt: 0,
    updatedAt: 0,
    ...rest,
  };
}

/**
 * Two Spaces, each with its Starter; `reads` in the first, `triage` in Work; /code/app → Work: triage, /code/tree with
 * children → Work: triage, /code/none → nothing, the id `ci` → Work: triage.
 */
export function accessWorld(changed: Partial<AccessParts> = {}): AccessSnapshot {
  return new AccessSnapshot(1, {
    spaces: [firstSpace, work],
    sets: [firstStarter, workStarter, makeSet('reads'), makeSet('triage', workId)],
    mappings: [
      makeMapping('/code/app', workId, ['triage']),
      makeMapping('/code/tree', workId, ['triage'], { hasChildren: true }),
      makeMapping('/code/tree/own', firstSpaceId, ['reads']),
      makeMapping('/code/none', firstSpaceId, []),
      makeMapping('/code/gone', firstSpaceId, ['deleted', 'reads']),
      makeMapping('ci', workId, ['triage']),
      makeMapping('client:triage', workId, ['triage']),
      makeMapping('client:reads', firstSpaceId, ['reads']),
    ],
    unmapped: 'starter',
    ...changed,
  });
}
