/**
 * cli/pass-through — everything after the command word of `add` and `edit` belongs to the command that is to be run.
 *
 *     mcpmux add gh -e A=b docker run -e C=d image    →    mcpmux add gh -e A=b -- docker run -e C=d image
 *
 * So `--` may be left out, and PowerShell, which takes a bare `--` away, changes nothing. After a URL our own options go on.
 * Pure. Knows nothing of: what is run.
 */
import type { Command, Option } from 'commander';
import { looksLikeUrl } from './read-target.ts';

const passing: ReadonlySet<string> = new Set(['add', 'edit']);

/** The words with `--` before the command that is to be run. */
export function passThrough(program: Command, words: readonly string[]): readonly string[] {
  const options = [...program.options];
  let command: Command | undefined;
  let operands = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === '--') return words;
    if (word.startsWith('-') && word !== '-') {
      if (takesNextWord(word, options)) at += 1;
      continue;
    }
    if (command === undefined) {
      command = program.commands.find((known) => known.name() === word);
      if (command === undefined || !passing.has(word)) return words;
      options.push(...command.options);
      continue;
    }
    operands += 1;
    // The first is the name that a person gives the server.
    if (operands < 2) continue;
    return looksLikeUrl(word) ? words : [...words.slice(0, at), '--', ...words.slice(at)];
  }
  return words;
}

function takesNextWord(word: string, options: readonly Option[]): boolean {
  if (word.startsWith('--') && word.includes('=')) return false;
  const known = options.find(({ short, long }) => short === word || long === word);
  return known?.required === true;
}
