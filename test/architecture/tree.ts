/**
 * architecture/tree — the repository as a map of path → text, and what a rule says about it.
 *
 * Every rule is a function from a tree to its violations, so that the same rule runs over the real tree and over a planted one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSource } from './source.ts';

/** Path from the repository's root (forward slashes) → text. */
export type Tree = ReadonlyMap<string, string>;

export interface Violation {
  readonly file: string;
  /** Counted from 1; undefined = the file as a whole. */
  readonly line?: number | undefined;
  readonly says: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const skippedFolders = new Set(['node_modules', 'dist', 'coverage', 'out', '.git']);
const skippedEndings = new Set(['.log', '.tsbuildinfo']);
const binaryEndings = new Set(['.bin', '.png', '.ico', '.jpg', '.woff2', '.gz', '.db', '.sqlite']);

let repository: Tree | undefined;

/**
 * Every file of the repository that a clone would hold; a binary file is there with an empty text.
 *
 * Read once, and its sources parsed at once: call it while tests are collected, where no test's time runs.
 */
export function readRepository(): Tree {
  if (repository !== undefined) return repository;
  const tree = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) walk(path);
      } else if (entry.name !== '.git' && entry.isFile() && !skippedEndings.has(extname(entry.name))) {
        tree.set(path, binaryEndings.has(extname(entry.name)) ? '' : readFileSync(join(root, path), 'utf8'));
      }
    }
  };
  walk('');
  for (const [path, text] of tree) if (isSource(path)) readSource(path, text);
  repository = tree;
  return tree;
}

/** One line a violation, as a person reads it: `src/base/x.ts:3 says`. */
export function report(violations: readonly Violation[]): string[] {
  return violations.map(({ file, line, says }) => `${file}${line === undefined ? '' : `:${line}`} ${says}`);
}

/** A small tree for a planted violation. */
export function plant(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

/** The line (from 1) on which `index` of `text` lies. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Is it shipped source: a TypeScript file of `src/` that is no test? */
export function isSource(path: string): boolean {
  return path.startsWith('src/') && path.endsWith('.ts') && !isTest(path);
}

export function isTest(path: string): boolean {
  return path.startsWith('test/') || path.endsWith('.test.ts');
}

/** The room of a path under `src/`, or undefined when it lies in none. */
export function roomOf(path: string): string | undefined {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? parts[1] : undefined;
}
