/**
 * architecture/headers — every source file opens with its own path and one sentence on what it is.
 */
import { isSource, type Tree, type Violation } from './tree.ts';

export function checkHeaders(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (!isSource(file)) continue;
    const name = headerName(file);
    const [open, first = ''] = text.split('\n', 2);
    const start = ` * ${name} — `;
    if (open !== '/**' || !first.startsWith(start) || first.length === start.length) {
      violations.push({
        file,
        line: 1,
        says: `does not open with its header: /**\\n * ${name} — one sentence`,
      });
    }
  }
  return violations;
}

/** `src/transports/stdio.ts` → `upstream/transports/stdio`; an index.ts goes by its folder. */
function headerName(file: string): string {
  return file
    .replace(/^src\//, '')
    .replace(/\.ts$/, '')
    .replace(/\/index$/, '');
}
