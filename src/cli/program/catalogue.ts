/**
 * cli/program/catalogue — commands that find servers and install them.
 */
import { Option } from 'commander';
import { authKinds, categories } from '../../contract/index.ts';
import { type Builder, collect, serverArgument, wholeNumber } from './builder.ts';

export function addCatalogueCommands({ group, perform }: Builder): void {
  const command = group('Catalogue');
  command('search', 'find servers that can be installed', 'mcpmux search issues --auth oauth')
    .argument('[words...]', 'what you look for; without words, everything')
    .addOption(new Option('--category <category>', 'only of this kind').choices(categories))
    .addOption(new Option('--auth <kind>', 'only with this way of signing in').choices(authKinds))
    .option('--runs-on <what>', 'only what is reached or run so: remote, npm, pypi, oci')
    .option('--source <name>', 'only from this source, see: mcpmux catalogue sources')
    .addOption(new Option('-n, --limit <number>', 'how many').argParser(wholeNumber(1, 1_000)).default(20))
    .action((words: string[], options) =>
      perform(async (context) => (await import('../commands/search.ts')).search(context, words, options)),
    );
  command(
    'install',
    'install a server: from the catalogue, a package, a URL, a file or pasted JSON; shows what it runs and reaches, and asks first',
    `mcpmux install linear
mcpmux install filesystem --input DIRECTORY=~/notes --yes
mcpmux install npm:some-mcp-server@1.2.3 --try`,
  )
    .argument(
      '<server>',
      'its name, see: mcpmux search; or npm:PACKAGE@VERSION, pypi:…, oci:IMAGE, a URL, FILE.mcpb, FILE.json, JSON, - for standard input',
    )
    .option('--as <option>', 'how to run it, where there are several ways: remote, npm, pypi, oci')
    .option('--name <name>', 'what you call it (default: its short name)')
    .option('--alias <alias>', 'prefix of its tools for clients (default: made from the name)')
    .option('--input <ID=VALUE>', 'value of an input; ID alone asks for it', collect)
    .option('--arg <argument>', 'one more argument', collect)
    .option('-e, --env <KEY=VALUE>', 'one more variable; KEY=- asks without echo', collect)
    .option('-H, --header <header>', "one more header, 'Name: value'; 'Name: -' asks", collect)
    .option('--no-pin', 'let npx or uvx start it each time, instead of installing it once')
    .option('--allow-variable <NAME>', 'let it set a variable that changes what is executed', collect)
    .option('--try', 'run it first, with its log, and show its tools; it stays only when you say so', false)
    .option('-y, --yes', 'do not ask whether to install', false)
    .addOption(
      new Option('--wait-seconds <seconds>', 'how long to wait for the outcome')
        .argParser(wholeNumber(0, 600))
        .default(60),
    )
    .option('--no-wait', 'do not wait for the outcome')
    .action((target: string, options) =>
      perform(async (context) => (await import('../commands/install.ts')).run(context, target, options)),
    );
  command('outdated', 'list servers with a newer version of their package', 'mcpmux outdated').action(() =>
    perform(async (context) => (await import('../commands/update.ts')).outdated(context)),
  );
  command('update', 'install a newer version of a server, and say what changed', 'mcpmux update playwright')
    .argument('<server>', serverArgument)
    .option('--to <version>', 'this version (default: the newest)')
    .option('--accept-publisher', 'also when another publisher or repository stands behind it', false)
    .option('-y, --yes', 'do not ask', false)
    .action((name: string, options) =>
      perform(async (context) => (await import('../commands/update.ts')).update(context, name, options)),
    );
  command('export', 'write the servers of a Space into a file, without secrets', 'mcpmux export servers.json')
    .argument('[file]', 'a new file (default: to standard output)')
    .action((file: string | undefined) =>
      perform(async (context) => (await import('../commands/server-file.ts')).exportFile(context, file)),
    );
  command('plan', 'say what a file of servers would change', 'mcpmux plan servers.json')
    .argument('<file>', '{"mcpServers": …}, JSON with comments')
    .action((file: string) =>
      perform(async (context) => (await import('../commands/server-file.ts')).plan(context, file)),
    );
  command('apply', 'bring a Space in line with a file of servers', 'mcpmux apply servers.json --watch')
    .argument('<file>', '{"mcpServers": …}, JSON with comments')
    .option('--watch', 'apply each later change of the file by itself')
    .option('--no-watch', 'do not do that any more')
    .option('--allow-variable <NAME>', 'let it set a variable that changes what is executed', collect)
    .option('-y, --yes', 'do not ask', false)
    .action((file: string, options) =>
      perform(async (context) => (await import('../commands/server-file.ts')).apply(context, file, options)),
    );
  const lock = command('lock', 'check installed packages', 'mcpmux lock verify');
  command('verify', 'compare installed packages with what was installed', 'mcpmux lock verify', lock).action(
    () => perform(async (context) => (await import('../commands/update.ts')).verify(context)),
  );
  const catalogue = command(
    'catalogue',
    'look into the catalogue of servers',
    'mcpmux catalogue show github',
  );
  command(
    'show',
    'show everything about a server that can be installed',
    'mcpmux catalogue show github',
    catalogue,
  )
    .argument('<server>', 'its name, see: mcpmux search')
    .action((id: string) =>
      perform(async (context) => (await import('../commands/search.ts')).show(context, id)),
    );
  command(
    'add-source',
    'add a registry that speaks the official API',
    'mcpmux catalogue add-source acme https://mcp.acme.example',
    catalogue,
  )
    .argument('<name>', 'what you call it')
    .argument('<url>', 'its address')
    .action((name: string, url: string) =>
      perform(async (context) => (await import('../commands/search.ts')).addSource(context, name, url)),
    );
  command('remove-source', 'take an added registry away', 'mcpmux catalogue remove-source acme', catalogue)
    .argument('<name>', 'its name')
    .action((name: string) =>
      perform(async (context) => (await import('../commands/search.ts')).removeSource(context, name)),
    );
  command('sources', 'show where the catalogue comes from', 'mcpmux catalogue sources', catalogue).action(
    () => perform(async (context) => (await import('../commands/search.ts')).sources(context)),
  );
  command('refresh', 'ask the sources what is new', 'mcpmux catalogue refresh', catalogue)
    .argument('[source]', 'one of them')
    .action((source: string | undefined) =>
      perform(async (context) => (await import('../commands/search.ts')).refresh(context, source)),
    );
}
