/**
 * architecture/generated — pages made from tables are what the tables say now.
 */
import type { Tree, Violation } from './tree.ts';

export function checkGenerated(tree: Tree, pages: ReadonlyMap<string, string>): Violation[] {
  return [...pages]
    .filter(([file, text]) => tree.get(file) !== text)
    .map(([file]) => ({ file, says: 'is not what its table says; run: npm run docs' }));
}
