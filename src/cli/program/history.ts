/**
 * cli/program/history — commands that look at what happened.
 */
import { Option } from 'commander';
import { type Builder, wholeNumber } from './builder.ts';

export function addHistoryCommands({ group, perform }: Builder): void {
  const command = group('What happened');
  const calls = command(
    'calls',
    'show the calls of clients, the newest last; filters are words such as status:error server:github tool:create_* client:cursor folder:~/code duration:>500ms since:10m',
    `mcpmux calls status:error since:1h
mcpmux calls server:github -f`,
  )
    .argument('[filter...]', 'what to look for: WORD:VALUE, or a part of a name')
    .option('-f, --follow', 'go on with each new call, until Ctrl+C', false)
    .option('--all', 'all that fit, for --json', false)
    .addOption(new Option('-n, --lines <number>', 'how many').argParser(wholeNumber(1, 1_000)).default(25))
    .addOption(new Option('--since <moment>', 'the same as since:MOMENT'))
    .action((words: string[], options) =>
      perform(async (context) => (await import('../commands/calls.ts')).run(context, words, options)),
    );
  command('show', 'show everything that is known about a call', 'mcpmux calls show 4711', calls)
    .argument('<call>', 'its number, or the time of day at which it began')
    .action((call: string) =>
      perform(async (context) => (await import('../commands/call-details.ts')).run(context, call)),
    );
  command(
    'explain',
    'say why: of a call, a server, a client or an error code; alone, of what does most harm now',
    'mcpmux explain github',
  )
    .argument('[about]', "a call's number, a server, a client, or an error code")
    .action((about: string | undefined) =>
      perform(async (context) => (await import('../commands/explain.ts')).run(context, about)),
    );
  command(
    'sessions',
    'show who worked where: the calls of one app in one folder without a long pause',
    'mcpmux sessions',
  )
    .addOption(new Option('-n, --lines <number>', 'how many').argParser(wholeNumber(1, 1_000)).default(25))
    .action((options: { lines: number }) =>
      perform(async (context) => (await import('../commands/sessions.ts')).run(context, options)),
    );
}
