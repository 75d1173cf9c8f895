/**
 * model/space — an isolated world of servers, credentials, FeatureSets and mappings.
 *
 * Knows nothing of: what is in it.
 */
import type { SpaceId } from './ids.ts';

export interface Space {
  readonly id: SpaceId;
  /** `^[a-z0-9][a-z0-9-]{0,31}$`, unique; the segment of `/spaces/<slug>/mcp`. */
  readonly slug: string;
  /** As the person wrote it; unique without regard to case. */
  readonly name: string;
  /** One emoji or letter, for people. */
  readonly icon: string | undefined;
  /** `#rrggbb`, for people. */
  readonly colour: string | undefined;
  /** Its place among the Spaces, from 0. */
  readonly position: number;
  /** Whoever is sent nowhere else comes here. Exactly one Space is it. */
  readonly isDefault: boolean;
  /** Normal folder texts (access/folder-path): a folder within one that nobody mapped belongs to this Space. */
  readonly baseFolders: readonly string[];
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const spaceSlugPattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** The slug that a name suggests: lower case, runs of anything else become one hyphen. May be empty. */
export function slugFromName(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32)
    .replace(/-+$/, '');
}
