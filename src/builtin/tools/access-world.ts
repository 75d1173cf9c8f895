/**
 * builtin/tools/access-world — what our tools know and may change of Spaces, FeatureSets and mappings, for one caller.
 *
 * Whoever is held to a Space, by a lock, its URL or its folder, learns nothing of the others.
 */
import { type AccessRegister, accessOf, findSpace, looksLikeFolder } from '../../access/index.ts';
import { shortText } from '../../base/index.ts';
import type { View } from '../../catalogue/index.ts';
import type { MappingControl, SetControl } from '../../gateway/index.ts';
import type { Caller, Space, SpaceId } from '../../model/index.ts';
import type { RawJson } from '../../protocol/index.ts';
import { BadArgument, textArgument } from '../arguments.ts';
import type { BuiltInRequest } from '../built-in-tool.ts';

export interface AccessWorld {
  readonly access: AccessRegister;
  readonly sets: Pick<SetControl, 'list' | 'get' | 'create' | 'change' | 'remove'>;
  readonly mappings: Pick<MappingControl, 'list' | 'create' | 'change'>;
  /** Everything of a Space. */
  viewOf(spaceId: SpaceId): View | undefined;
}

const bindingSignals: ReadonlySet<string> = new Set(['lock', 'url', 'base-folder']);

/** The Spaces that this caller may know of. */
export function spacesOf({ access }: AccessWorld, { hosted }: BuiltInRequest): readonly Space[] {
  const { grant } = hosted.granted;
  const { spaces } = access.snapshot.parts;
  const lock = accessOf(hosted.call.scope.caller.principal).spaceLock;
  const isBound = lock !== undefined || bindingSignals.has(grant.signal);
  return isBound ? spaces.filter(({ id }) => id === grant.spaceId) : spaces;
}

/** The Space that the arguments name, else the caller's own. @throws BadArgument also for one that it may not know of */
export function spaceArgument(world: AccessWorld, request: BuiltInRequest): Space {
  const spaces = spacesOf(world, request);
  const wanted = textArgument(request.given, 'space');
  if (wanted === undefined) return spaces.find(({ id }) => id === request.spaceId) as Space;
  const found = findSpace(world.access.snapshot, wanted);
  if (found !== undefined && spaces.includes(found)) return found;
  const names = spaces.map(({ slug }) => slug).slice(0, 20);
  throw new BadArgument(`There is no Space "${shortText(wanted)}". There is: ${names.join(', ')}`);
}

/** The folder in which this client works, as it says: the first that it reports. */
export function folderOf({ roots, workspace, bridgeFolder }: Caller): string | undefined {
  if (workspace !== undefined && looksLikeFolder(workspace)) return workspace;
  if (roots?.state === 'arrived' && roots.uris[0] !== undefined) return roots.uris[0];
  return bridgeFolder;
}

/** Is the member there, also as an empty list? */
export function isGiven(given: RawJson, name: string): boolean {
  const member = given.member(name);
  return member !== undefined && member.toText() !== 'null';
}
