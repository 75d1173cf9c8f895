/**
 * cli/commands/change — remove, enable, disable, refresh: one act on one server. Success is quiet.
 */
import type { ServerDto } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { outcomeCode, renderOutcome, settle } from './add.ts';

/** Longer than a server may take to stop before it is made to. */
const switchWaitSeconds = 15;

export async function remove(context: Context, name: string): Promise<number> {
  // Asked first, so that the message has the server's own name and not an alias or id.
  const server = await context.client.getServer(name);
  await context.client.removeServer(server.id);
  context.tell(`Removed ${sanitizeToLine(server.name)}.`);
  return exitCodes.ok;
}

export function enable(context: Context, name: string): Promise<number> {
  return setEnabled(context, name, true);
}

export function disable(context: Context, name: string): Promise<number> {
  return setEnabled(context, name, false);
}

async function setEnabled(context: Context, name: string, isEnabled: boolean): Promise<number> {
  const changed = await context.client.changeServer(name, { isEnabled });
  return finish(context, await settle(context, changed, switchWaitSeconds));
}

export async function refresh(context: Context, name: string): Promise<number> {
  const server = await withProgress(
    context.io,
    () => `connecting ${sanitizeToLine(name)} again`,
    () => context.client.refreshServer(name),
  );
  return finish(context, server);
}

function finish(context: Context, server: ServerDto): number {
  if (context.isJson) context.printJson(server);
  else context.print(renderOutcome(server, context));
  return outcomeCode(server);
}
