/**
 * cli/program — the commands, their arguments and options. Loads commander only; each command is loaded when it runs.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { StartOptions } from './commands/start.ts';
import type { Context, SharedOptions } from './context.ts';
import { didYouMean } from './did-you-mean.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';
import { version } from './version.ts';

type Act = (context: Context) => number | Promise<number>;

const logLevels = ['debug', 'info', 'warn', 'error'];

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
    .option('--data-dir <folder>', 'the data folder (else MCPMUX_DATA_DIR, else the conventional one)')
    .option('--no-color', 'no colour (as NO_COLOR=1)')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(tellUsage(text)),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nRun alone, mcpmux shows its status. More: mcpmux help exit-codes, mcpmux help environment',
    )
    .allowExcessArguments()
    .action(() => {
      refuseUnknownCommand(program);
      return perform(async (context) => (await import('./commands/status.ts')).run(context));
    });

  /** Adds a command that shares the program's output and way of ending. */
  const command = (usage: string, says: string, parent: Command = program): Command =>
    parent.command(usage).description(says).helpOption('-h, --help', 'show help');

  addDaemonCommands(command, perform, program);
  addServerCommands(command, perform);
  addSignInCommands(command, perform);
  addToolCommands(command, perform);
  addKeyCommands(command, perform);
  addVaultCommands(command, perform);

  command('stdio', 'bridge stdin and stdout to the running daemon, for clients that know only stdio')
    .option('--server <alias>', 'one server only, under its own tool names')
    .action((options: { server?: string }) =>
      perform(async (context) => (await import('./commands/stdio.ts')).run(context, options)),
    );
  command('completion', 'print the script that makes a shell complete mcpmux')
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
  command('version', 'print the versions of mcpmux and Node').action(() =>
    perform(async (context) => (await import('./commands/version.ts')).run(context)),
  );
  command('help', 'show help on a command, or on exit-codes or environment')
    .argument('[words...]')
    .action((words: string[]) =>
      perform(async (context) => (await import('./commands/help.ts')).run(context, program, words)),
    );
  return program;
}

type AddCommand = (usage: string, says: string, parent?: Command) => Command;
type Perform = (act: Act) => Promise<void>;

function addDaemonCommands(command: AddCommand, perform: Perform, program: Command): void {
  command('start', 'run the daemon in the foreground (Ctrl+C stops it)')
    .option('--port <number>', 'the port on 127.0.0.1 and [::1]')
    .option('--public-url <url>', 'the https address under which a reverse proxy makes it known')
    .option('--no-auth', 'let every program on this machine in without a key')
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--key-source <source>', 'where the key that seals secrets is kept')
    .action((options: StartOptions) =>
      perform(async (context) =>
        (await import('./commands/start.ts')).run(context, options, program.opts<SharedOptions>().dataDir),
      ),
    );
  command('stop', 'stop the daemon and its servers').action(() =>
    perform(async (context) => (await import('./commands/stop.ts')).run(context)),
  );
  command('status', 'show the daemon and the state of every server')
    .option('-w, --watch', 'go on with each change, until Ctrl+C', false)
    .action((options: { watch: boolean }) =>
      perform(async (context) =>
        options.watch
          ? (await import('./commands/watch-status.ts')).watch(context)
          : (await import('./commands/status.ts')).run(context),
      ),
    );
  command('doctor', 'look for what is wrong on this machine').action(() =>
    perform(async (context) => (await import('./commands/doctor.ts')).run(context)),
  );
  const config = command('config', 'the settings');
  command('show', 'show every setting and where its value came from', config).action(() =>
    perform(async (context) =>
      (await import('./commands/config.ts')).show(context, program.opts<SharedOptions>().dataDir),
    ),
  );
}

function addServerCommands(command: AddCommand, perform: Perform): void {
  const server = 'name, alias or id of a server';
  const change = () => import('./commands/change.ts');
  command('add', 'install a server: a command to run, or a URL to reach')
    .usage(
      "NAME [-e KEY=VALUE]… [--cwd FOLDER] [--alias A] -- COMMAND ARGS…\n       mcpmux add NAME URL [-H 'Name: value']… [--transport http|sse] [--alias A]",
    )
    .argument('<name>', 'what you call it')
    .argument('[target...]', 'the command and its arguments after --, or one URL')
    .option(
      '-e, --env <KEY=VALUE>',
      'variable for the command; KEY alone takes it from here, KEY=- asks',
      collect,
    )
    .option('-H, --header <header>', "header for the URL, 'Name: value'; 'Name: -' asks", collect)
    .option('--input <ID=VALUE>', `what \${input:ID} in its values stands for; ID alone asks`, collect)
    .option('--cwd <folder>', 'folder in which the command runs')
    .option('--alias <alias>', 'prefix of its tools for clients (else made from the name)')
    .addOption(
      new Option('--transport <kind>', 'how to speak to the URL (else found out)').choices(['http', 'sse']),
    )
    .addOption(
      new Option('--wait-seconds <seconds>', 'how long to wait for the outcome')
        .argParser(wholeNumber(0, 600))
        .default(20),
    )
    .option('--no-wait', 'do not wait for the outcome')
    .option('--allow-exec', 'let exec references in its values run their commands', false)
    .configureOutput({
      outputError: (text, write) =>
        write(
          tellUsage(text, 'options of the command that is to be run belong behind --, see: mcpmux help add'),
        ),
    })
    .action((name: string, target: string[], options) =>
      perform(async (context) => (await import('./commands/add.ts')).run(context, name, target, options)),
    );
  command('remove', 'remove a server, its stored values and credentials')
    .alias('rm')
    .argument('<server>', server)
    .action((name: string) => perform(async (context) => (await change()).remove(context, name)));
  command('enable', 'let a server run')
    .argument('<server>', server)
    .action((name: string) => perform(async (context) => (await change()).enable(context, name)));
  command('disable', 'stop a server and hide its tools')
    .argument('<server>', server)
    .action((name: string) => perform(async (context) => (await change()).disable(context, name)));
  command('refresh', 'connect a server again and read its lists anew')
    .argument('<server>', server)
    .action((name: string) => perform(async (context) => (await change()).refresh(context, name)));
  command('set', 'change a server: what it is told, who shares its connection, and its limits')
    .argument('<server>', server)
    .option('--input <ID=VALUE>', 'value of an input; ID alone asks, ID= takes it away', collect)
    .addOption(
      new Option('--session-policy <policy>', 'who shares one conversation with it').choices([
        'shared',
        'per-client',
        'per-workspace',
        'auto',
      ]),
    )
    .option('--connect-timeout <seconds>', 'to start and agree on a protocol', wholeNumber(1, 600))
    .option('--list-timeout <seconds>', 'for each of its lists', wholeNumber(1, 600))
    .option('--call-timeout <seconds>', 'how long a call may be silent', wholeNumber(1, 3_600))
    .option('--max-call <seconds>', 'how long a call may take altogether', wholeNumber(1, 86_400))
    .option(
      '--idle-stop <seconds>',
      'stop it after so long without a call; 0: never',
      wholeNumber(0, 2_592_000),
    )
    .option(
      '--memory-budget <MiB>',
      'start it anew when its processes hold more; 0: any',
      wholeNumber(0, 1_048_576),
    )
    .option('--concurrency <number>', 'calls at once', wholeNumber(1, 1_000))
    .action((name: string, options) =>
      perform(async (context) => (await import('./commands/set.ts')).run(context, name, options)),
    );
  command('list', 'list the servers and how each is run')
    .alias('ls')
    .action(() => perform(async (context) => (await import('./commands/list.ts')).run(context)));
  command('ps', 'show the processes of every server: memory, processor time, age').action(() =>
    perform(async (context) => (await import('./commands/ps.ts')).run(context)),
  );
  command('show', 'show all that is known about a server')
    .argument('<server>', server)
    .action((name: string) =>
      perform(async (context) => (await import('./commands/show.ts')).run(context, name)),
    );
  command('logs', 'show the log of one server or of all')
    .argument('[server]', server)
    .option('-f, --follow', 'go on with each new line', false)
    .addOption(
      new Option('-n, --lines <number>', 'how many lines').argParser(wholeNumber(1, 10_000)).default(50),
    )
    .addOption(new Option('--level <level>', 'the least level shown').choices(logLevels).default('debug'))
    .action((name: string | undefined, options) =>
      perform(async (context) => (await import('./commands/logs.ts')).run(context, name, options)),
    );
}

function addSignInCommands(command: AddCommand, perform: Perform): void {
  const server = 'name, alias or id of a server';
  const load = () => import('./commands/login.ts');
  command('login', 'sign in to a server in the browser')
    .argument('<server>', server)
    .option('--no-browser', 'print the address, and take the address that the browser ended on')
    .option('--client-id <id>', 'a client that was registered with the provider by hand')
    .option('--client-secret-stdin', 'ask for its secret, or read it from stdin', false)
    .option('--scope <scope>', 'ask for this permission; may be repeated', collect)
    .option('--client-credentials', "no person: the client's own credentials are enough", false)
    .option('--fresh', 'register anew with the provider', false)
    .action((name: string, options) =>
      perform(async (context) => (await load()).login(context, name, options)),
    );
  command('logout', 'sign out of a server; its registration stays')
    .argument('<server>', server)
    .action((name: string) => perform(async (context) => (await load()).logout(context, name)));
  const auth = command('auth', 'how signing in to servers stands');
  command('status', 'show who is signed in, and for how long', auth).action(() =>
    perform(async (context) => (await import('./commands/auth.ts')).status(context)),
  );
  command('doctor', 'replay a sign-in step by step and say what each step finds', auth)
    .argument('<server>', server)
    .action((name: string) =>
      perform(async (context) => (await import('./commands/auth.ts')).doctor(context, name)),
    );
}

function addToolCommands(command: AddCommand, perform: Perform): void {
  command('tools', 'list the tools as clients see them, or find some')
    .argument('[query]', 'words to look for')
    .addOption(new Option('--limit <number>', 'at most so many').argParser(wholeNumber(1, 100_000)))
    .action((query: string | undefined, options) =>
      perform(async (context) => (await import('./commands/tools.ts')).run(context, query, options)),
    );
  command('call', 'call a tool')
    .argument('<tool>', 'its name, as mcpmux tools shows it')
    .argument('[json]', 'the arguments as a JSON object; - reads them from stdin')
    .action((tool: string, json: string | undefined) =>
      perform(async (context) => (await import('./commands/call.ts')).run(context, tool, json)),
    );
}

function addKeyCommands(command: AddCommand, perform: Perform): void {
  const key = command('key', 'the API keys that let clients in, and the keys that seal what is secret');
  const load = () => import('./commands/key.ts');
  command('create', 'make a key and show it this once', key)
    .argument('<name>', 'who will use it')
    .action((name: string) => perform(async (context) => (await load()).create(context, name)));
  command('list', 'list the keys', key)
    .option('--all', 'the revoked ones too', false)
    .action((options: { all: boolean }) =>
      perform(async (context) => (await load()).list(context, options.all)),
    );
  command('rotate', 'replace the keys that seal what is secret', key)
    .option('--root', 'the root key (else the data keys)', false)
    .addOption(
      new Option('--source <source>', 'where the new root key is kept (else where the old one is)').choices([
        'keychain',
        'file',
        'credential',
        'passphrase',
      ]),
    )
    .addOption(
      new Option('--passphrase-fd <number>', 'read the new passphrase from this descriptor').argParser(
        wholeNumber(0, 1_000),
      ),
    )
    .action((options) =>
      perform(async (context) => (await import('./commands/vault.ts')).rotate(context, options)),
    );
  command('revoke', 'shut out whoever uses a key', key)
    .argument('<key>', 'its name or id')
    .action((name: string) => perform(async (context) => (await load()).revoke(context, name)));
}

function addVaultCommands(command: AddCommand, perform: Perform): void {
  const load = () => import('./commands/vault.ts');
  const fromDescriptor = (): Option =>
    new Option('--passphrase-fd <number>', 'read the passphrase from this descriptor').argParser(
      wholeNumber(0, 1_000),
    );
  command('backup', 'write everything into one file that a passphrase opens')
    .argument('<file>', 'a file that does not exist yet')
    .addOption(fromDescriptor())
    .action((file: string, options) =>
      perform(async (context) => (await load()).backup(context, file, options)),
    );
  command('restore', 'make the data folder from a backup, on this machine or another')
    .argument('<file>', 'the backup')
    .option('--overwrite', 'replace a database that is there; it is kept beside', false)
    .addOption(fromDescriptor())
    .action((file: string, options) =>
      perform(async (context) => (await load()).restore(context, file, options)),
    );
  command('unlock', 'open a store that is locked')
    .addOption(fromDescriptor())
    .action((options) => perform(async (context) => (await load()).unlock(context, options)));
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

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Commander's sentence in our form: `mcpmux: …`, and what it suggests as the next step. */
function tellUsage(text: string, unknownOptionHint = 'mcpmux help'): string {
  const [first = '', ...rest] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const suggestion = rest
    .map((line) => /^\((.*)\)$/.exec(line.trim())?.[1])
    .find((line) => line !== undefined);
  const next = suggestion ?? (first.startsWith('unknown option') ? unknownOptionHint : 'mcpmux help');
  return `mcpmux: ${first}\n  next: ${next.charAt(0).toLowerCase()}${next.slice(1)}\n`;
}
