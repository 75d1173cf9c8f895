/**
 * support/paths — where things are in the repository, and how to run a TypeScript file of ours from any folder.
 */
import { fileURLToPath } from 'node:url';

/** Absolute path of a file of the repository. */
export function repositoryPath(relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url));
}

/** The command that runs `relative` (TypeScript or not) with this Node.js, whatever the working folder is. */
export function nodeCommand(
  relative: string,
  ...args: readonly string[]
): { readonly command: string; readonly args: readonly string[] } {
  const file = repositoryPath(relative);
  const loader = relative.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  return { command: process.execPath, args: [...loader, file, ...args] };
}
