/**
 * cli/commands/doctor — looks at this machine, the daemon and every server, and says what to do about what is wrong.
 */
import { isMcpMuxError } from '../../base/index.ts';
import { examineFolders } from '../../config/index.ts';
import type { ListedProblemDto, StatusDto } from '../../contract/index.ts';
import { describeHolder, findHolder } from '../../http/index.ts';
import type { Context } from '../context.ts';
import type { DaemonLocation } from '../daemon-location.ts';
import { checkNode, type Finding, isPortAnswered } from '../doctor/checks.ts';
import { checkPrograms, loginShellPath } from '../doctor/programs.ts';
import { toldFailure } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { withProgress } from '../progress.ts';
import { formatCounts, nextLine, statusLabel } from '../status-text.ts';
import { type Style, sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';
import { keySourceWords } from './status.ts';

const portTimeoutMs = 1_000;

export async function run(context: Context): Promise<number> {
  const findings = await withProgress(
    context.io,
    () => 'looking around',
    () => examine(context),
  );
  if (context.isJson) context.printJson({ findings });
  else context.print(renderFindings(findings, context));
  return findings.some(({ verdict }) => verdict === 'trouble') ? exitCodes.partial : exitCodes.ok;
}

async function examine(context: Context): Promise<Finding[]> {
  const place = await context.place();
  let status: StatusDto;
  try {
    status = await context.client.getStatus();
  } catch (error) {
    return examineWithoutDaemon(context, place, error);
  }
  // From here on with the daemon's eyes: it may have another user, another PATH, another Node than this command.
  const { searchPath, findings } = await context.client.examine();
  const needed = new Set(
    status.servers.flatMap(({ launch }) => (launch.kind === 'stdio' ? [launch.command] : [])),
  );
  return [
    checkNode(status.nodeVersion),
    ...findings.map(({ next, ...finding }): Finding => ({ ...finding, ...(next === null ? {} : { next }) })),
    ...(await checkDaemon(status)),
    { name: 'PATH', verdict: 'fine', says: searchPath },
    ...(await checkPrograms(searchPath, context.io.env, needed)),
  ];
}

/** What a daemon would find that this user starts now. */
async function examineWithoutDaemon(
  { io }: Context,
  { settings }: DaemonLocation,
  error: unknown,
): Promise<Finding[]> {
  const failure = toldFailure(error);
  const daemon: Finding = {
    name: 'daemon',
    verdict: 'trouble',
    says: isMcpMuxError(error, 'cli.daemon_not_running') ? 'not running' : failure.message,
    ...(failure.next === undefined ? {} : { next: failure.next }),
  };
  const own = io.env['PATH'] ?? io.env['Path'] ?? '';
  const path = (await loginShellPath(io.env)) ?? own;
  return [
    checkNode(process.versions.node),
    ...(await examineFolders(settings)),
    daemon,
    await checkFreePort(settings.port),
    { name: 'PATH', verdict: 'fine', says: path },
    ...(await checkPrograms(path, io.env, new Set())),
  ];
}

async function checkDaemon(status: StatusDto): Promise<Finding[]> {
  const findings: Finding[] = [
    { name: 'daemon', verdict: 'fine', says: `mcpmux ${status.version}, pid ${status.pid}` },
    await checkUrl(status.url),
    status.authMode === 'none'
      ? {
          name: 'access',
          verdict: 'warning',
          says: 'open to every program on this machine',
          next: 'start without --no-auth',
        }
      : { name: 'access', verdict: 'fine', says: 'API key' },
    { name: 'secrets', verdict: 'fine', says: `sealed with ${keySourceWords(status.keySource)}` },
    ...status.problems.filter(({ about }) => about.kind !== 'server').map(problemFinding),
    ...describeNetwork(status),
  ];
  const ofServers = new Map(
    status.problems.flatMap((problem) =>
      problem.about.kind === 'server' ? [[problem.about.id, problem]] : [],
    ),
  );
  for (const server of status.servers) {
    const { state } = server;
    const word = statusLabel(state.status);
    const details = state.reason ?? formatCounts(server.counts);
    const problem = ofServers.get(server.id);
    findings.push({
      name: `server ${server.name}`,
      verdict: problem === undefined ? 'fine' : verdictOf(problem),
      says: details === '' ? word : `${word}: ${details}`,
      ...(problem?.fix == null ? {} : { next: problem.fix.says }),
    });
  }
  return findings;
}

function problemFinding(problem: ListedProblemDto): Finding {
  const { title, cause, fix, harm, about } = problem;
  return {
    name: harm === 'note' ? 'note' : problem.code.startsWith('store.') ? 'store' : (about.name ?? about.kind),
    verdict: verdictOf(problem),
    says: cause === null ? title : `${title}: ${cause}`,
    ...(fix === null ? {} : { next: fix.says }),
  };
}

function verdictOf({ harm }: ListedProblemDto): Finding['verdict'] {
  return harm === 'failed' ? 'trouble' : 'warning';
}

/** How the daemon reaches other machines. */
function describeNetwork({ network }: StatusDto): Finding[] {
  const { proxies, exceptions, authorities } = network;
  const findings = proxies.map(
    ({ scheme, url, hasCredentials, variable }): Finding => ({
      name: 'proxy',
      verdict: 'fine',
      says: `${scheme} through ${url} (${variable}${hasCredentials ? ', with credentials' : ''})${exceptions === '' ? '' : `, but for ${exceptions}`}`,
    }),
  );
  for (const { variable, path, certificates } of authorities) {
    const count = `${certificates} certificate${certificates === 1 ? '' : 's'}`;
    findings.push({
      name: 'authorities',
      verdict: 'fine',
      says: `${count} of ${path} are trusted, too (${variable})`,
    });
  }
  return findings;
}

async function checkFreePort(port: number): Promise<Finding> {
  const isTaken = port !== 0 && (await isPortAnswered('127.0.0.1', port, portTimeoutMs));
  if (!isTaken) return { name: 'port', verdict: 'fine', says: `${port} is free` };
  const { holder, hint } = describeHolder(await findHolder('127.0.0.1', port));
  return { name: 'port', verdict: 'trouble', says: `${port} is held by ${holder}`, next: String(hint) };
}

async function checkUrl(url: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  const answers = await isPortAnswered(hostname.replace(/^\[|\]$/g, ''), number, portTimeoutMs);
  return answers
    ? { name: 'port', verdict: 'fine', says: `${url} answers` }
    : {
        name: 'port',
        verdict: 'trouble',
        says: `${url} does not answer although the daemon runs`,
        next: 'see: mcpmux logs --daemon',
      };
}

function renderFindings(findings: readonly Finding[], { style, width }: Context): string {
  const rows = findings.map((finding) => {
    const lines = [sanitizeToLine(finding.says)];
    if (finding.next !== undefined) lines.push(nextLine(finding.next));
    return [markOf(finding.verdict, style), sanitizeToLine(finding.name), lines.join('\n')];
  });
  const count = findings.filter(({ verdict }) => verdict === 'trouble').length;
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  const end =
    count > 0
      ? style.red(`${count} thing${count === 1 ? '' : 's'} to put right.`)
      : warnings > 0
        ? style.yellow(`${warnings} thing${warnings === 1 ? '' : 's'} to look at.`)
        : style.green('Nothing is wrong.');
  return `${renderTable(undefined, rows, { width })}\n\n${end}`;
}

function markOf(verdict: Finding['verdict'], style: Style): string {
  switch (verdict) {
    case 'fine':
      return style.green('ok');
    case 'note':
      return style.dim('-');
    case 'warning':
      return style.yellow('!');
    case 'trouble':
      return style.red('x');
  }
}
