/**
 * cli/commands/watch-status — the status as it changes, until Ctrl+C.
 *
 * On a terminal the page is drawn anew; to a program goes one line a change, with --json one JSON object.
 */
import type { EventDto, ServerStateDto, StatusDto } from '../../contract/index.ts';
import { type Context, safeJson } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { stateLines, statusColour, statusLabel } from '../status-text.ts';
import { sanitizeToLine } from '../style.ts';
import { renderStatus } from './status.ts';

const clearPage = '\u001b[H\u001b[2J\u001b[3J';
/** Times on the page grow older by themselves. */
const redrawMs = 1_000;

export async function watch(context: Context): Promise<number> {
  return context.io.stdout.isTTY === true && !context.isJson ? drawPages(context) : printLines(context);
}

async function drawPages(context: Context): Promise<number> {
  const { client, io } = context;
  let isDrawing = false;
  const draw = async (): Promise<void> => {
    // What changes meanwhile is on the next page, a second later at the latest.
    if (isDrawing) return;
    isDrawing = true;
    try {
      const page = renderStatus(await client.getStatus(), context);
      io.stdout.write(`${clearPage}${page}\n\n${context.style.dim('Ctrl+C ends this')}\n`);
    } finally {
      isDrawing = false;
    }
  };
  const timer = setInterval(() => void draw().catch(() => {}), redrawMs);
  try {
    // The stream ends with the daemon; then the command does, too.
    for await (const event of client.streamEvents()) if (changesPage(event)) await draw();
  } finally {
    clearInterval(timer);
  }
  return exitCodes.ok;
}

function changesPage({ type }: EventDto): boolean {
  return type === 'stream.opened' || type.startsWith('upstream.') || type.startsWith('gateway.');
}

async function printLines(context: Context): Promise<number> {
  const { client } = context;
  const names = new Map<string, string>();
  const learn = async (): Promise<StatusDto> => {
    const status = await client.getStatus();
    for (const server of status.servers) names.set(server.id, server.name);
    return status;
  };
  for await (const event of client.streamEvents()) {
    if (event.type === 'stream.opened') {
      const status = await learn();
      if (context.isJson) context.print(safeJson(status));
      else for (const { id, state } of status.servers) printChange(context, names.get(id) ?? id, state);
    } else if (event.type === 'upstream.status_changed' && event.serverId !== null) {
      if (context.isJson) {
        context.print(safeJson(event));
        continue;
      }
      if (!names.has(event.serverId)) await learn();
      const { state } = event.data as { state: ServerStateDto };
      printChange(context, names.get(event.serverId) ?? event.serverId, state);
    }
  }
  return exitCodes.ok;
}

function printChange(context: Context, name: string, state: ServerStateDto): void {
  const { style, io } = context;
  const lines = stateLines(state, io.now());
  const word = statusColour(state.status, style)(statusLabel(state.status));
  context.print(
    `${style.dim(new Date(io.now()).toISOString())} ${sanitizeToLine(name)}: ${word}${lines.length === 0 ? '' : ` — ${lines.join('; ')}`}`,
  );
}
