/**
 * cli/program/machine — commands that change this machine: files of AI clients.
 */
import { Option } from 'commander';
import { type Builder, wholeNumber } from './builder.ts';

export function addMachineCommands({ group, perform }: Builder): void {
  const command = group('Clients');
  const load = () => import('../commands/connect.ts');
  const client = 'a client: claude-code, cursor, vscode, codex …; without one: how each stands';
  command(
    'import',
    'bring the servers of AI clients here: shows what each runs, asks, seals the secrets',
    'mcpmux import\nmcpmux import cursor --yes --remove\nmcpmux import servers.json\nmcpmux import --undo',
  )
    .argument(
      '[sources...]',
      'clients, files, or - for standard input; without one: every client that is found',
    )
    .option('-y, --yes', 'without asking', false)
    .option('--print', 'show what would be imported, and add nothing', false)
    .option('--remove', "take them out of the clients' files too; copies are kept", false)
    .option('--allow-env', 'also servers with variables that change what is executed', false)
    .option('--undo', 'take the last import back', false)
    .option('--no-wait', 'do not wait until they are connected')
    .addOption(
      new Option('--wait-seconds <seconds>', 'how long to wait for each')
        .argParser(wholeNumber(1, 600))
        .default(30),
    )
    .action((sources: string[], options) =>
      perform(async (context) => (await import('../commands/import.ts')).run(context, sources, options)),
    );
  command(
    'connect',
    'point AI clients of this machine at McpMux, each with a key of its own; shows the change first',
    'mcpmux connect cursor\nmcpmux connect --all --print\nmcpmux connect claude-code --project . --yes',
  )
    .argument('[clients...]', client)
    .option('--all', 'every client that is found', false)
    .option('--project <folder>', "the folder's own file, which names the bridge and holds no key")
    .option('--print', 'show what would be written, and write nothing', false)
    .option('-y, --yes', 'write without asking', false)
    .option('--replace', 'also an entry that was written or changed by hand', false)
    .option('--link', 'an address that makes the client ask, in the place of writing its file', false)
    .option('--no-verify', "do not ask the client's own program whether it understands")
    .addOption(new Option('--bridge', 'start the bridge (mcpmux stdio) in the place of URL and key'))
    .addOption(new Option('--no-bridge', 'URL and key, also in the file of a project'))
    .action((clients: string[], options) =>
      perform(async (context) => (await load()).run(context, clients, options)),
    );
  command(
    'disconnect',
    'take the entry out of clients again, byte for byte where nothing else was changed',
    'mcpmux disconnect cursor\nmcpmux disconnect --all --yes',
  )
    .argument('[clients...]', 'a client')
    .option('--all', 'every client that mcpmux connect wrote to', false)
    .option('--project <folder>', "the folder's own file")
    .option('-y, --yes', 'without asking', false)
    .action((clients: string[], options) =>
      perform(async (context) => (await load()).disconnect(context, clients, options)),
    );
  command(
    'bridge-bundle',
    'write the bridge as a bundle (.mcpb) that Claude Desktop installs with a double click',
    'mcpmux bridge-bundle ~/Desktop/mcpmux.mcpb',
  )
    .argument('[file]', 'where to (default: mcpmux.mcpb here)')
    .action((file: string | undefined) =>
      perform(async (context) => (await import('../commands/bridge-bundle.ts')).run(context, file)),
    );
}
