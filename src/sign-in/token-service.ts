/**
 * sign-in/token-service — the tokens of all servers: gives them to the wires, describes them, and signs out.
 *
 * In: the Authorization of a server, asked by its wire. Out: a header value, or a need for sign-in with its reason.
 * Owns: one ServerTokens a server. Knows nothing of: browsers, connections, statuses, when a token is renewed.
 */
import { Semaphore } from '../base/index.ts';
import type { ServerId, TokenSet } from '../model/index.ts';
import type { Authorization } from '../transports/index.ts';
import { type BearerChallenge, bearerChallenge } from './challenge.ts';
import { isSameIssuer } from './issuer.ts';
import type { OAuthServer } from './oauth-server.ts';
import { Refresher } from './refresher.ts';
import { grantOf } from './registration.ts';
import { revokeTokens } from './revocation.ts';
import { ServerTokens, type SharedByTokens } from './server-tokens.ts';
import type { SignInNeed } from './sign-in-need.ts';
import type { TokenServiceOptions } from './token-service-options.ts';
import type { UnsavedTokenSet } from './unsaved-tokens.ts';

/** The state of a server's tokens, without secrets. */
export interface TokenStatus {
  readonly isSignedIn: boolean;
  readonly issuer: string | undefined;
  readonly scope: string | undefined;
  readonly expiresAt: number | undefined;
  readonly isRenewable: boolean;
  readonly generation: number;
  readonly updatedAt: number | undefined;
  /** The address that the registration was made for: it is the one that is called. */
  readonly registeredUrl: string | undefined;
}

const refreshesAtOnce = 4;

export class TokenService {
  readonly #options: TokenServiceOptions;
  readonly #refresher: Refresher;
  readonly #shared: SharedByTokens;
  readonly #tokens = new Map<ServerId, ServerTokens>();
  #isClosed = false;

  constructor(options: TokenServiceOptions) {
    this.#options = options;
    this.#refresher = new Refresher({ ...options, onUnwanted: (set) => this.#revokeUnwanted(set) });
    this.#shared = { options, refresher: this.#refresher, background: new Semaphore(refreshesAtOnce) };
  }

  /** The source of a server's Authorization header. One server, one state, however many wires ask. */
  authorizationFor(server: OAuthServer): Authorization {
    const tokens = this.#of(server);
    return {
      current: () => tokens.current(),
      renew: (used, status, wwwAuthenticate) => tokens.renew(used, status, wwwAuthenticate),
    };
  }

  /**
   * Renews the server's token ahead of its end even while nobody calls. For connected servers.
   *
   * @returns the end of it; safe to call twice
   */
  keepFresh(server: OAuthServer): () => void {
    return this.#of(server).keepFresh();
  }

  /** A sign-in has stored these tokens. */
  accept(
    server: OAuthServer,
    tokens: TokenSet,
    requestedScope: string | undefined,
    isRenewable: boolean,
  ): void {
    const unsaved = this.#refresher.drop(server.id, 'replaced');
    // At the same provider, both sign-ins may have one grant. Revoking the old tokens would end it.
    if (unsaved !== undefined && !isSameIssuer(unsaved.tokens.issuer, tokens.issuer))
      this.#revokeUnwanted(unsaved);
    this.#of(server).accept(tokens, requestedScope, isRenewable);
  }

  /** The server as its wires last gave it: with the address that is called, and its headers. */
  serverOf(serverId: ServerId): OAuthServer | undefined {
    return this.#tokens.get(serverId)?.server;
  }

  /** What the server last asked a person for. */
  needOf(serverId: ServerId): SignInNeed | undefined {
    return this.#tokens.get(serverId)?.need;
  }

  /** The last Bearer challenge of the server: where its metadata is, which scopes it wants. */
  challengeOf(serverId: ServerId): BearerChallenge | undefined {
    return this.#tokens.get(serverId)?.challenge;
  }

  /** A challenge met outside a wire (the probe of an endpoint, say). */
  noteChallenge(server: OAuthServer, wwwAuthenticate: string | undefined): void {
    const challenge = bearerChallenge(wwwAuthenticate);
    if (challenge !== undefined) this.#of(server).noteChallenge(challenge);
  }

  /** The URL the registration was made for. When it differs from the configured one, it is the one to call. */
  async registeredUrl(serverId: ServerId): Promise<string | undefined> {
    return (await this.#options.credentials.getRegistration(serverId))?.serverUrl;
  }

  async status(serverId: ServerId): Promise<TokenStatus> {
    const { credentials } = this.#options;
    const tokens = await credentials.getTokens(serverId);
    const registration = await credentials.getRegistration(serverId, tokens?.issuer);
    return {
      isSignedIn: tokens !== undefined,
      issuer: tokens?.issuer ?? registration?.issuer,
      scope: tokens?.scope,
      expiresAt: tokens?.expiresAt,
      isRenewable:
        tokens?.refreshToken !== undefined ||
        (registration !== undefined && grantOf(registration) === 'client_credentials'),
      generation: tokens?.generation ?? 0,
      updatedAt: tokens?.updatedAt,
      registeredUrl: registration?.serverUrl,
    };
  }

  /**
   * Deletes the tokens here, then revokes them at the provider (RFC 7009, if offered). The registration is kept, so that
   * the next sign-in has the same client id.
   *
   * @returns whether the provider has confirmed it, and why not
   */
  async signOut(
    server: OAuthServer,
  ): Promise<{ readonly isRevoked: boolean; readonly reason: string | undefined }> {
    const { credentials, log, fetchOptions } = this.#options;
    const stored = await credentials.getTokens(server.id);
    await credentials.clearTokens(server.id);
    const unsaved = this.#refresher.drop(server.id, 'signed-out');
    this.#of(server).drop();
    if (stored === undefined && unsaved === undefined)
      return { isRevoked: false, reason: 'it was not signed in' };
    log(server.id, 'info', 'signed out');
    const reasons: (string | undefined)[] = [];
    if (unsaved !== undefined)
      reasons.push(await revokeTokens(server, unsaved.registration, unsaved.tokens, fetchOptions));
    if (stored !== undefined) {
      const registration = await credentials.getRegistration(server.id, stored.issuer);
      reasons.push(await revokeTokens(server, registration, stored, fetchOptions));
    }
    const reason = reasons.find((one) => one !== undefined);
    this.#logRevocation(server.id, reason);
    return { isRevoked: reason === undefined, reason };
  }

  /** The server was removed, so everything in memory about it is dropped. */
  forget(serverId: ServerId): void {
    const unsaved = this.#refresher.drop(serverId, 'signed-out');
    if (unsaved !== undefined) this.#revokeUnwanted(unsaved);
    this.#tokens.get(serverId)?.close();
    this.#tokens.delete(serverId);
  }

  /** Stores what could not be stored before, if that is possible now. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const tokens of this.#tokens.values()) tokens.close();
    await this.#refresher.close();
  }

  /** In the background; nobody waits for it. */
  #revokeUnwanted({ server, registration, tokens }: UnsavedTokenSet): void {
    void revokeTokens(server, registration, tokens, this.#options.fetchOptions).then((reason) =>
      this.#logRevocation(server.id, reason),
    );
  }

  #logRevocation(serverId: ServerId, reason: string | undefined): void {
    const { log } = this.#options;
    if (reason === undefined) log(serverId, 'info', 'tokens revoked at the provider');
    else log(serverId, 'warn', 'tokens not revoked at the provider', { reason });
  }

  #of(server: OAuthServer): ServerTokens {
    const known = this.#tokens.get(server.id);
    if (known !== undefined) {
      known.setServer(server);
      return known;
    }
    const tokens = new ServerTokens(server, this.#shared);
    if (this.#isClosed) tokens.close();
    this.#tokens.set(server.id, tokens);
    return tokens;
  }
}
