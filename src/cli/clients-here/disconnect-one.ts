/**
 * cli/clients-here/disconnect-one — takes one client's entry out again, and its key away.
 */
import { type ClientRow, showPath, type Undone } from '../../clients/index.ts';
import type { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import type { Machine } from './open-connections.ts';
import type { Outcome } from './outcome.ts';
import { renderChange } from './render-change.ts';

export async function disconnectOne(
  context: Context,
  { connections, place }: Machine,
  asker: SecretAsker,
  row: ClientRow,
  project: string | null,
  options: { readonly all: boolean; readonly yes: boolean },
): Promise<Outcome> {
  const standing = await connections.stand(row, project);
  const facts = { client: row.id, project, file: standing.file };
  // With all at once nobody looks at each: what a person made theirs stays.
  if (options.all && standing.state === 'changed-by-hand') {
    const next = `mcpmux disconnect ${row.id}${project === null ? '' : ` --project ${project}`}`;
    if (!context.isJson)
      context.tell(`${row.name}: its entry was changed by hand and is left as it is\n  next: ${next}`);
    return { ok: false, json: { ...facts, outcome: 'left', nextStep: next } };
  }
  const change = await connections.planDisconnect(row, project);
  if (change === undefined) {
    if (!context.isJson) context.tell(`${row.name} has no entry of McpMux. Nothing to do.`);
    return { ok: true, json: { ...facts, outcome: 'nothing' } };
  }
  if (!change.isNothing && !context.isJson) context.print(renderChange(row.name, change, place, context));
  if (!change.isNothing && !options.yes && !(await asker.confirm('Take it out?', true))) {
    context.tell('Nothing was changed.');
    return { ok: true, json: { ...facts, outcome: 'left' } };
  }
  const undone = await connections.disconnect(row, project);
  const keyIsGone = await revoke(context, undone);
  if (!context.isJson) {
    context.tell(`${row.name}: ${wordsFor(undone, showPath(place, change.file))}`);
    if (keyIsGone === false)
      context.tell(
        `The daemon does not run, so the key "${undone?.written?.keyName}" is still valid.\n  next: mcpmux start, then: mcpmux key revoke ${JSON.stringify(undone?.written?.keyName)}`,
      );
  }
  return { ok: true, json: { ...facts, outcome: undone?.how ?? 'nothing', keyRevoked: keyIsGone ?? null } };
}

function wordsFor(undone: Undone | undefined, file: string): string {
  switch (undone?.how) {
    case 'original':
      return `${file} holds again exactly what it held before.`;
    case 'file-removed':
      return `${file} was made by McpMux and is removed.`;
    case 'entry-out':
      return `the entry is out of ${file}; everything else in it stays.`;
    case 'was-gone':
    case undefined:
      return `its entry was gone already from ${file}.`;
  }
}

/** @returns undefined when there was no key */
async function revoke(context: Context, undone: Undone | undefined): Promise<boolean | undefined> {
  const id = undone?.written?.keyId;
  if (id === undefined || id === null) return undefined;
  try {
    await context.client.revokeKey(id);
    return true;
  } catch (error) {
    // Revoked or removed by a person before: that is what was wanted.
    return (error as { kind?: string }).kind === 'not-found';
  }
}
