/**
 * cli/clients-here/undo-import — takes the last import back: its servers go, and the clients' files get theirs again.
 */
import { putBack, readImports, showPath, writeImports } from '../../clients/index.ts';
import { AdminProblem } from '../../contract/index.ts';
import type { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { sanitizeToLine } from '../style.ts';
import type { Machine } from './open-connections.ts';

export async function undoImport(
  context: Context,
  { connections, place }: Machine,
  asker: SecretAsker,
  options: { readonly yes: boolean },
): Promise<number> {
  const { ledger } = connections;
  const records = await readImports(ledger);
  const last = records.at(-1);
  if (last === undefined) {
    if (context.isJson) context.printJson({ removed: [], putBack: [] });
    else context.tell('There is no import to take back.');
    return exitCodes.ok;
  }
  const names = last.servers.map(({ name }) => sanitizeToLine(name)).join(', ');
  if (!context.isJson) {
    context.tell(`The last import, ${formatAgo(last.at, context.io.now())}: ${names || 'no servers'}`);
    for (const { file } of last.takenOut) context.tell(`Put back into ${showPath(place, file)}`);
  }
  if (!options.yes && (context.isJson || !asker.isTerminal))
    throw cliError('usage', {
      message: 'this removes servers, and nobody is here to be asked',
      hint: 'mcpmux import --undo --yes',
    });
  if (!options.yes && !(await asker.confirm('Take it back?', true))) return exitCodes.ok;
  const failures: string[] = [];
  // First the files: a server is in one place at least, whatever happens.
  for (const taken of last.takenOut) {
    await putBack(ledger, taken).catch((error: Error) => failures.push(error.message));
  }
  const removed: string[] = [];
  for (const { id, name } of last.servers) {
    try {
      await context.client.removeServer(id);
      removed.push(name);
    } catch (error) {
      if (error instanceof AdminProblem && error.kind === 'not-found') continue;
      failures.push((error as Error).message);
    }
  }
  if (failures.length === 0) await writeImports(ledger, records.slice(0, -1));
  if (context.isJson)
    context.printJson({ removed, putBack: last.takenOut.map(({ file }) => file), failures });
  else {
    context.tell(`Removed ${removed.length} ${removed.length === 1 ? 'server' : 'servers'}.`);
    for (const failure of failures) context.tell(`mcpmux: ${sanitizeToLine(failure)}`);
  }
  return failures.length === 0 ? exitCodes.ok : exitCodes.partial;
}
