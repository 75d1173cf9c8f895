/**
 * clients/table/all — every row, the most used first.
 *
 * Facts: the vendors' documentation, and what the programs did in empty homes in December 2026.
 */
import { apps } from './apps.ts';
import type { ClientRow } from './client-row.ts';
import { commandLine } from './command-line.ts';
import { editors } from './editors.ts';

const first = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'gemini', 'copilot'];
const rank = (row: ClientRow): number => {
  if (row.id === 'generic') return Number.POSITIVE_INFINITY;
  const at = first.indexOf(row.id);
  return at === -1 ? first.length : at;
};

export const clientTable: readonly ClientRow[] = [...commandLine, ...editors, ...apps].toSorted(
  (one, other) => rank(one) - rank(other),
);
