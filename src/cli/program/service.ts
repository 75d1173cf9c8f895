/**
 * cli/program/service — commands that have this system run McpMux, and take it away.
 */
import type { Builder } from './builder.ts';

export function addServiceCommands({ group, perform }: Builder): void {
  const command = group('Daemon');
  const service = command(
    'service',
    'the daemon as a service of this system: systemd, launchd, Task Scheduler',
  );
  const loadService = () => import('../commands/service.ts');
  command('install', 'show the service, install it and start it', 'mcpmux service install', service)
    .option('-y, --yes', 'without asking', false)
    .option('--print', 'show it, and change nothing', false)
    .action((options) => perform(async (context) => (await loadService()).install(context, options)));
  command('status', 'whether it is there and runs', 'mcpmux service status', service).action(() =>
    perform(async (context) => (await loadService()).status(context)),
  );
  command('uninstall', 'stop the daemon and take the service away', 'mcpmux service uninstall', service)
    .option('-y, --yes', 'without asking', false)
    .action((options) => perform(async (context) => (await loadService()).uninstall(context, options)));
  command(
    'uninstall',
    'take McpMux off this machine: says first what goes, what stays and why',
    'mcpmux uninstall --dry-run',
  )
    .option('--purge', 'the data folder too: servers, keys and secrets are gone then', false)
    .option('--dry-run', 'say it, and change nothing', false)
    .option('-y, --yes', 'without asking', false)
    .action((options) =>
      perform(async (context) => (await import('../commands/uninstall.ts')).run(context, options)),
    );
}
