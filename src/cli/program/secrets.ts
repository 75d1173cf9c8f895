/**
 * cli/program/secrets — commands for the store and the keys that seal it.
 */
import { Option } from 'commander';
import { type Builder, wholeNumber } from './builder.ts';

export function addSecretCommands({ group, perform }: Builder): void {
  const command = group('Secrets');
  const load = () => import('../commands/vault.ts');
  const fromDescriptor = (): Option =>
    new Option('--passphrase-fd <number>', 'read the passphrase from this file descriptor').argParser(
      wholeNumber(0, 1_000),
    );
  command('unlock', 'open a store that is locked', 'mcpmux unlock')
    .addOption(fromDescriptor())
    .action((options) => perform(async (context) => (await load()).unlock(context, options)));
  command('backup', 'write everything into one file that a passphrase opens', 'mcpmux backup ~/mcpmux.backup')
    .argument('<file>', 'a file that does not exist yet')
    .addOption(fromDescriptor())
    .action((file: string, options) =>
      perform(async (context) => (await load()).backup(context, file, options)),
    );
  command(
    'restore',
    'make the data folder from a backup, on this machine or another',
    'mcpmux restore ~/mcpmux.backup',
  )
    .argument('<file>', 'the backup')
    .option('--overwrite', 'replace a database that is there; a copy of it is kept beside', false)
    .addOption(fromDescriptor())
    .action((file: string, options) =>
      perform(async (context) => (await load()).restore(context, file, options)),
    );
}
