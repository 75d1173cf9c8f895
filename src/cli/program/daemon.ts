/**
 * cli/program/daemon — commands that run, stop and examine the daemon.
 */
import type { AuditListOptions } from '../commands/audit.ts';
import type { ExposeOptions } from '../commands/expose.ts';
import type { OpenOptions } from '../commands/open.ts';
import type { StartOptions } from '../commands/start.ts';
import type { SharedOptions } from '../context.ts';
import { type Builder, wholeNumber } from './builder.ts';

export function addDaemonCommands({ program, group, perform }: Builder): void {
  const command = group('Daemon');
  command('start', 'run the daemon in the foreground (Ctrl+C stops it)', 'mcpmux start --port 5000')
    .option('--port <number>', 'the port on 127.0.0.1 and [::1]')
    .option('--public-url <url>', 'the https address under which a reverse proxy publishes it')
    .option('--listen <addresses>', 'more addresses to listen on, for other machines (needs what follows)')
    .option('--tls-cert <file>', 'the certificate for them')
    .option('--tls-key <file>', 'its private key')
    .option('--trusted-proxies <addresses>', 'instead of TLS: reverse proxies on other machines')
    .option('--no-auth', 'let every program on this machine in without a key')
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--key-source <source>', 'where the key that seals secrets is kept')
    .action((options: StartOptions) =>
      perform(async (context) =>
        (await import('../commands/start.ts')).run(context, options, program.opts<SharedOptions>().dataDir),
      ),
    );
  command('stop', 'stop the daemon and its servers', 'mcpmux stop').action(() =>
    perform(async (context) => (await import('../commands/stop.ts')).run(context)),
  );
  command('status', 'show the daemon and the state of every server', 'mcpmux status --watch')
    .option('-w, --watch', 'go on with each change, until Ctrl+C', false)
    .action((options: { watch: boolean }) =>
      perform(async (context) =>
        options.watch
          ? (await import('../commands/watch-status.ts')).watch(context)
          : (await import('../commands/status.ts')).run(context),
      ),
    );
  command('open', 'open the dashboard in a browser', 'mcpmux open')
    .option('--no-browser', 'print the link and open nothing')
    .option('--public', 'a link for the public address, for a browser elsewhere', false)
    .option('--code', 'a code with six digits instead, for a browser without a link', false)
    .option('--list', 'show the browsers that are let in', false)
    .option('--lock [id]', 'shut all browsers out, or one')
    .action((options: OpenOptions) =>
      perform(async (context) => (await import('../commands/open.ts')).run(context, options)),
    );
  command(
    'expose',
    'make servers reachable from the internet through a tunnel',
    'mcpmux expose github linear',
  )
    .argument('[servers...]', 'those that may be reached, and nothing else; none: show what is')
    .option('--with <program>', 'tailscale, cloudflared or ngrok (default: the first that is found)')
    .option('--off', 'end all of it', false)
    .option('-y, --yes', 'do not ask', false)
    .action((servers: string[], options: ExposeOptions) =>
      perform(async (context) => (await import('../commands/expose.ts')).run(context, servers, options)),
    );
  const audit = command('audit', 'who did what, and what was refused');
  const loadAudit = () => import('../commands/audit.ts');
  command('list', 'show the newest entries', 'mcpmux audit list --what door', audit)
    .option('--limit <number>', 'how many', wholeNumber(1, 1_000), 30)
    .option('--what <kind>', 'kinds that begin so, such as admin, door or upstream')
    .option('--who <name>', 'the id of a client or browser, or a name')
    .action((options: AuditListOptions) =>
      perform(async (context) => (await loadAudit()).list(context, options)),
    );
  command('verify', 'check that no entry was changed or removed', 'mcpmux audit verify', audit).action(() =>
    perform(async (context) => (await loadAudit()).verify(context)),
  );
  command('doctor', 'look for what is wrong, as the daemon sees this machine', 'mcpmux doctor').action(() =>
    perform(async (context) => (await import('../commands/doctor.ts')).run(context)),
  );
  const config = command('config', 'the settings');
  command('show', 'show every setting and where its value comes from', 'mcpmux config show', config).action(
    () =>
      perform(async (context) =>
        (await import('../commands/config.ts')).show(context, program.opts<SharedOptions>().dataDir),
      ),
  );
}
