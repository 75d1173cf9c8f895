/**
 * cli/program/clients — commands for those who connect: keys, and the bridge for clients that only start commands.
 */
import { Option } from 'commander';
import { type Builder, wholeNumber } from './builder.ts';

export function addClientCommands({ group, perform }: Builder): void {
  const command = group('Clients');
  const load = () => import('../commands/key.ts');
  const key = command('key', 'the keys that let clients in (key rotate: the keys that seal secrets)');
  command('create', 'make a key and show it once', 'mcpmux key create laptop', key)
    .argument('<name>', 'who will use it')
    .action((name: string) => perform(async (context) => (await load()).create(context, name)));
  command('list', 'list the keys', 'mcpmux key list --all', key)
    .option('--all', 'the revoked ones too', false)
    .action((options: { all: boolean }) =>
      perform(async (context) => (await load()).list(context, options.all)),
    );
  command('revoke', 'shut out whoever uses a key', 'mcpmux key revoke laptop', key)
    .argument('<key>', 'its name or id')
    .action((name: string) => perform(async (context) => (await load()).revoke(context, name)));
  command('rotate', 'replace the keys that seal secrets', 'mcpmux key rotate --root --source passphrase', key)
    .option('--root', 'the root key (default: the data keys)', false)
    .addOption(
      new Option(
        '--source <source>',
        'where the new root key is kept (default: where the old one is)',
      ).choices(['keychain', 'file', 'credential', 'passphrase']),
    )
    .addOption(
      new Option('--passphrase-fd <number>', 'read the new passphrase from this file descriptor').argParser(
        wholeNumber(0, 1_000),
      ),
    )
    .action((options) =>
      perform(async (context) => (await import('../commands/vault.ts')).rotate(context, options)),
    );
  command(
    'stdio',
    'connect a client that only starts commands: bridge stdin and stdout to the daemon',
    'mcpmux stdio --server files',
  )
    .option('--server <alias>', 'one server only, under its own tool names')
    .action((options: { server?: string }) =>
      perform(async (context) => (await import('../commands/stdio.ts')).run(context, options)),
    );
}
