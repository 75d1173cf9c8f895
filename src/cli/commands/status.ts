/**
 * cli/commands/status — the daemon and every server in one look. Also what `mcpmux` alone shows.
 */
import type { StatusDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import {
  formatCounts,
  needsAttention,
  nextLine,
  stateLines,
  statusColour,
  statusLabel,
} from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function run(context: Context): Promise<number> {
  const status = await context.client.getStatus();
  if (context.isJson) context.printJson(status);
  else context.print(renderStatus(status, context));
  return exitCodes.ok;
}

export function renderStatus(status: StatusDto, context: Pick<Context, 'style' | 'width' | 'io'>): string {
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
  const problems = status.problems.flatMap(({ says, next }) => [
    style.red(sanitizeToLine(says)),
    ...(next === null ? [] : [`  ${nextLine(next)}`]),
  ]);
  const notes = status.notes.map((note) => style.yellow(`note: ${note}`));
  return [...head, facts, ...problems, ...notes, '', renderServers(status.servers, context)].join('\n');
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

export function renderServers(
  servers: StatusDto['servers'],
  { style, width, io }: Pick<Context, 'style' | 'width' | 'io'>,
): string {
  if (servers.length === 0) {
    return [
      'No servers yet. Add one, for example:',
      `  ${style.cyan('mcpmux add memory -- npx -y @modelcontextprotocol/server-memory')}`,
    ].join('\n');
  }
  const now = io.now();
  const table = renderTable(
    ['SERVER', 'ALIAS', 'STATE', 'DETAILS'],
    servers.map((server) => {
      const lines = stateLines(server.state, now);
      const counts = formatCounts(server.counts);
      if (counts !== '')
        lines.unshift(needsAttention(server.state) ? `${counts} (not available now)` : counts);
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
  const troubled = servers.filter(({ state }) => needsAttention(state)).length;
  if (troubled === 0) return table;
  return `${table}\n\n${style.yellow(`${troubled} of ${servers.length} servers need${troubled === 1 ? 's' : ''} attention.`)}`;
}
