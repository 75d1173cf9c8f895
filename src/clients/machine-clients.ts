/**
 * clients/machine-clients — connect, look and take back for somebody who has no terminal: the same acts, each in one call.
 *
 * Keys are handed in as a port. Nothing that leaves here holds one.
 */
import type { Change, ClientConnections } from './connections.ts';
import { entryFor, entryText } from './dialects.ts';
import { type Endpoint, hiddenKey, hideKeys } from './endpoint.ts';
import { clientsError } from './errors.ts';
import { findRow, hasFile, unknownClient } from './find-client.ts';
import { type Place, showPath } from './place.ts';
import { readBack } from './read-back.ts';
import type { Standing } from './standing.ts';
import type { ClientRow } from './table/index.ts';

export interface MachineClientsOptions {
  readonly place: Place;
  readonly connections: ClientConnections;
  /** Of `/mcp`. */
  readonly url: () => string;
  /** Starts the bridge on this machine. */
  readonly bridge: Endpoint;
  /** Undefined where no key is needed. */
  readonly createKey: ((client: string) => Promise<{ id: string; name: string; text: string }>) | undefined;
  readonly revokeKey: (id: string) => Promise<unknown>;
}

export interface MachineClient {
  readonly id: string;
  readonly name: string;
  readonly standing: Standing;
  readonly shownFile: string | undefined;
}

export interface MachinePlan {
  readonly client: MachineClient;
  /** Undefined for a client that is given its entry by hand. */
  readonly change: Change | undefined;
  /** With a mark in the place of the key. */
  readonly paste: { readonly into: string; readonly text: string } | undefined;
  readonly notes: readonly string[];
}

export interface MachineOutcome {
  readonly client: MachineClient;
  /** Where the bytes from before are kept. */
  readonly copy: string | undefined;
  readonly readBack: 'understood' | 'refused' | 'unknown';
}

export class MachineClients {
  readonly #options: MachineClientsOptions;

  constructor(options: MachineClientsOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly MachineClient[]> {
    const { connections, url } = this.#options;
    return (await connections.list(url())).map((standing) => this.#shown(standing));
  }

  /** What connecting would write. Writes nothing, makes no key. @throws clients.* */
  async plan(reference: string): Promise<MachinePlan> {
    const { connections, place, url } = this.#options;
    const row = rowOf(reference);
    const standing = await connections.stand(row, null, url());
    const endpoint = this.#endpoint(row, hiddenKey);
    const entry = entryFor(row.dialect, endpoint);
    const client = this.#shown(standing);
    const notes = [...standing.warnings, ...(row.note === undefined ? [] : [row.note])];
    if (!hasFile(place, row, null)) {
      const text = entry === undefined ? '' : entryText(row.dialect, entry);
      return { client, change: undefined, paste: { into: row.pasteInto ?? '', text }, notes };
    }
    const change = await connections.planConnect({ row, project: null, endpoint, replaces: true });
    const lines = change.lines.map((line) => ({ ...line, text: hideKeys(line.text) }));
    return { client, change: { ...change, lines }, paste: undefined, notes };
  }

  /** Writes the file with a key of its own. @throws clients.*; then the file is as it was, and no key is left */
  async connect(reference: string, replaces: boolean): Promise<MachineOutcome> {
    const { connections, place, url, createKey, revokeKey } = this.#options;
    const row = rowOf(reference);
    const before = await connections.stand(row, null, url());
    if (before.state === 'connected')
      return { client: this.#shown(before), copy: undefined, readBack: 'unknown' };
    const takesUrl = row.dialect.http !== undefined;
    // What is refused is refused before there is a key.
    await connections.planConnect({ row, project: null, endpoint: this.#endpoint(row, hiddenKey), replaces });
    const key = takesUrl ? await createKey?.(row.name) : undefined;
    try {
      const endpoint = this.#endpoint(row, key?.text);
      const done = await connections.connect({ row, project: null, endpoint, replaces, key });
      const verdict = await readBack(place, row, null);
      if (verdict.kind === 'refused') {
        await connections.disconnect(row, null);
        throw clientsError('not_understood', {
          client: row.name,
          command: verdict.command,
          reason: verdict.says,
        });
      }
      if (typeof before.written?.keyId === 'string') await revokeKey(before.written.keyId).catch(() => {});
      const after = await connections.stand(row, null, url());
      return { client: this.#shown(after), copy: done.copy, readBack: verdict.kind };
    } catch (error) {
      // Nobody knows this key: it must not stay valid.
      if (key !== undefined) await revokeKey(key.id).catch(() => {});
      throw error;
    }
  }

  /** @returns how, and how the client stands then. @throws clients.* */
  async disconnect(reference: string): Promise<{
    readonly client: MachineClient;
    readonly how: 'original' | 'file-removed' | 'entry-out' | 'was-gone' | 'nothing';
  }> {
    const { connections, url, revokeKey } = this.#options;
    const row = rowOf(reference);
    const undone = await connections.disconnect(row, null);
    const keyId = undone?.written?.keyId;
    // Revoked by a person before: that is what was wanted.
    if (typeof keyId === 'string') await revokeKey(keyId).catch(() => {});
    const client = this.#shown(await connections.stand(row, null, url()));
    return { client, how: undone?.how ?? 'nothing' };
  }

  #endpoint(row: ClientRow, key: string | undefined): Endpoint {
    const { bridge, url, createKey } = this.#options;
    if (row.dialect.http === undefined) return bridge;
    return { kind: 'http', url: url(), key: createKey === undefined ? undefined : key };
  }

  #shown(standing: Standing): MachineClient {
    const { row, file } = standing;
    const shownFile = file === undefined ? undefined : showPath(this.#options.place, file);
    return { id: row.id, name: row.name, standing, shownFile };
  }
}

function rowOf(reference: string): ClientRow {
  const row = findRow(reference);
  if (row === undefined) throw unknownClient(reference, 'see all: mcpmux connect --json');
  return row;
}
