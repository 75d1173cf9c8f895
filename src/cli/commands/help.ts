/**
 * cli/commands/help — help on a command or on a topic.
 */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodeMeanings, exitCodes } from '../exit-codes.ts';
import { renderTable } from '../table.ts';

const topics = ['exit-codes', 'environment'];

export function run(context: Context, program: Command, words: readonly string[]): number {
  const [topic] = words;
  if (topic === 'exit-codes') context.print(exitCodesPage());
  else if (topic === 'environment') context.print(environmentPage());
  // As --help prints it, example included.
  else commandOf(program, words).outputHelp();
  return exitCodes.ok;
}

function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((known) => known.name() === word || known.aliases().includes(word));
    if (next === undefined) {
      const known = [
        ...command.commands.map((other) => other.name()),
        ...(command === program ? topics : []),
      ];
      throw cliError('usage', {
        message: `there is no command or topic "${word}"`,
        hint: didYouMean(word, known) ?? 'mcpmux help',
      });
    }
    command = next;
  }
  return command;
}

function exitCodesPage(): string {
  const rows = exitCodeMeanings.map(([code, meaning]) => [String(code), meaning]);
  return `Exit codes of mcpmux:\n\n${renderTable(undefined, rows, { indent: '  ', rightAligned: [0] })}`;
}

function environmentPage(): string {
  const rows = [
    ['MCPMUX_DATA_DIR', 'the data folder (as --data-dir)'],
    ['MCPMUX_PORT', 'the port that start listens on (as --port)'],
    ['MCPMUX_KEY', 'the API key that stdio uses'],
    ['MCPMUX_DEBUG', '1 shows stack traces'],
    ['NO_COLOR', 'any value switches colour off (as --no-color)'],
    ['FORCE_COLOR', 'colour also where stdout is no terminal'],
  ];
  return `Environment variables:\n\n${renderTable(undefined, rows, { indent: '  ' })}`;
}
