/**
 * cli/program/server-settings — the options that set what a server is told, how long things may take, what it may use.
 */
import { type Command, Option } from 'commander';
import { collect, wholeNumber } from './builder.ts';

/** @param isHidden they work, and help does not show them */
export function addServerSettings(command: Command, isHidden = false): Command {
  const own = command.options.length;
  command
    .option('--input <ID=VALUE>', 'value of an input; ID alone asks, ID= takes it away', collect)
    .addOption(
      new Option('--session-policy <policy>', 'which clients share one connection to it').choices([
        'shared',
        'per-client',
        'per-workspace',
        'auto',
      ]),
    )
    .addOption(
      new Option(
        '--declare <what>',
        'what it hears that its client can do: all we bridge, or what each client declares, on a connection of its own',
      ).choices(['bridged', 'client']),
    )
    .option('--connect-timeout <seconds>', 'time to start and agree on a protocol', wholeNumber(1, 600))
    .option('--list-timeout <seconds>', 'time for each of its lists', wholeNumber(1, 600))
    .option('--call-timeout <seconds>', 'how long a call may make no progress', wholeNumber(1, 3_600))
    .option('--max-call <seconds>', 'how long a call may take in all', wholeNumber(1, 86_400))
    .option(
      '--ping-interval <seconds>',
      'how often it is asked whether it is there; 0: never',
      wholeNumber(0, 3_600),
    )
    .option(
      '--max-connections <count>',
      'connections to a server over HTTP at once; calls wait for one',
      wholeNumber(1, 1_024),
    )
    .option(
      '--idle-stop <seconds>',
      'stop it after this long without a call; 0: never',
      wholeNumber(0, 2_592_000),
    )
    .option(
      '--memory-budget <MiB>',
      'restart it when its processes use more; 0: no limit',
      wholeNumber(0, 1_048_576),
    )
    .option('--concurrency <number>', 'calls at the same time', wholeNumber(1, 1_000));
  if (isHidden) for (const option of command.options.slice(own)) option.hideHelp();
  return command;
}
