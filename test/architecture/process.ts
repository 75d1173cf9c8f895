/**
 * architecture/process — secrets are opened, the process is touched and servers are made in a short list of files.
 */
import { readSource } from './source.ts';
import { processUses, revealers, serverMaker } from './tables.ts';
import { isSource, roomOf, type Tree, type Violation } from './tree.ts';

export function checkReveals(tree: Tree, allowed: Readonly<Record<string, string>> = revealers): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (!isSource(file) || roomOf(file) === 'base') continue;
    const uses = readSource(file, text).properties.filter(({ name }) => name === 'reveal');
    if (Object.hasOwn(allowed, file)) {
      if (uses.length === 0)
        violations.push({ file, says: 'may reveal secrets and does not; take it off the list' });
      continue;
    }
    for (const { line } of uses) {
      violations.push({
        file,
        line,
        says: 'reveals a secret; the list of files that may is in test/architecture/tables.ts',
      });
    }
  }
  for (const file of Object.keys(allowed)) {
    if (!tree.has(file))
      violations.push({ file, says: 'may reveal secrets and does not exist; take it off the list' });
  }
  return violations;
}

export function checkProcessUse(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    const room = roomOf(file);
    if (!isSource(file) || room === undefined) continue;
    for (const { object, name, line } of readSource(file, text).properties) {
      const rule = processUses.find((use) => use.object === object && (use.name ?? name) === name);
      if (rule === undefined || rule.rooms.includes(room) || Object.hasOwn(rule.files, file)) continue;
      violations.push({ file, line, says: `uses ${rule.what}, which belongs to ${rule.rooms.join(', ')}` });
    }
  }
  return violations;
}

/** A server of Node's own has no net under its listeners. */
export function checkServers(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (!isSource(file) || roomOf(file) === undefined || file === serverMaker) continue;
    for (const { callee, line } of readSource(file, text).calls) {
      if (callee === 'createServer' || callee === '.createServer')
        violations.push({ file, line, says: `makes a server by itself; ${serverMaker} makes them` });
    }
  }
  return violations;
}
