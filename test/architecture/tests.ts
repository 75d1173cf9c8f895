/**
 * architecture/tests — every test file is run by some project, and none is silenced.
 */
import { readSource } from './source.ts';
import type { Tree, Violation } from './tree.ts';

/** A `*.test.ts` that no `include` of vitest.config.ts matches would pass by never running. */
export function checkTestsRun(tree: Tree): Violation[] {
  const config = 'vitest.config.ts';
  const patterns = readSource(config, tree.get(config) ?? '')
    .strings.filter(({ text }) => text.endsWith('.test.ts'))
    .map(({ text }) => toPattern(text));
  return [...tree.keys()]
    .filter((file) => /\.test\.(ts|tsx|mts|mjs)$/.test(file) && !file.startsWith('dashboard/'))
    .filter((file) => !patterns.some((pattern) => pattern.test(file)))
    .map((file) => ({ file, says: `is run by no project of ${config}` }));
}

const silencing = /^(it|test|describe)$|^\.each$/;

/** `it.only` hides the others, and a `skip` without a condition hides itself. `skipIf` says when, and is allowed. */
export function checkTestsSpeak(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (!file.endsWith('.test.ts') || !/\.(only|skip|todo)\b/.test(text)) continue;
    for (const { object, name, line } of readSource(file, text).properties) {
      if (silencing.test(object) && ['only', 'skip', 'todo'].includes(name)) {
        violations.push({ file, line, says: `silences tests with .${name}` });
      }
    }
  }
  return violations;
}

/** The globs that vitest.config.ts uses: `**`, `*` and `{a,b}`. */
function toPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^}]*)\}/g, (_, choices: string) => `(${choices.replaceAll(',', '|')})`)
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(.*/)?');
  return new RegExp(`^${source}$`);
}
