/**
 * cli/commands/ps — what each server costs this machine: its tree of processes, memory, processor time, age, restarts.
 */
import type { ProcessListDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDuration } from '../format-duration.ts';
import { statusColour, statusLabel } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

type ServerProcesses = ProcessListDto['servers'][number];
type Process = ServerProcesses['processes'][number];

const headings = ['SERVER', 'PID', 'MEMORY', 'CPU', 'TIME', 'UP', 'RESTARTS', 'STATE'];

export async function run(context: Context): Promise<number> {
  const list = await context.client.listProcesses();
  if (context.isJson) context.printJson(list);
  else context.print(renderProcesses(list, context));
  return exitCodes.ok;
}

export function renderProcesses(
  { daemon, servers, memoryTotalBytes }: ProcessListDto,
  { style }: Pick<Context, 'style'>,
): string {
  const rows = [['(daemon)', String(daemon.pid), ...costsOf(daemon), '', style.green('running')]];
  for (const server of servers) {
    const [first, ...rest] = inTreeOrder(server.processes);
    const [memory = '-', ...others] = first === undefined ? ['-', '-', '-', '-'] : costsOf(server);
    const state = statusColour(server.status, style)(statusLabel(server.status));
    // Its first line adds up everything; a single process is that.
    rows.push([
      sanitizeToLine(server.serverName),
      first === undefined ? '-' : String(first.process.pid),
      memory + limitInWords(server.memoryBudgetBytes),
      ...others,
      String(server.restarts),
      state,
    ]);
    const children = rest.length === 0 || first === undefined ? [] : [first, ...rest];
    for (const { process, depth } of children) {
      rows.push([
        style.dim(`${'  '.repeat(depth + 1)}${sanitizeToLine(process.name)}`),
        String(process.pid),
        ...costsOf(process),
        '',
        '',
      ]);
    }
  }
  const total = servers.reduce((sum, server) => sum + server.residentBytes, 0);
  const table = renderTable(headings, rows, { heading: style.dim, rightAligned: [1, 2, 3, 4, 5, 6] });
  return `${table}\n\nAll servers together: ${sizeInWords(total)}${limitInWords(memoryTotalBytes)}`;
}

interface Placed {
  readonly process: Process;
  readonly depth: number;
}

/** Each process below its parent; what has no parent among them is a root. */
function inTreeOrder(processes: readonly Process[]): Placed[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const placed: Placed[] = [];
  const place = (process: Process, depth: number): void => {
    placed.push({ process, depth });
    for (const child of processes)
      if (child.parentPid === process.pid && child.pid !== process.pid) place(child, depth + 1);
  };
  for (const process of processes) if (!pids.has(process.parentPid)) place(process, 0);
  return placed;
}

function costsOf(costs: {
  readonly residentBytes: number;
  readonly cpuMs: number;
  readonly uptimeMs: number;
}): string[] {
  const share = costs.uptimeMs > 0 ? (costs.cpuMs / costs.uptimeMs) * 100 : 0;
  return [
    sizeInWords(costs.residentBytes),
    `${share.toFixed(1)} %`,
    `${(costs.cpuMs / 1_000).toFixed(1)} s`,
    formatDuration(costs.uptimeMs),
  ];
}

/** ` of 268 MB`; nothing where there is no limit. */
function limitInWords(bytes: number): string {
  return bytes === 0 ? '' : ` of ${sizeInWords(bytes)}`;
}

/** `84 MB`, in the units that system monitors show. */
function sizeInWords(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
