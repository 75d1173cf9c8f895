/**
 * observe/explain/explainer — finds what somebody asks about, gathers the facts, and has them explained.
 *
 * In: the number of a call, a server, a client, an error code, or nothing (then: what does most harm now).
 * Knows nothing of: how causes are found. The pure functions beside it do.
 */
import { describeErrorCode, knownErrorCodes } from '../../base/index.ts';
import { similarNames } from '../../catalogue/index.ts';
import {
  type CallEntry,
  type CallHistoryRepository,
  type Client,
  callQuery,
  type Explanation,
  type InstalledServer,
  type Problems,
  type ServerLog,
  type ServerState,
} from '../../model/index.ts';
import { observeError } from '../errors.ts';
import { explainCall } from './explain-call.ts';
import { explainClient } from './explain-client.ts';
import { explainServer, fixOf } from './explain-server.ts';

export interface ExplainerParts {
  readonly servers: () => readonly { readonly server: InstalledServer; readonly state: ServerState }[];
  readonly clients: () => readonly Client[];
  readonly serverLog: Pick<ServerLog, 'read'>;
  /** Undefined: switched off. */
  readonly history: Pick<CallHistoryRepository, 'find' | 'get'> | undefined;
  readonly problems: Pick<Problems, 'list'>;
  /** Every tool that is there, whoever sees it. */
  readonly toolNames: () => Promise<readonly string[]>;
  readonly now: () => number;
}

const logLines = 40;
const callsLookedAt = 50;

export class Explainer {
  readonly #parts: ExplainerParts;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
  }

  /** @throws observe.nothing_to_explain */
  async explain(reference: string | undefined): Promise<Explanation> {
    if (reference === undefined || reference === '') return this.#worst();
    const number = /^#?(\d{1,15})$/.exec(reference)?.[1];
    const call = number === undefined ? undefined : await this.#parts.history?.get(Number(number));
    if (call !== undefined) return this.#call(call);
    const wanted = reference.toLowerCase();
    const server = this.#parts
      .servers()
      .find(
        ({ server: { id, name, alias } }) =>
          alias === wanted || name.toLowerCase() === wanted || id === reference,
      );
    if (server !== undefined) return this.#server(server.server, server.state);
    const client = this.#findClient(wanted);
    if (client !== undefined) return this.#client(client);
    const error = describeErrorCode(reference);
    if (error !== undefined) return this.#error(reference, error);
    // A full stop between two words makes it a code.
    const names = /^\w+\.\w+$/.test(reference)
      ? knownErrorCodes()
      : [
          ...this.#parts.servers().map(({ server: { alias } }) => alias),
          ...this.#parts.clients().map(({ alias, name }) => alias ?? name),
        ];
    throw observeError('nothing_to_explain', {
      reference,
      nearest: similarNames(reference, names).join(', '),
    });
  }

  async #worst(): Promise<Explanation> {
    const [worst] = (await this.#parts.problems.list()).filter(({ harm }) => harm !== 'note');
    if (worst === undefined)
      return {
        about: { kind: 'daemon', id: undefined, name: 'McpMux' },
        cause: 'fine',
        says: 'Nothing needs you: every server works, or is not used.',
        facts: [],
        next: undefined,
      };
    const found = this.#parts.servers().find(({ server }) => server.id === worst.about.id);
    if (worst.about.kind === 'server' && found !== undefined) return this.#server(found.server, found.state);
    return {
      about: { kind: 'daemon', id: worst.about.id, name: worst.about.name ?? 'McpMux' },
      cause: worst.code,
      says: `${upperFirst(worst.title)}${worst.cause === undefined ? '' : `: ${worst.cause}`}.`,
      facts: [],
      next: worst.fix,
    };
  }

  async #server(server: InstalledServer, state: ServerState): Promise<Explanation> {
    const log = await this.#parts.serverLog.read(server.id, { limit: logLines, minLevel: 'warn' });
    return explainServer({
      server,
      state,
      log: log.filter(({ at }) => at >= startOf(state)),
      now: this.#parts.now(),
    });
  }

  async #call(call: CallEntry): Promise<Explanation> {
    const { target } = call;
    const found = this.#parts.servers().find(({ server }) => server.id === target.serverId);
    // What the server is now says nothing of a call that it answered.
    const isAnswered = ['ok', 'tool-error', 'asked', 'cancelled'].includes(call.outcome);
    const server =
      found === undefined || isAnswered ? undefined : await this.#server(found.server, found.state);
    const isTool = target.method === 'tools/call' && target.shownName !== undefined;
    const names = isTool && call.outcome === 'refused' ? await this.#parts.toolNames() : [];
    const usual =
      target.serverId === undefined || target.originalName === undefined
        ? undefined
        : await this.#parts.history?.find(
            callQuery(
              { outcomes: ['ok'], servers: [target.serverId], tools: [target.originalName] },
              { before: call.id, limit: callsLookedAt },
            ),
          );
    return explainCall({
      call,
      server,
      known: isTool
        ? {
            isThere: names.includes(target.shownName ?? ''),
            nearest: similarNames(target.shownName ?? '', names),
          }
        : undefined,
      usualUs: (usual?.calls ?? []).map(({ totalUs }) => totalUs),
    });
  }

  async #client(client: Client): Promise<Explanation> {
    const page = await this.#parts.history?.find(
      callQuery({ clients: [client.id] }, { limit: callsLookedAt }),
    );
    return explainClient(client, page?.calls ?? [], this.#parts.now());
  }

  #findClient(wanted: string): Client | undefined {
    const fits = this.#parts
      .clients()
      .filter(({ id, name, alias, introduction }) =>
        [id, name, alias, introduction?.appName].some((known) => known?.toLowerCase() === wanted),
      );
    // Of several the one that was there last.
    return fits.sort((one, other) => (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0))[0];
  }

  async #error(
    code: string,
    { says, hint, why }: { says: string; hint: string | undefined; why: string },
  ): Promise<Explanation> {
    const page = await this.#parts.history?.find(callQuery({ code }, { limit: 1 }));
    const last = page?.calls[0];
    return {
      about: { kind: 'error', id: code, name: code },
      cause: code,
      says: `${code} means: ${says}.`,
      facts: [
        { name: 'why', says: why },
        ...(last === undefined
          ? []
          : [{ name: 'last time', says: `call #${last.id}: mcpmux explain ${last.id}` }]),
      ],
      next: hint === undefined ? undefined : fixOf(hint),
    };
  }
}

/** Older lines are about an earlier trouble. */
function startOf({ since, lastAttemptAt, failuresInARow }: ServerState): number {
  return failuresInARow > 1 ? 0 : Math.min(since, lastAttemptAt ?? since) - 5_000;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
