/**
 * architecture/circles — no file of src/ imports itself by way of others.
 *
 * Imports of types count: two files in a circle can be neither read nor changed alone.
 */
import { posix } from 'node:path';
import { readSource } from './source.ts';
import { isSource, type Tree, type Violation } from './tree.ts';

interface Step {
  readonly file: string;
  readonly line: number;
}

/** One violation a circle, told at its first file in the order of the alphabet. */
export function checkCircles(tree: Tree): Violation[] {
  const imports = new Map<string, readonly Step[]>();
  for (const [file, text] of tree) {
    if (!isSource(file)) continue;
    const steps = readSource(file, text)
      .imports.filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, line }) => ({ file: posix.join(posix.dirname(file), specifier), line }));
    imports.set(file, steps);
  }
  const violations: Violation[] = [];
  const told = new Set<string>();
  for (const file of [...imports.keys()].sort()) {
    const circle = shortestCircle(file, imports);
    if (circle === undefined || circle.some((step) => told.has(step.file))) continue;
    for (const step of circle) told.add(step.file);
    violations.push({
      file,
      line: circle[0]?.line,
      says: `imports itself in a circle: ${[file, ...circle.map((step) => step.file)].join(' → ')}`,
    });
  }
  return violations;
}

/** The imports that lead from `start` back to it, breadth first. */
function shortestCircle(
  start: string,
  imports: ReadonlyMap<string, readonly Step[]>,
): readonly Step[] | undefined {
  const seen = new Set<string>();
  let paths: (readonly Step[])[] = [[]];
  while (paths.length > 0) {
    const next: (readonly Step[])[] = [];
    for (const path of paths) {
      for (const step of imports.get(path.at(-1)?.file ?? start) ?? []) {
        if (step.file === start) return [...path, step];
        if (seen.has(step.file)) continue;
        seen.add(step.file);
        next.push([...path, step]);
      }
    }
    paths = next;
  }
  return undefined;
}
