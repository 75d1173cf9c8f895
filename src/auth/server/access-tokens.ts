/**
 * auth/server/access-tokens — says whom an OAuth access token stands for, from memory.
 *
 * In: token texts from the door. Out: principals. A token is good for one resource: the URL that it was asked for.
 * Owns: the live tokens, by hash and by text. Costs a look-up in a map for a token that was seen before.
 * Knows nothing of: how tokens come to be; whoever stores one tells it here.
 */
import type { Clock } from '../../base/index.ts';
import type { ClientId, OAuthArtifact, Principal } from '../../model/index.ts';
import type { ClientEntry, Clients, LivePrincipal } from '../clients.ts';
import { hashKeyText, isCredentialText } from '../key-text.ts';
import { accessTokenPrefix } from './token-kinds.ts';

const maxRecognised = 1_000;
/** Tokens live half an hour and are few for each client. */
const sweepAt = 5_000;

export type TokenRefusal = 'paused' | 'expired' | 'wrong-resource';

interface LiveToken {
  readonly hash: string;
  readonly grantId: ClientId;
  readonly entry: ClientEntry;
  readonly principal: LivePrincipal;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** URL of a route, or a base that covers all of its routes. */
  readonly audience: string;
  isUsed: boolean;
}

export interface AccessTokensOptions {
  readonly clients: Clients;
  readonly clock: Clock;
  /** A token is used for the first time; quick. */
  firstUsed(hash: string, grantId: ClientId): void;
}

export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #byHash = new Map<string, LiveToken>();
  readonly #recognised = new Map<string, LiveToken>();
  readonly #principals = new Map<ClientId, LivePrincipal>();

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /** A token is stored, or was stored at an earlier start. */
  remember(artifact: OAuthArtifact): void {
    const { hash, grantId, expiresAt } = artifact;
    const entry = grantId === undefined ? undefined : this.#options.clients.entry(grantId);
    if (entry === undefined || grantId === undefined || expiresAt === undefined) return;
    if (this.#byHash.size >= sweepAt) this.#sweep();
    let principal = this.#principals.get(grantId);
    if (principal === undefined) {
      principal = this.#options.clients.createPrincipal(entry, `grant:${grantId}`);
      this.#principals.set(grantId, principal);
    }
    const { aud } = JSON.parse(artifact.payload) as { aud?: unknown };
    this.#byHash.set(hash, {
      hash,
      grantId,
      entry,
      principal,
      expiresAt,
      audience: typeof aud === 'string' ? aud : '',
      isUsed: artifact.usedAt !== undefined,
    });
  }

  forget(hash: string): void {
    if (this.#byHash.delete(hash)) this.#recognised.clear();
  }

  /** @returns was there anything to forget? */
  forgetGrant(grantId: ClientId): boolean {
    for (const token of this.#byHash.values()) if (token.grantId === grantId) this.#byHash.delete(token.hash);
    this.#recognised.clear();
    const principal = this.#principals.get(grantId);
    const entry = this.#options.clients.entry(grantId);
    if (principal !== undefined && entry !== undefined)
      this.#options.clients.releasePrincipal(entry, principal);
    return this.#principals.delete(grantId);
  }

  /**
   * @param resource the URL that is called, as it is advertised
   * @returns undefined = no live token of ours
   */
  authenticate(text: string, resource: () => string): Principal | TokenRefusal | undefined {
    const token = this.#find(text);
    if (token === undefined) return undefined;
    const { clients, clock } = this.#options;
    if (token.expiresAt <= clock.now()) return 'expired';
    const standing = clients.standing(token.entry);
    if (standing === 'revoked') return undefined;
    if (standing !== 'welcome') return standing;
    if (!covers(token.audience, resource())) return 'wrong-resource';
    clients.noteSeen(token.entry);
    if (!token.isUsed) {
      token.isUsed = true;
      this.#options.firstUsed(token.hash, token.grantId);
    }
    return token.principal;
  }

  #find(text: string): LiveToken | undefined {
    const recognised = this.#recognised.get(text);
    if (recognised !== undefined) return recognised;
    const token = isCredentialText(text, accessTokenPrefix) ? this.#byHash.get(hashKeyText(text)) : undefined;
    if (token === undefined) return undefined;
    if (this.#recognised.size >= maxRecognised) this.#recognised.clear();
    this.#recognised.set(text, token);
    return token;
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    for (const token of this.#byHash.values()) if (token.expiresAt <= now) this.#byHash.delete(token.hash);
    this.#recognised.clear();
  }
}

/** The same route; or any route, for a token that was asked for without naming one. */
function covers(audience: string, resource: string): boolean {
  return audience === resource || (audience.endsWith('/') && resource.startsWith(audience));
}
