/**
 * cli/program/servers — commands that install, change and look at servers.
 */
import { type Command, Option } from 'commander';
import { type Builder, collect, logLevels, serverArgument, wholeNumber } from './builder.ts';
import { addServerSettings } from './server-settings.ts';

export function addServerCommands({ group, perform }: Builder): void {
  const command = group('Servers');
  const change = () => import('../commands/change.ts');
  const add = command(
    'add',
    'install a server: a command to run, or a URL to reach',
    `mcpmux add files npx -y @modelcontextprotocol/server-filesystem ~/notes
mcpmux add docs https://mcp.example.com/mcp -H 'Authorization: -'`,
  )
    .usage(
      "NAME [-e KEY=VALUE]… [--cwd FOLDER] [--alias A] [--] COMMAND ARGS…\n       mcpmux add NAME URL [-H 'Name: value']… [--transport http|sse] [--alias A]",
    )
    .argument('<name>', 'what you call it')
    .argument('[target...]', 'one URL, or the command and its arguments: options after it are its own');
  addLaunchOptions(add, ['http', 'sse'])
    .option('--input <ID=VALUE>', `value of \${input:ID}; ID alone asks for it`, collect)
    .option('--alias <alias>', 'prefix of its tools for clients (default: made from the name)')
    .option('--allow-exec', 'let references of the form exec run their commands', false)
    .action((name: string, target: string[], options) =>
      perform(async (context) => (await import('../commands/add.ts')).run(context, name, target, options)),
    );
  const edit = command(
    'edit',
    'change a server: its name, alias, command, variables, URL, headers; without options, in your editor',
    `mcpmux edit github -e GITHUB_TOKEN=-
mcpmux edit docs https://mcp.example.com/v2/mcp`,
  )
    .usage('SERVER [options] [URL | [--] COMMAND ARGS…]')
    .argument('<server>', serverArgument)
    .argument('[target...]', 'another URL, or another command with all its arguments')
    .option('--name <name>', 'another name; its tools keep their names')
    .option('--alias <alias>', 'another prefix of its tools for clients')
    .option('--unset-env <KEY>', 'take a variable away', collect)
    .option('--unset-header <name>', 'take a header away', collect)
    // Before its opposite, so that neither is the default.
    .option('--seal', 'seal secrets that are in plain in its arguments or its URL');
  addLaunchOptions(edit, ['auto', 'http', 'sse'])
    .option('--own-folder', 'run it in a folder of its own again', false)
    .option('--input <ID=VALUE>', 'value of an input; ID alone asks, ID= takes it away', collect)
    .option('--keep-secrets', 'send its headers to another host than the one they were given for', false)
    .option('--allow-exec', 'let references of the form exec run their commands')
    .option('--no-allow-exec', 'do not let them any more')
    .action((name: string, target: string[], options) =>
      perform(async (context) => (await import('../commands/edit.ts')).run(context, name, target, options)),
    );
  addServerSettings(
    command(
      'tune',
      'set inputs, limits and the session policy of a server',
      'mcpmux tune github --call-timeout 300',
    ).argument('<server>', serverArgument),
  ).action((name: string, options) =>
    perform(async (context) => (await import('../commands/set.ts')).run(context, name, options)),
  );
  command('remove', 'remove a server with its stored values and sign-in', 'mcpmux remove files')
    .alias('rm')
    .argument('<server>', serverArgument)
    .action((name: string) => perform(async (context) => (await change()).remove(context, name)));
  command('enable', 'let a server run', 'mcpmux enable files')
    .argument('<server>', serverArgument)
    .action((name: string) => perform(async (context) => (await change()).enable(context, name)));
  command('disable', 'stop a server and hide its tools', 'mcpmux disable files')
    .argument('<server>', serverArgument)
    .action((name: string) => perform(async (context) => (await change()).disable(context, name)));
  command('refresh', 'connect a server again and read its lists again', 'mcpmux refresh files')
    .argument('<server>', serverArgument)
    .action((name: string) => perform(async (context) => (await change()).refresh(context, name)));
  command('list', 'list the servers and how each is run', 'mcpmux list --json')
    .alias('ls')
    .action(() => perform(async (context) => (await import('../commands/list.ts')).run(context)));
  command('show', 'show everything about a server', 'mcpmux show files')
    .argument('<server>', serverArgument)
    .action((name: string) =>
      perform(async (context) => (await import('../commands/show.ts')).run(context, name)),
    );
  command('logs', 'show the log of one server, of all, or of the daemon', 'mcpmux logs files -f')
    .argument('[server]', serverArgument)
    .option('-f, --follow', 'go on with each new line, until Ctrl+C', false)
    .addOption(
      new Option('-n, --lines <number>', 'how many lines').argParser(wholeNumber(1, 10_000)).default(50),
    )
    .addOption(new Option('--level <level>', 'the lowest level shown').choices(logLevels).default('debug'))
    .option('--daemon', "the daemon's own log file", false)
    .action((name: string | undefined, options) =>
      perform(async (context) => (await import('../commands/logs.ts')).run(context, name, options)),
    );
  command('ps', 'show the processes of every server: memory, processor time, age', 'mcpmux ps').action(() =>
    perform(async (context) => (await import('../commands/ps.ts')).run(context)),
  );
}

/** What `add` and `edit` share. */
function addLaunchOptions(command: Command, transports: readonly string[]): Command {
  return command
    .option(
      '-e, --env <KEY=VALUE>',
      'variable for the command; KEY alone takes it from here, KEY=- asks without echo',
      collect,
    )
    .option(
      '-H, --header <header>',
      "header for the URL, 'Name: value'; 'Name: -' asks without echo",
      collect,
    )
    .option('--cwd <folder>', 'folder in which the command runs')
    .addOption(
      new Option('--transport <kind>', 'how to speak to the URL (default: try both)').choices(transports),
    )
    .option('--no-seal', 'leave secrets in arguments and URLs in plain')
    .option('--literal', `take $NAME, \${NAME}, %NAME% and ~ as they are written`, false)
    .addOption(
      new Option('--wait-seconds <seconds>', 'how long to wait for the outcome')
        .argParser(wholeNumber(0, 600))
        .default(20),
    )
    .option('--no-wait', 'do not wait for the outcome');
}
