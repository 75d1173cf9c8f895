/**
 * architecture/floors — a room imports rooms on lower floors, through their index.ts; never sideways, never up.
 */
import { posix } from 'node:path';
import { readSource } from './source.ts';
import { composition, floors, sideDoors } from './tables.ts';
import { isSource, roomOf, type Tree, type Violation } from './tree.ts';

export function checkFloors(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (!isSource(file)) continue;
    const room = roomOf(file);
    if (room === undefined || floors[room] === undefined) {
      violations.push({
        file,
        says: 'belongs to no room; rooms and their floors stand in test/architecture/tables.ts',
      });
      continue;
    }
    for (const { specifier, line } of readSource(file, text).imports) {
      if (!specifier.startsWith('.')) continue;
      const says = judge(file, room, posix.join(posix.dirname(file), specifier));
      if (says !== undefined) violations.push({ file, line, says });
    }
  }
  return violations;
}

function judge(file: string, room: string, target: string): string | undefined {
  if (target === 'package.json') return undefined;
  if (!target.startsWith('src/')) return `imports ${target}, which lies outside src/`;
  if (target.endsWith('.test.ts')) return `imports the test ${target}`;
  const other = roomOf(target);
  if (other === room) return undefined;
  if (other === undefined || floors[other] === undefined)
    return `imports ${target}, which belongs to no room`;
  const ownFloor = floors[room] as number;
  const otherFloor = floors[other] as number;
  if (otherFloor > ownFloor)
    return `imports up: ${room} (floor ${ownFloor}) → ${other} (floor ${otherFloor})`;
  if (otherFloor === ownFloor) return `imports sideways: ${room} → ${other}, both on floor ${ownFloor}`;
  const isDoor = target === `src/${other}/index.ts` || Object.hasOwn(sideDoors, target);
  if (!isDoor && file !== composition) {
    return `imports ${target} past src/${other}/index.ts`;
  }
  return undefined;
}

/** Nobody can import the room on top, so it offers nothing. */
const topFloor = Math.max(...Object.values(floors));

/** `index.ts` of a room lists what it offers and holds no code; every room has one that others may import. */
export function checkIndexes(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  const rooms = new Set<string>();
  for (const [file, text] of tree) {
    if (!isSource(file)) continue;
    const room = roomOf(file);
    if (room !== undefined && floors[room] !== topFloor) rooms.add(room);
    if (posix.basename(file) !== 'index.ts') continue;
    for (const line of readSource(file, text).codeLines) {
      violations.push({ file, line, says: 'index.ts holds code; it only lists what the room offers' });
    }
    if (/^export \* from/m.test(text)) {
      violations.push({ file, says: 'offers everything of a file (export *); list it by name' });
    }
  }
  for (const room of rooms) {
    const index = `src/${room}/index.ts`;
    if (!tree.has(index))
      violations.push({ file: index, says: `is missing: the room ${room} has no list of what it offers` });
  }
  return violations;
}
