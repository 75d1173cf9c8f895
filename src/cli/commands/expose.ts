/**
 * cli/commands/expose — makes chosen servers reachable from the internet through a tunnel, and ends it.
 */
import type { ExposureDto } from '../../contract/index.ts';
import { askYesNo } from '../ask-yes-no.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface ExposeOptions {
  readonly off: boolean;
  readonly with?: string;
  readonly yes: boolean;
}

export async function run(
  context: Context,
  servers: readonly string[],
  options: ExposeOptions,
): Promise<number> {
  if (options.off) return end(context, servers);
  const { exposure, programs } = await context.client.getExposure();
  if (servers.length === 0) return show(context, exposure);
  const isOpen = exposure.status === 'on' && options.with === undefined;
  const program = isOpen ? exposure.program : programOf(programs, options.with);
  const names = await Promise.all(servers.map(async (one) => (await context.client.getServer(one)).alias));
  if (!context.isJson)
    context.tell(
      [
        isOpen
          ? `McpMux is reachable from the internet already, through ${program}. From now on there are:`
          : `This makes McpMux reachable from the internet through ${program}.`,
        renderTable(
          undefined,
          [
            ['servers', `${sanitizeToLine(names.join(', '))} (nothing else)`],
            ['who', 'clients that you let in by OAuth; keys and --no-auth do not work from there'],
          ],
          { indent: '  ', width: context.width },
        ),
      ].join('\n'),
    );
  if (!options.yes)
    await askYesNo(context, isOpen ? 'Change?' : 'Start?', `mcpmux expose ${servers.join(' ')} --yes`);
  const begun = await withProgress(
    context.io,
    () => `waiting for ${program}`,
    () =>
      context.client.startExposure({
        servers: [...servers],
        ...(options.with === undefined ? {} : { program: options.with }),
      }),
  );
  if (context.isJson) {
    context.printJson(begun);
    return exitCodes.ok;
  }
  context.print(begun.url ?? '');
  context.tell(
    'Reachable. claude.ai: Settings → Connectors → Add custom connector, paste the address. ' +
      'When it asks for a code: mcpmux open --code. End: mcpmux expose --off',
  );
  return exitCodes.ok;
}

function programOf(programs: readonly { name: string; title: string }[], wanted: string | undefined): string {
  const found = wanted === undefined ? programs[0] : programs.find(({ name }) => name === wanted);
  if (found !== undefined) return found.title;
  const names = programs.map(({ name }) => name).join(', ');
  throw cliError('failed', {
    message:
      wanted === undefined
        ? 'no tunnel program was found on this machine (looked for tailscale, cloudflared, ngrok)'
        : `the tunnel program "${wanted}" was not found`,
    hint:
      names === ''
        ? 'install one of them, then try again; see docs/remote.md'
        : `found: ${names}; choose with --with`,
  });
}

function show(context: Context, exposure: ExposureDto): number {
  if (context.isJson) context.printJson(exposure);
  else if (exposure.status === 'off')
    context.tell('Nothing is reachable from the internet. Make it so: mcpmux expose SERVER …');
  else context.print(describeExposure(exposure, context.io.now()).join('\n'));
  return exitCodes.ok;
}

async function end(context: Context, servers: readonly string[]): Promise<number> {
  if (servers.length > 0)
    throw cliError('usage', {
      message: '--off ends all of it and takes no servers',
      hint: 'to leave one out, name the ones that stay: mcpmux expose SERVER …',
    });
  const before = (await context.client.getExposure()).exposure;
  const exposure = await context.client.endExposure();
  if (context.isJson) context.printJson(exposure);
  else
    context.tell(
      before.status === 'off'
        ? 'Nothing was reachable from the internet.'
        : 'Nothing is reachable from the internet any more. Again: mcpmux expose SERVER …',
    );
  return exitCodes.ok;
}

/** What a status shows of it: nothing when it is off. */
export function describeExposure(exposure: ExposureDto, now: number): string[] {
  const { status, url, program, servers, since, reason } = exposure;
  const names = sanitizeToLine(servers.map(({ alias }) => alias).join(', '));
  switch (status) {
    case 'off':
      return [];
    case 'opening':
      return [`opening through ${program}: ${names}`];
    case 'on':
      return [
        `${url} through ${program}, for ${formatDuration(now - (since ?? now))}: ${names === '' ? 'no server' : names}`,
        'end: mcpmux expose --off',
      ];
    case 'ended':
      return [`ended, nothing is reachable: ${sanitizeToLine(reason ?? '')}`, 'next: mcpmux expose --off'];
  }
}
