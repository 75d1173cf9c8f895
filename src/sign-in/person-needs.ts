/**
 * sign-in/person-needs — what one server needs a person for right now, and whether that was said already.
 *
 * Knows nothing of: tokens in memory, how a person is asked.
 */
import { type Clock, showUrl } from '../base/index.ts';
import type { OAuthServer } from './oauth-server.ts';
import { ScopeRequests } from './scope-requests.ts';
import type { SignInNeed } from './sign-in-need.ts';
import type { TokenServiceOptions } from './token-service-options.ts';

export class PersonNeeds {
  readonly #options: Pick<TokenServiceOptions, 'log' | 'onNeed'>;
  readonly #scopes: ScopeRequests;
  #current: SignInNeed | undefined;

  constructor(options: Pick<TokenServiceOptions, 'log' | 'onNeed'> & { readonly clock: Clock }) {
    this.#options = options;
    this.#scopes = new ScopeRequests(options.clock);
  }

  get current(): SignInNeed | undefined {
    return this.#current;
  }

  /** Only a person can get another token. */
  get isSignIn(): boolean {
    return this.#current?.kind === 'sign-in';
  }

  /** A person has signed in. */
  signedIn(requestedScope: string | undefined): void {
    this.#scopes.granted(requestedScope, this.#current?.kind === 'more-scope');
    this.#current = undefined;
  }

  /** A person has signed out. */
  signedOut(): void {
    this.#scopes.forget();
    this.#current = undefined;
  }

  /** There is a good token. */
  clear(): void {
    this.#current = undefined;
  }

  signIn(
    server: OAuthServer,
    reason: string,
    facts: {
      readonly scope?: string | undefined;
      readonly isTokenRefused?: boolean;
      readonly hasToken: boolean;
    },
  ): SignInNeed {
    const { scope, isTokenRefused = false, hasToken } = facts;
    return this.#tell(server, {
      kind: 'sign-in',
      reason,
      scope,
      isHopeless: false,
      isTokenRefused,
      hasToken,
    });
  }

  /** @param demanded by a 403 insufficient_scope; undefined = it does not say which */
  moreScope(
    server: OAuthServer,
    demanded: string | undefined,
    held: { readonly scope: string | undefined } | undefined,
  ): SignInNeed {
    const next = this.#scopes.next(held?.scope, demanded);
    const isHopeless = held !== undefined && (next.wasAskedFor || next.isTooOften);
    return this.#tell(server, {
      kind: 'more-scope',
      scope: next.scope,
      isHopeless,
      isTokenRefused: false,
      hasToken: held !== undefined,
      reason: isHopeless
        ? `the server still asks for a permission (${demanded ?? 'it does not say which'}) that the sign-in has asked for`
        : `more permission is needed (${demanded ?? 'the server does not say which'})`,
    });
  }

  #tell(server: OAuthServer, need: SignInNeed): SignInNeed {
    const isNew = this.#current?.reason !== need.reason;
    this.#current = need;
    if (!isNew) return need;
    const { log, onNeed } = this.#options;
    const facts = { reason: need.reason, url: showUrl(server.url) };
    log(server.id, need.isHopeless ? 'warn' : 'info', 'sign-in required', facts);
    onNeed?.(server.id, need);
    return need;
  }
}
