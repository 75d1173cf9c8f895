/**
 * cli/completion/candidates — which words may stand where the cursor is.
 *
 * In: the words so far, the last one unfinished. Out: candidates with a short explanation.
 * Commands and options come from the program itself, names of servers, tools, keys, Spaces and sets from the daemon when it runs.
 */
import type { Command, Option } from 'commander';

export interface Candidate {
  readonly word: string;
  readonly says: string;
}

/** What the daemon knows; each may fail, then there is nothing to offer. */
export interface Names {
  servers(): Promise<readonly Candidate[]>;
  tools(): Promise<readonly Candidate[]>;
  keys(): Promise<readonly Candidate[]>;
  spaces(): Promise<readonly Candidate[]>;
  sets(): Promise<readonly Candidate[]>;
}

const fixed: Readonly<Record<string, readonly string[]>> = {
  shell: ['bash', 'zsh', 'fish', 'powershell'],
};

export async function findCandidates(
  program: Command,
  words: readonly string[],
  names: Names,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? '';
  const { command, operands, option, isBehindDashes } = follow(program, words.slice(0, -1));
  // Behind -- stands a command of somebody else: the shell completes files.
  if (isBehindDashes) return [];
  let found: readonly Candidate[];
  if (option !== undefined) found = (option.argChoices ?? []).map((word) => ({ word, says: '' }));
  else if (typed.startsWith('-')) found = optionsOf(command, program);
  else if (operands === 0 && command.commands.length > 0) found = commandsOf(command);
  else found = await operandsOf(command, operands, names);
  return found.filter(({ word }) => word.startsWith(typed));
}

interface Place {
  readonly command: Command;
  /** How many operands of the command stand before the cursor. */
  readonly operands: number;
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
  readonly isBehindDashes: boolean;
}

function follow(program: Command, words: readonly string[]): Place {
  let command = program;
  let operands = 0;
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (word === '--') return { command, operands, option: undefined, isBehindDashes: true };
    else if (word.startsWith('-')) {
      const known = [...command.options, ...program.options].find(
        ({ short, long }) => short === word || long === word,
      );
      option = known?.required === true ? known : undefined;
    } else {
      const next = command.commands.find((other) => other.name() === word || other.aliases().includes(word));
      if (operands === 0 && next !== undefined) command = next;
      else operands += 1;
    }
  }
  return { command, operands, option, isBehindDashes: false };
}

function optionsOf(command: Command, program: Command): Candidate[] {
  const all = command === program ? program.options : [...command.options, ...program.options];
  return all
    .filter(({ hidden, long }) => !hidden && long !== undefined && long !== null)
    .map(({ long, description }) => ({ word: long as string, says: description }));
}

function commandsOf(command: Command): Candidate[] {
  return command.commands
    .filter((other) => !other.name().startsWith('__'))
    .map((other) => ({ word: other.name(), says: other.description() }));
}

async function operandsOf(command: Command, at: number, names: Names): Promise<readonly Candidate[]> {
  const operand = command.registeredArguments[at]?.name();
  switch (operand) {
    case 'server':
      return names.servers();
    case 'tool':
      return names.tools();
    case 'key':
      return names.keys();
    case 'space':
      return names.spaces();
    case 'set':
      return names.sets();
    case undefined:
      return [];
    default:
      return (fixed[operand] ?? []).map((word) => ({ word, says: '' }));
  }
}
