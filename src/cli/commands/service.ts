/**
 * cli/commands/service — the daemon as a service of this person: shown first, installed, looked at, taken away.
 */
import { isMcpMuxError } from '../../base/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { withProgress } from '../progress.ts';
import { openService } from '../service/open-service.ts';
import { forgetStopped, noteStopped } from '../start-daemon.ts';
import { stopAndWait } from './stop.ts';

const patienceMs = 45_000;
const pollMs = 200;

export interface ServiceOptions {
  readonly yes: boolean;
  readonly print: boolean;
}

export async function install(context: Context, options: ServiceOptions): Promise<number> {
  const service = await openService(context, true);
  const { plan } = service;
  const running = await runningPid(context);
  if (!context.isJson) {
    context.tell(`${context.style.bold(plan.label)} (${plan.manager}) · ${plan.file}\n`);
    context.print(textOf(plan.content).replace(/^(?=.)/gm, '  '));
    const commands = [...plan.enable, ...plan.start].map((command) => `  ${command.join(' ')}`);
    context.tell(`Then:\n${commands.join('\n')}`);
    if (running !== undefined) context.tell(`The daemon that runs now (pid ${running}) is stopped first.`);
  }
  if (options.print) {
    if (context.isJson)
      context.printJson({ label: plan.label, file: plan.file, content: textOf(plan.content) });
    return exitCodes.ok;
  }
  if (!(await mayGoOn(context, options, 'mcpmux service install --yes', 'Install?'))) return exitCodes.ok;
  // What is in the way would have to be told after the daemon was stopped.
  if (running !== undefined) await stopAndWait(context);
  const { dataDir } = await context.place();
  await forgetStopped(dataDir);
  await service.install();
  const status = await waitUntilUp(context);
  if (context.isJson)
    context.printJson({
      label: plan.label,
      file: plan.file,
      isRunning: status !== undefined,
      url: status?.url ?? null,
    });
  else if (status === undefined) {
    context.tell('Installed, but the daemon does not answer yet.\n  next: mcpmux service status');
  } else {
    context.tell(
      `McpMux runs as a service: ${status.url}\nIt starts again at every logon and after a crash. Undo: mcpmux service uninstall`,
    );
    if (plan.manager === 'systemd')
      context.tell('To run it also while you are not logged in: loginctl enable-linger');
  }
  return status === undefined ? exitCodes.partial : exitCodes.ok;
}

export async function status(context: Context): Promise<number> {
  const service = await openService(context, true);
  const { plan } = service;
  const state = await service.examine();
  const pid = await runningPid(context);
  if (context.isJson) {
    context.printJson({
      ...state,
      label: plan.label,
      manager: plan.manager,
      file: plan.file,
      pid: pid ?? null,
    });
    return state.isInstalled && pid === undefined ? exitCodes.partial : exitCodes.ok;
  }
  if (!state.isInstalled) {
    context.print(
      `There is no service.${pid === undefined ? '' : ` The daemon runs without one (pid ${pid}).`}`,
    );
    context.tell('next: mcpmux service install');
    return exitCodes.ok;
  }
  const active = state.isActive ? context.style.green('active') : context.style.red('not active');
  context.print(
    `${plan.label} (${plan.manager}): ${active}${pid === undefined ? ', the daemon does not answer' : `, the daemon answers (pid ${pid})`}`,
  );
  context.print(`  file  ${plan.file}`);
  if (state.isCurrent === false)
    context.tell(
      'It is not as it would be installed now: Node, McpMux, the PATH or a setting changed, or somebody edited it.\n  next: mcpmux service install --print, then mcpmux service install',
    );
  if (pid === undefined)
    context.tell('next: mcpmux logs --daemon, or run it where its output is seen: mcpmux start');
  return pid === undefined ? exitCodes.partial : exitCodes.ok;
}

export async function uninstall(context: Context, options: { readonly yes: boolean }): Promise<number> {
  const service = await openService(context);
  const { plan } = service;
  if (!(await service.examine()).isInstalled) {
    if (context.isJson) context.printJson({ outcome: 'nothing' });
    else context.tell('There is no service. Nothing to do.');
    return exitCodes.ok;
  }
  if (!context.isJson)
    context.tell(`This stops the daemon and removes ${plan.file}. Servers, keys and clients stay.`);
  const again = 'mcpmux service uninstall --yes';
  if (!(await mayGoOn(context, { ...options, print: false }, again, 'Uninstall?'))) return exitCodes.ok;
  await noteStopped((await context.place()).dataDir);
  await service.uninstall();
  if (context.isJson) context.printJson({ outcome: 'removed', file: plan.file });
  else
    context.tell(
      'The service is gone. Start the daemon by hand: mcpmux start · as a service again: mcpmux service install',
    );
  return exitCodes.ok;
}

/** @throws cli.usage where nobody is there to be asked */
async function mayGoOn(
  context: Context,
  { yes }: ServiceOptions,
  again: string,
  question: string,
): Promise<boolean> {
  if (yes) return true;
  const asker = new SecretAsker(context.io);
  try {
    if (context.isJson || !asker.isTerminal)
      throw cliError('usage', {
        message: 'this changes what runs on this machine, and nobody is here to be asked',
        hint: again,
      });
    if (await asker.confirm(question, true)) return true;
    context.tell('Nothing was changed.');
    return false;
  } finally {
    await asker.close();
  }
}

async function runningPid(context: Context): Promise<number | undefined> {
  try {
    return (await context.client.getStatus()).pid;
  } catch (error) {
    if (isMcpMuxError(error)) return undefined;
    throw error;
  }
}

async function waitUntilUp(context: Context): Promise<{ readonly url: string } | undefined> {
  const deadline = performance.now() + patienceMs;
  return withProgress(
    context.io,
    () => 'waiting for the daemon',
    async () => {
      for (;;) {
        const status = await context.client.getStatus().catch(() => undefined);
        if (status !== undefined || performance.now() > deadline) return status;
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
  );
}

function textOf(content: Buffer): string {
  const isWide = content[0] === 0xff && content[1] === 0xfe;
  return content.toString(isWide ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}
