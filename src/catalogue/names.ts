/**
 * catalogue/names — qualified names: `<alias>_<original>`, safe for every client, stable, never ambiguous.
 *
 * A name keeps to `^[a-zA-Z0-9_-]{1,64}$` and to 46 characters, so that a client's own prefix has room.
 * Overflow and collisions are resolved by a short hash of (server, original name), so a name does not depend
 * on what else is there. The original is recovered from the catalogue, never by splitting text.
 * Knows nothing of: views, grants.
 */
import { createHash } from 'node:crypto';

/** Leaves room for `mcp__<entry>__` in front, within the 60 or 64 characters that clients allow. */
export const qualifiedNameLimit = 46;
const hashLength = 6;

/** Characters that every client accepts; everything else becomes one underscore. */
function clean(originalName: string): string {
  return originalName.replace(/[^a-zA-Z0-9_-]+/g, '_');
}

/** Six characters of [0-9a-z] that follow from the server's alias and the original name alone. */
export function nameHash(alias: string, originalName: string): string {
  const digest = createHash('sha256').update(`${alias}\u0000${originalName}`).digest();
  return digest.readUIntBE(0, 6).toString(36).padStart(hashLength, '0').slice(-hashLength);
}

/** The name without regard to other items: readable when it is clean and short enough, else with its hash. */
export function plainQualifiedName(alias: string, originalName: string): string {
  const cleaned = clean(originalName);
  const name = `${alias}_${cleaned}`;
  if (cleaned === originalName && name.length <= qualifiedNameLimit) return name;
  return hashedQualifiedName(alias, originalName);
}

/** Always with the hash; cut so that it fits. */
export function hashedQualifiedName(alias: string, originalName: string): string {
  const room = qualifiedNameLimit - hashLength - 1;
  return `${`${alias}_${clean(originalName)}`.slice(0, room)}_${nameHash(alias, originalName)}`;
}

/**
 * One name for each item, in order. Where two plain names are equal, the later item gets the hashed one.
 * (Only an alias and a tool that together read like another pair can meet: `a-b` + `c`, never within a server.)
 */
export function assignQualifiedNames<Item extends { readonly alias: string; readonly originalName: string }>(
  items: readonly Item[],
): Map<string, Item> {
  const names = new Map<string, Item>();
  for (const item of items) {
    const plain = plainQualifiedName(item.alias, item.originalName);
    let name = names.has(plain) ? hashedQualifiedName(item.alias, item.originalName) : plain;
    for (let more = 2; names.has(name); more += 1) name = `${plain.slice(0, qualifiedNameLimit - 3)}_${more}`;
    names.set(name, item);
  }
  return names;
}
