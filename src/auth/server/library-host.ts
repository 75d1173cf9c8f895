/**
 * auth/server/library-host — the protocol library, made when the first client comes: one for each address that we are
 * reached by, because its issuer is fixed.
 *
 * Owns: these libraries, and the key of their cookies, which is gone with the process.
 * Knows nothing of: what is asked of them.
 */
import type Provider from 'oidc-provider';
import type { Clock, Logger } from '../../base/index.ts';
import { type Exchange, publicBase } from '../../http/index.ts';
import type { Artifacts } from './artifacts.ts';
import {
  callLibrary,
  type LibraryAnswer,
  type LibraryListener,
  type LibraryRequest,
} from './call-library.ts';
import type { ClientDocuments } from './client-documents.ts';
import { messagePage } from './pages.ts';
import { createProvider, newCookieKey } from './provider.ts';

export interface LibraryHostOptions {
  readonly artifacts: Artifacts;
  readonly documents: ClientDocuments;
  readonly installation: string;
  readonly hasRegistration: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class LibraryHost {
  readonly #options: LibraryHostOptions;
  readonly #cookieKey = newCookieKey();
  readonly #providers = new Map<string, Promise<Provider>>();

  constructor(options: LibraryHostOptions) {
    this.#options = options;
  }

  /** The library for the address that this request came by. */
  providerOf(exchange: Exchange): Promise<Provider> {
    const base = publicBase(exchange);
    const known = this.#providers.get(base);
    if (known !== undefined) return known;
    const { documents, installation, clock } = this.#options;
    const made = createProvider({
      base,
      artifacts: this.#options.artifacts,
      installation,
      cookieKey: this.#cookieKey,
      fetchDocument: documents.fetch,
      mayFetch: documents.mayFetch,
      hasRegistration: this.#options.hasRegistration,
      errorPage: ({ code, description }) => {
        const path = new URL(base).pathname.replace(/\/$/, '');
        return messagePage(path, 'This request cannot be answered', [
          `${description ?? 'It is not a request that McpMux understands'} (${code}).`,
          'Nothing was allowed. Start again in the client; if it stays so, its settings may be of another gateway.',
        ]);
      },
      clock,
      logger: this.#options.logger,
    });
    this.#providers.set(base, made);
    made.catch(() => this.#providers.delete(base));
    return made;
  }

  /** Hands a request on. @param body undefined = GET; text = JSON */
  async call(
    exchange: Exchange,
    url: string,
    body: URLSearchParams | string | undefined,
  ): Promise<LibraryAnswer> {
    const provider = await this.providerOf(exchange);
    return callLibrary(provider.callback() as LibraryListener, this.requestOf(exchange, url, body));
  }

  requestOf(exchange: Exchange, url: string, body: URLSearchParams | string | undefined): LibraryRequest {
    return {
      method: body === undefined ? 'GET' : 'POST',
      url,
      headers: {
        cookie: exchange.header('cookie'),
        'content-type':
          body === undefined
            ? undefined
            : typeof body === 'string'
              ? 'application/json'
              : 'application/x-www-form-urlencoded',
        accept: exchange.header('accept'),
      },
      body: body === undefined ? undefined : String(body),
      base: publicBase(exchange),
      remoteAddress: exchange.address,
    };
  }
}
