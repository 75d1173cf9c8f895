/**
 * cli/clients-here/connect-one — one client from the preview to the written file, with a key of its own.
 */
import {
  type ClientRow,
  type Endpoint,
  hasFile,
  hiddenKey,
  readBack,
  type Standing,
  showPath,
} from '../../clients/index.ts';
import type { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { withProgress } from '../progress.ts';
import type { ConnectOptions } from './connect-options.ts';
import { createClientKey } from './create-client-key.ts';
import { handOver } from './hand-over.ts';
import type { Machine } from './open-connections.ts';
import type { Outcome } from './outcome.ts';
import { renderChange } from './render-change.ts';
import { standingJson } from './standing-table.ts';

export async function connectOne(
  context: Context,
  machine: Machine,
  asker: SecretAsker,
  row: ClientRow,
  project: string | null,
  options: ConnectOptions,
): Promise<Outcome> {
  const { connections, place } = machine;
  const { url, authMode } = await machine.status();
  const standing = await connections.stand(row, project, url);
  const endpoint = await chooseEndpoint(machine, row, project, url, options);
  const needsKey = endpoint.kind === 'http' && authMode !== 'none';
  if (options.link || !hasFile(place, row, project))
    return handOver(context, asker, row, endpoint, needsKey, options);
  if (!options.print && isInStep(standing, endpoint)) {
    const file = showPath(place, standing.file ?? '');
    if (!context.isJson) context.tell(`${row.name} is connected already: ${file}`);
    return { ok: true, json: standingJson(standing, place) };
  }
  const request = { row, project, replaces: options.replace || options.print };
  const change = await connections.planConnect({
    ...request,
    endpoint: needsKey ? { ...endpoint, key: hiddenKey } : endpoint,
  });
  if (!context.isJson) context.print(renderChange(row.name, change, place, context));
  if (!context.isJson) tellNotes(context, standing, row, project);
  if (options.print) {
    return { ok: true, json: { client: row.id, file: change.file, lines: change.lines, isWritten: false } };
  }
  if (!options.yes && !(await asker.confirm(`Write?${change.fileExists ? ' A copy is kept.' : ''}`, true))) {
    context.tell('Nothing was written.');
    return { ok: true, json: { ...standingJson(standing, place), isWritten: false } };
  }
  const created = needsKey ? await createClientKey(context, row.name, project) : undefined;
  try {
    const done = await connections.connect({
      ...request,
      endpoint: created === undefined ? endpoint : ({ ...endpoint, key: created.text } as Endpoint),
      key: created === undefined ? undefined : { id: created.key.id, name: created.key.name },
    });
    const verdict = options.verify
      ? await withProgress(
          context.io,
          () => `asking ${row.name} whether it understands`,
          () => readBack(place, row, project),
        )
      : undefined;
    if (verdict?.kind === 'refused') {
      await connections.disconnect(row, project);
      throw cliError('failed', {
        message: `${row.name} does not understand the entry, so it was taken out again; "${verdict.command}" says: ${verdict.says}`,
        hint: `write it all the same: mcpmux connect ${row.id} --no-verify`,
      });
    }
    const old = standing.written?.keyId;
    // The key of the entry that was replaced is nowhere any more.
    if (old !== undefined && old !== null) await context.client.revokeKey(old).catch(() => {});
    const undo = `mcpmux disconnect ${row.id}${project === null ? '' : ` --project ${project}`}`;
    if (!context.isJson) {
      context.tell(`Written. ${row.name} reads it ${row.reads ?? 'at its next start'}. Undo: ${undo}`);
      if (verdict?.kind === 'understood') context.tell(`Read back: "${verdict.command}" lists it.`);
      if (done.copy !== undefined) context.tell(context.style.dim(`Copy: ${showPath(place, done.copy)}`));
    }
    const now = await connections.stand(row, project, url);
    return {
      ok: true,
      json: {
        ...standingJson(now, place),
        isWritten: true,
        readBack: verdict?.kind ?? 'unknown',
        copy: done.copy ?? null,
        undo,
      },
    };
  } catch (error) {
    // Nobody knows this key: it must not stay valid.
    if (created !== undefined) await context.client.revokeKey(created.key.id).catch(() => {});
    throw error;
  }
}

function isInStep(standing: Standing, endpoint: Endpoint): boolean {
  const isHttp = standing.written?.url !== null;
  return standing.state === 'connected' && isHttp === (endpoint.kind === 'http');
}

async function chooseEndpoint(
  machine: Machine,
  row: ClientRow,
  project: string | null,
  url: string,
  { bridge }: ConnectOptions,
): Promise<Endpoint> {
  const takesUrl = row.dialect.http !== undefined;
  // A project's file is often shared: no key goes into it unless somebody asks for that.
  const usesBridge = bridge ?? (!takesUrl || project !== null);
  if (usesBridge) return machine.bridge(project !== null);
  return { kind: 'http', url, key: undefined, ...(project === null ? {} : { workspace: project }) };
}

function tellNotes(context: Context, standing: Standing, row: ClientRow, project: string | null): void {
  const notes = [...standing.warnings];
  if (standing.state === 'absent') notes.push(`${row.name} was not found on this machine`);
  if (standing.state === 'removed-by-hand') notes.push('the entry was taken out by hand since the last time');
  if (project !== null && row.projectNote !== undefined) notes.push(row.projectNote);
  if (row.note !== undefined) notes.push(row.note);
  for (const note of notes) context.tell(context.style.yellow(`note: ${note}`));
}
