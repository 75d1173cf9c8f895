/**
 * cli/program — the commands, their arguments and options. Loads commander only; each command is loaded when it runs.
 */
import { Command } from 'commander';
import type { SharedOptions } from './context.ts';
import { didYouMean } from './did-you-mean.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';
import { addAccessCommands } from './program/access.ts';
import { type Act, type Builder, createAddCommand } from './program/builder.ts';
import { addCatalogueCommands } from './program/catalogue.ts';
import { addClientCommands } from './program/clients.ts';
import { addDaemonCommands } from './program/daemon.ts';
import { addHistoryCommands } from './program/history.ts';
import { addMachineCommands } from './program/machine.ts';
import { addSecretCommands } from './program/secrets.ts';
import { addServerCommands } from './program/servers.ts';
import { addServiceCommands } from './program/service.ts';
import { addSignInCommands } from './program/sign-in.ts';
import { addToolCommands } from './program/tools.ts';
import { addWhoSeesWhatCommands } from './program/who-sees-what.ts';
import { sanitizeToLine, shortQuotes } from './style.ts';
import { version } from './version.ts';

/** @param done told the exit code of the command that ran */
export function buildProgram(io: Io, done: (exitCode: number) => void): Command {
  const program = new Command('mcpmux');

  const perform = async (act: Act): Promise<void> => {
    const { createContext } = await import('./context.ts');
    done(await act(createContext(io, program.opts<SharedOptions>())));
  };

  program
    .description('One daemon between your AI clients and your MCP servers.')
    .option('--json', 'print data as JSON')
    .option('--data-dir <folder>', 'the data folder (default: MCPMUX_DATA_DIR, or the usual place)')
    .option('--space <space>', 'in this Space (default: the default Space)')
    .option('--no-color', 'no colour (same as NO_COLOR=1)')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(tellUsage(text, program)),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nWithout a command, mcpmux shows its status. More: mcpmux help COMMAND, mcpmux help exit-codes, mcpmux help environment',
    )
    .allowExcessArguments()
    .action(() => {
      refuseUnknownCommand(program);
      return perform(async (context) => (await import('./commands/home.ts')).run(context));
    });

  const group = (heading: string) => createAddCommand(program, heading);
  const builder: Builder = { program, perform, group };
  addServerCommands(builder);
  addCatalogueCommands(builder);
  addToolCommands(builder);
  addWhoSeesWhatCommands(builder);
  addAccessCommands(builder);
  addMachineCommands(builder);
  addClientCommands(builder);
  addHistoryCommands(builder);
  addSignInCommands(builder);
  addDaemonCommands(builder);
  addServiceCommands(builder);
  addSecretCommands(builder);
  addOtherCommands(builder);
  return program;
}

function addOtherCommands({ program, group, perform }: Builder): void {
  const command = group('Other');
  command(
    'completion',
    'print the script that makes a shell complete mcpmux',
    'source <(mcpmux completion bash)',
  )
    .argument('<shell>', 'bash, zsh, fish or powershell')
    .action((shell: string) =>
      perform(async (context) => (await import('./commands/completion.ts')).run(context, shell)),
    );
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[]) =>
      perform(async (context) => (await import('./commands/complete.ts')).run(context, program, words)),
    );
  command('version', 'print the versions of mcpmux and Node', 'mcpmux version').action(() =>
    perform(async (context) => (await import('./commands/version.ts')).run(context)),
  );
  command('help', 'show help on a command, on exit-codes or on environment', 'mcpmux help add')
    .argument('[words...]')
    .action((words: string[]) =>
      perform(async (context) => (await import('./commands/help.ts')).run(context, program, words)),
    );
}

/** Words that are no command end up with the program itself. @throws cli.usage */
function refuseUnknownCommand(program: Command): void {
  const [word] = program.args;
  if (word === undefined) return;
  const known = program.commands.map((command) => command.name()).filter((name) => !name.startsWith('__'));
  throw cliError('usage', {
    message: `there is no command "${word}"`,
    hint: didYouMean(word, known) ?? 'mcpmux help',
  });
}

/** Commander's sentence in our form: `mcpmux: …`, and what it suggests, or the help of the very command, as the next step. */
function tellUsage(text: string, program: Command): string {
  const [first = '', ...rest] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const suggestion = rest
    .map((line) => /^\((.*)\)$/.exec(line.trim())?.[1])
    .find((line) => line !== undefined);
  const next = suggestion ?? ['mcpmux help', ...pathOf(program)].join(' ');
  return `mcpmux: ${sanitizeToLine(shortQuotes(first))}\n  next: ${next.charAt(0).toLowerCase()}${next.slice(1)}\n`;
}

/** The names of the command that was being read, as far as it is known. */
function pathOf(program: Command): string[] {
  const names: string[] = [];
  let command = program;
  for (const word of reading.get(program) ?? []) {
    if (word === '--') break;
    const next = command.commands.find((known) => known.name() === word || known.aliases().includes(word));
    if (next === undefined) continue;
    names.push(next.name());
    command = next;
    if (command.commands.length === 0) break;
  }
  return names;
}

/** The words that a program reads, for messages about them. */
const reading = new WeakMap<Command, readonly string[]>();

/** Reads the words. @throws CommanderError, and what the command throws */
export async function readWords(program: Command, words: readonly string[]): Promise<void> {
  reading.set(program, words);
  await program.parseAsync([...words], { from: 'user' });
}
