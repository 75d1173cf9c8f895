/**
 * sign-in/unsaved-tokens — renewed tokens that could not be stored. They exist only in memory.
 *
 *   kept ─ 1 s, 2 s … 1 min ─→ stored ─→ gone
 *     └ sign-out, another sign-in, removal ─→ taken
 *
 * Knows nothing of: how tokens are renewed, what happens to tokens that are taken.
 */
import { type Clock, describeError, type Timer } from '../base/index.ts';
import type { CredentialRepository, OAuthRegistration, ServerId, TokenSet } from '../model/index.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

export interface UnsavedTokenSet {
  readonly server: OAuthServer;
  /** Needed to revoke them. */
  readonly registration: OAuthRegistration;
  readonly tokens: TokenSet;
  readonly expectedGeneration: number;
}

export interface UnsavedTokensOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly log: OAuthLog;
}

export class UnsavedTokens {
  readonly #options: UnsavedTokensOptions;
  readonly #sets = new Map<ServerId, UnsavedTokenSet>();
  readonly #timers = new Map<ServerId, Timer>();
  #isClosed = false;

  constructor(options: UnsavedTokensOptions) {
    this.#options = options;
  }

  keep(set: UnsavedTokenSet): void {
    this.#sets.set(set.server.id, set);
    this.#tryLater(set, firstPauseMs);
  }

  /** Tries to store what is kept of this server, if anything is. @throws store.* */
  async save(serverId: ServerId): Promise<void> {
    const set = this.#sets.get(serverId);
    if (set === undefined) return;
    // If somebody else has stored tokens since, theirs are kept.
    await this.#options.credentials.saveTokens(set.tokens, set.expectedGeneration);
    if (this.#sets.get(serverId) === set) this.take(serverId);
  }

  /** Takes them out: they are no longer stored. */
  take(serverId: ServerId): UnsavedTokenSet | undefined {
    const set = this.#sets.get(serverId);
    this.#sets.delete(serverId);
    this.#timers.get(serverId)?.cancel();
    this.#timers.delete(serverId);
    return set;
  }

  /** Tries once more. What cannot be stored now is lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    for (const serverId of [...this.#sets.keys()])
      await this.save(serverId).catch((error: unknown) => {
        this.#options.log(serverId, 'error', 'renewed tokens are lost: they could not be stored', {
          reason: describeError(error),
        });
      });
  }

  #tryLater(set: UnsavedTokenSet, pauseMs: number): void {
    if (this.#isClosed) return;
    const { clock, log } = this.#options;
    const { id } = set.server;
    this.#timers.get(id)?.cancel();
    const timer = clock.after(pauseMs, () => {
      if (this.#sets.get(id) !== set) return;
      this.save(id).then(
        () => log(id, 'info', 'renewed tokens are stored now'),
        () => {
          if (this.#sets.get(id) === set) this.#tryLater(set, Math.min(pauseMs * 2, longestPauseMs));
        },
      );
    });
    this.#timers.set(id, timer);
  }
}
