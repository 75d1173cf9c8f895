/**
 * cli/program/clients — commands for those who connect: keys, and the bridge for clients that only start commands.
 */
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { type Builder, collect, wholeNumber } from './builder.ts';

/** `--space` here holds a key or a client to that Space. */
function inSpace({ space }: Context): { readonly space?: string } {
  return space === undefined ? {} : { space };
}

export function addClientCommands(builder: Builder): void {
  const { group, perform } = builder;
  const command = group('Clients');
  const load = () => import('../commands/key.ts');
  addClients(builder);
  const key = command('key', 'the keys that let clients in (key rotate: the keys that seal secrets)');
  command(
    'create',
    'make a key and show it once; --space holds it to one Space',
    'mcpmux key create laptop',
    key,
  )
    .argument('<name>', 'who will use it')
    .option('--client <client>', 'a further key of this client (default: a new client)')
    .option('--set <set>', 'hold it to a FeatureSet; may be given several times', collect)
    .option('--from <range>', 'an address or range it may come from; may be given several times', collect)
    .option('--expires <time>', 'when it ends: 30d, 12h, 2030-01-31 (default: never)')
    .action((name: string, options) =>
      perform(async (context) => (await load()).create(context, name, { ...options, ...inSpace(context) })),
    );
  command('renew', "make the key that takes another one's place", 'mcpmux key renew laptop', key)
    .argument('<key>', 'its name or id')
    .option('--expires <time>', 'when the new one ends (default: never)')
    .action((name: string, options: { expires?: string }) =>
      perform(async (context) => (await load()).renew(context, name, options.expires)),
    );
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
    .option('--no-start', 'do not start the daemon when it does not run')
    .action((options: { server?: string; start: boolean }) =>
      perform(async (context) => (await import('../commands/stdio.ts')).run(context, options)),
    );
}

function addClients({ group, perform }: Builder): void {
  const command = group('Clients');
  const load = () => import('../commands/client.ts');
  const client = command('client', 'the AI apps that come in: what they may use, and whether they may');
  const named = (usage: string, says: string, example: string) =>
    command(usage, says, example, client).argument('<client>', 'its name or id');
  command('list', 'list the clients', 'mcpmux client list --all', client)
    .option('--all', 'the revoked ones too', false)
    .action((options: { all: boolean }) =>
      perform(async (context) => (await load()).list(context, options.all)),
    );
  command(
    'add',
    'register an app that asks for an OAuth client id',
    'mcpmux client add "My app" --redirect https://app.example/oauth/callback',
    client,
  )
    .argument('<name>', 'what to call it')
    .option('--redirect <uri>', 'where it wants its answers; may be given several times', collect)
    .action((name: string, options: { redirect?: string[] }) =>
      perform(async (context) => (await load()).add(context, name, options.redirect ?? [])),
    );
  named('show', 'show one client: what it is, what it may use', 'mcpmux client show laptop').action(
    (name: string) => perform(async (context) => (await load()).show(context, name)),
  );
  named('rename', 'call a client something else', 'mcpmux client rename laptop "Old laptop"')
    .argument('<name>', 'what to call it')
    .action((name: string, to: string) =>
      perform(async (context) => (await load()).rename(context, name, to)),
    );
  named(
    'narrow',
    'hold a client to a Space (--space), to FeatureSets, to a time',
    'mcpmux client narrow laptop --space work',
  )
    .option('--set <set>', 'what this FeatureSet holds; may be given several times', collect)
    .option('--until <time>', 'refuse it from then on: 30d, 12h, 2030-01-31, never')
    .option('--all', 'take its limits away', false)
    .action((name: string, options) =>
      perform(async (context) => (await load()).narrow(context, name, { ...options, ...inSpace(context) })),
    );
  named('pause', 'shut a client out until it is resumed', 'mcpmux client pause laptop').action(
    (name: string) => perform(async (context) => (await load()).pause(context, name)),
  );
  named('resume', 'let a paused client in again', 'mcpmux client resume laptop').action((name: string) =>
    perform(async (context) => (await load()).resume(context, name)),
  );
  named('revoke', 'shut a client out for good', 'mcpmux client revoke laptop').action((name: string) =>
    perform(async (context) => (await load()).revoke(context, name)),
  );
}
