/**
 * auth/server/client-documents — fetches the document at a client id (CIMD), safely, and brings it to what we support.
 *
 * A client id is a URL that anybody may name, so the fetch is for public addresses only, follows nothing, and is bounded
 * in number, size and time. Documents of well-known clients are here as well, for machines without a way out.
 * The protocol library keeps what it gets, from five minutes to a day.
 */
import { type Clock, describeError, isJsonObject, type JsonObject, type Logger } from '../../base/index.ts';
import { createSafeFetch, type SafeFetchOptions } from '../../network/index.ts';
import { judgeClientMetadata } from './client-metadata.ts';

const maxDocumentBytes = 5 * 1024;
const fetchTimeoutMs = 5_000;
/** Documents fetched in a minute, of all ids together: people sign in by hand. */
const fetchesPerMinute = 30;
/** An id that failed is not asked again for so long. */
const failureMs = 30_000;
const maxFailures = 500;

export interface ClientDocumentsOptions {
  readonly network: SafeFetchOptions['network'];
  readonly allowPrivate: readonly string[];
  /** Hosts whose documents are taken; empty = any. */
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** For tests. */
  readonly ca?: string;
  readonly resolve?: SafeFetchOptions['resolve'];
}

/** What these clients publish, as far as it matters: by client id. */
const known: Readonly<Record<string, JsonObject>> = {
  'https://claude.ai/oauth/claude-code-client-metadata': {
    client_name: 'Claude Code',
    client_uri: 'https://claude.ai',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
  },
  'https://chatgpt.com/oauth/codex/client.json': {
    client_name: 'Codex',
    client_uri: 'https://chatgpt.com',
    redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  },
  'https://github.com/copilot/cli/client-metadata.json': {
    client_name: 'GitHub Copilot CLI',
    client_uri: 'https://github.com',
    redirect_uris: ['http://127.0.0.1/', 'http://127.0.0.1/callback', 'http://localhost/callback'],
  },
};

export class ClientDocuments {
  readonly #options: ClientDocumentsOptions;
  readonly #failures = new Map<string, number>();
  #window = { from: Number.NEGATIVE_INFINITY, count: 0 };

  constructor(options: ClientDocumentsOptions) {
    this.#options = options;
  }

  /** May this id be fetched now? */
  readonly mayFetch = (id: string): boolean => {
    const { hosts, clock } = this.#options;
    if (hosts.length > 0 && !hosts.includes(new URL(id).hostname)) return false;
    const now = clock.now();
    if ((this.#failures.get(id) ?? 0) > now && known[id] === undefined) return false;
    if (now - this.#window.from >= 60_000) this.#window = { from: now, count: 0 };
    this.#window.count += 1;
    return this.#window.count <= fetchesPerMinute;
  };

  /** @returns an answer that the library reads; anything but 200 stands for "no such client" */
  readonly fetch = async (id: string): Promise<Response> => {
    const { logger } = this.#options;
    try {
      const document = await this.#load(id);
      const judged = judgeClientMetadata(document.value, true);
      if ('fault' in judged) throw new Error(judged.fault.description);
      if (!isJsonObject(document.value) || document.value['client_id'] !== id)
        throw new Error('the client_id inside is not the URL of the document');
      return Response.json(judged.metadata, { headers: document.headers });
    } catch (error) {
      // To the outside both look the same: an unknown client.
      logger.warn(
        { clientId: id.slice(0, 200), error: describeError(error) },
        'the document of a client cannot be used',
      );
      this.#noteFailure(id);
      return new Response(null, { status: 404 });
    }
  };

  async #load(id: string): Promise<{ readonly value: unknown; readonly headers: Record<string, string> }> {
    const { network, allowPrivate, ca, resolve } = this.#options;
    const { pathname } = new URL(id);
    if (pathname === '/') throw new Error('a client id has a path');
    const fetchIt = createSafeFetch('the document of a client', {
      // Nobody has typed this address: it may lead to public ones only.
      serverUrl: 'https://public.example',
      allowPrivate,
      totalTimeoutMs: fetchTimeoutMs,
      ...(network !== undefined && { network }),
      ...(ca !== undefined && { ca }),
      ...(resolve !== undefined && { resolve }),
    });
    try {
      const response = await fetchIt(id);
      if (response.status !== 200) throw new Error(`it answered ${response.status}`);
      if (!/^application\/(?:[a-z.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? ''))
        throw new Error('it is no JSON');
      const text = await response.text();
      if (Buffer.byteLength(text) > maxDocumentBytes)
        throw new Error(`it is larger than ${maxDocumentBytes} bytes`);
      const caching = response.headers.get('cache-control');
      return { value: JSON.parse(text), headers: caching === null ? {} : { 'cache-control': caching } };
    } catch (error) {
      const document = known[id];
      if (document === undefined) throw error;
      return { value: { client_id: id, ...document }, headers: {} };
    }
  }

  #noteFailure(id: string): void {
    if (this.#failures.size >= maxFailures) this.#failures.clear();
    this.#failures.set(id, this.#options.clock.now() + failureMs);
  }
}
