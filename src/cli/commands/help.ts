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

export async function run(context: Context, program: Command, words: readonly string[]): Promise<number> {
  const [topic] = words;
  if (topic === 'exit-codes') context.print(exitCodesPage());
  else if (topic === 'environment') context.print(await environmentPage());
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

async function environmentPage(): Promise<string> {
  const { settingsTable } = await import('../../config/index.ts');
  const settings = Object.values(settingsTable).map(({ env, flag, says }) => [
    env,
    `${firstSentence(says)}${flag === undefined ? '' : ` (--${flag})`}`,
  ]);
  const others = [
    ['MCPMUX_KEY', 'The key that mcpmux stdio uses.'],
    ['MCPMUX_DEBUG', '1 shows stack traces.'],
    ['VISUAL, EDITOR', 'The editor that mcpmux edit opens.'],
    ['NO_COLOR', 'Any value switches colour off (--no-color).'],
    ['FORCE_COLOR', 'Colour even where stdout is no terminal.'],
  ];
  return [
    'Settings of the daemon (mcpmux help start, mcpmux config show):',
    '',
    renderTable(undefined, settings, { indent: '  ', width: 100 }),
    '',
    'Of the command line:',
    '',
    renderTable(undefined, others, { indent: '  ' }),
  ].join('\n');
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}
