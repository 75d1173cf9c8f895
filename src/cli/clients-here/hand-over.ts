/**
 * cli/clients-here/hand-over — what a person pastes or opens, for a client whose file is out of reach.
 */
import { type ClientRow, type Endpoint, entryFor, entryText, hiddenKey } from '../../clients/index.ts';
import type { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import type { ConnectOptions } from './connect-options.ts';
import { createClientKey } from './create-client-key.ts';
import type { Outcome } from './outcome.ts';

export async function handOver(
  context: Context,
  asker: SecretAsker,
  row: ClientRow,
  endpoint: Endpoint,
  needsKey: boolean,
  options: ConnectOptions,
): Promise<Outcome> {
  if (options.link && row.link === undefined)
    throw cliError('usage', {
      message: `${row.name} has no address that adds a server`,
      hint: `mcpmux connect ${row.id}`,
    });
  const makesKey =
    needsKey &&
    !options.print &&
    (options.yes || (await asker.confirm(`Make a key for ${row.name} and show what to paste?`, true)));
  const created = makesKey ? await createClientKey(context, row.name, null) : undefined;
  const filled: Endpoint = needsKey
    ? ({ ...endpoint, key: created?.text ?? hiddenKey } as Endpoint)
    : endpoint;
  const entry = entryFor(row.dialect, filled);
  if (entry === undefined) throw cliError('usage', { message: `${row.name} takes commands only` });
  const text = entryText(row.dialect, entry);
  const link = row.link?.(filled, JSON.stringify(entry));
  const undo = created === undefined ? undefined : `mcpmux key revoke ${JSON.stringify(created.key.name)}`;
  if (!context.isJson) {
    if (options.link) context.print(link ?? '');
    else {
      context.tell(`${row.name}: paste this into ${row.pasteInto ?? 'its settings'}`);
      context.print(text);
      if (link !== undefined) context.tell(`Or open this address: ${link}`);
    }
    if (undo !== undefined) context.tell(`Undo: take it out there, then: ${undo}`);
  }
  return { ok: true, json: { client: row.id, text, link: link ?? null, undo: undo ?? null } };
}
