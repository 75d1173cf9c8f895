/**
 * cli/commands/status — the daemon and every server in one look. Also what `mcpmux` alone shows.
 */
import type { ListedProblemDto, ServerStatusDto, StatusDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import { quoteShellWord } from '../launch-description.ts';
import { formatCounts, nextLine, stateLines, statusColour, statusLabel } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { describeExposure } from './expose.ts';

type Shown = Pick<Context, 'style' | 'width' | 'io'> & Partial<Pick<Context, 'space'>>;

export async function run(context: Context): Promise<number> {
  const status = await context.client.getStatus();
  if (context.isJson) context.printJson(status);
  else context.print(renderStatus(status, context));
  return exitCodes.ok;
}

export function renderStatus(status: StatusDto, context: Shown): string {
  const { style, width, io } = context;
  const now = io.now();
  const since = formatDuration(now - status.startedAt);
  const head = [
    `${style.bold('mcpmux')} ${status.version} ${style.green('is running')} ${style.dim(`(pid ${status.pid}, for ${since})`)}`,
  ];
  if (!status.isReady) head.push(style.yellow('It is still starting.'));
  const facts = renderTable(
    undefined,
    [
      ['URL', style.cyan(status.url)],
      ...(status.publicUrl === null ? [] : [['from outside', style.cyan(status.publicUrl)]]),
      ...describeExposure(status.exposure, context.io.now()).map((line, at) => [
        at === 0 ? 'internet' : '',
        style.yellow(line),
      ]),
      [
        'access',
        status.authMode === 'none'
          ? style.yellow('open to every program on this machine (--no-auth)')
          : 'API key',
      ],
      ['secrets', `sealed with ${keySourceWords(status.keySource)}`],
      ['data', status.dataDir],
    ],
    { indent: '  ', width },
  );
  return [
    ...head,
    facts,
    ...renderProblems(status.problems, context),
    '',
    renderServers(status.servers, context),
  ].join('\n');
}

/** What needs a person, the most harm first. Causes of servers stand in their own rows. */
function renderProblems(
  problems: readonly ListedProblemDto[],
  { style, width, io }: Pick<Context, 'style' | 'width' | 'io'>,
): string[] {
  const needs = problems.filter(({ harm }) => harm !== 'note');
  const rows = needs.map((problem) => {
    const { title, cause, until, about, fix } = problem;
    const waits = until === null ? '' : ` (${formatDuration(Math.max(0, until - io.now()))} left)`;
    const step = fix?.command ?? fix?.says ?? '';
    const why = about.kind === 'server' || cause === null ? '' : `: ${cause}`;
    return [sanitizeToLine(`${title}${waits}${why}`), step === '' ? '' : sanitizeToLine(step)];
  });
  const isLong = rows.some(([what = '', step = '']) => what.length + step.length > 72);
  const lines = isLong
    ? rows.flatMap(([what = '', step = '']) => [
        `  ${what}`,
        ...(step === '' ? [] : [`    ${nextLine(step)}`]),
      ])
    : rows.length === 0
      ? []
      : [renderTable(undefined, rows, { indent: '  ', width })];
  const notes = problems
    .filter(({ harm }) => harm === 'note')
    .map(({ title }) => style.yellow(`note: ${sanitizeToLine(title)}`));
  return [...(lines.length === 0 ? [] : [style.bold('Needs you:'), ...lines]), ...notes];
}

function withheldLine(count: number, alias: string): string {
  return `${count} ${count === 1 ? 'item is' : 'items are'} not offered to clients; see: mcpmux show ${alias}`;
}

export function keySourceWords(keySource: string): string {
  switch (keySource) {
    case 'keychain':
      return "a key in this system's keychain";
    case 'file':
      return 'a key file in the data folder';
    case 'credential':
      return 'a key from the service manager';
    case 'passphrase':
      return 'a passphrase';
    default:
      return keySource;
  }
}

export function renderServers(servers: StatusDto['servers'], { style, width, io, space }: Shown): string {
  if (servers.length === 0) {
    const inSpace = space === undefined ? '' : ` --space ${quoteShellWord(space)}`;
    return [
      'No servers yet. Add one, for example:',
      `  ${style.cyan(`mcpmux${inSpace} add memory -- npx -y @modelcontextprotocol/server-memory`)}`,
    ].join('\n');
  }
  const now = io.now();
  const table = renderTable(
    ['SERVER', 'ALIAS', 'STATE', 'DETAILS'],
    servers.map((server) => {
      const lines = stateLines(server.state, now);
      const counts = formatCounts(server.counts);
      if (counts !== '')
        lines.unshift(out.has(server.state.status) ? `${counts} (not available now)` : counts);
      if (server.withheldCount > 0) lines.push(withheldLine(server.withheldCount, server.alias));
      return [
        sanitizeToLine(server.name),
        server.alias,
        statusColour(server.state.status, style)(statusLabel(server.state.status)),
        lines.join('\n'),
      ];
    }),
    { width, heading: style.dim },
  );
  const working = servers.filter(({ state }) => ['connected', 'refreshing'].includes(state.status)).length;
  if (working === servers.length) return table;
  return `${table}\n\n${working} of ${servers.length} server${servers.length === 1 ? '' : 's'} connected.`;
}

/** In these what a server offers is listed and cannot be called. */
const out: ReadonlySet<ServerStatusDto> = new Set([
  'failed',
  'sign-in-required',
  'needs-configuration',
  'waiting',
]);
