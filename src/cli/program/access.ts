/**
 * cli/program/access — commands that decide what clients may see and do.
 */
import { Option } from 'commander';
import { type Builder, serverArgument } from './builder.ts';

export function addAccessCommands({ group, perform }: Builder): void {
  const command = group('Who sees what');
  command(
    'review',
    'look at what servers changed in their tools, and accept or refuse it',
    `mcpmux review github
mcpmux review github --accept create_issue`,
  )
    .argument('[server]', serverArgument)
    .option('--accept [names...]', 'offer these from now on; without names everything that is held')
    .option('--reject [names...]', 'do not offer these; without names everything that is held')
    .addOption(
      new Option('--policy <policy>', 'which changes of it pass without you').choices([
        'follow',
        'default',
        'strict',
      ]),
    )
    .option('-y, --yes', 'do not ask', false)
    .action((server: string | undefined, options) =>
      perform(async (context) => (await import('../commands/review.ts')).run(context, server, options)),
    );
}
