/**
 * upstream/sign-in-status — how one server stands with signing in, and what each change of that means for its life.
 *
 * Owns: until when an open sign-in may take, whether the token is being renewed. Knows nothing of: tokens, browsers.
 */

import type { McpMuxError } from '../base/index.ts';
import type { SignInNeed } from '../sign-in/index.ts';
import { transportError } from '../transports/index.ts';
import type { ServerLifecycle } from './server-lifecycle.ts';

/** Why a person is needed, and whether another sign-in would help. */
export type KnownNeed = Pick<SignInNeed, 'kind' | 'reason' | 'isHopeless' | 'isTokenRefused' | 'hasToken'>;

export interface SignInStatusOptions {
  readonly serverName: string;
  readonly life: ServerLifecycle;
  /** Why a person is needed, where it is known. */
  need(): KnownNeed | undefined;
  /** What is connected ends for this reason. */
  refused(flowId: number, error: McpMuxError): void;
  markUnavailable(): Promise<void>;
}

export class SignInStatus {
  readonly #options: SignInStatusOptions;
  readonly #life: ServerLifecycle;
  #expiresAt: number | undefined;
  #isRenewing = false;

  constructor(options: SignInStatusOptions) {
    this.#options = options;
    this.#life = options.life;
  }

  /** The end of the time for the sign-in that is open, epoch ms. */
  get expiresAt(): number | undefined {
    return this.#expiresAt;
  }
  get isRenewing(): boolean {
    return this.#isRenewing;
  }
  get need(): KnownNeed | undefined {
    return this.#options.need();
  }

  /** A person is signing in until `expiresAt` (epoch ms). */
  began(expiresAt: number): void {
    this.#expiresAt = expiresAt;
    this.#life.feed({ kind: 'signing_in', flowId: this.#life.flowId });
  }

  /** It ended without a token. */
  ended(error: McpMuxError): void {
    this.#expiresAt = undefined;
    this.#life.error = error;
    this.#life.feed({ kind: 'sign_in_ended' });
  }

  /** A person wanted to sign in, and it could not even begin: the reason is worth more than that a sign-in is needed. */
  impossible(error: McpMuxError): void {
    if (this.#life.phase !== 'oauth_required') return;
    this.#life.error = error;
    this.#life.tell();
  }

  /** There is a token now: what waited for it connects, what is connected begins anew with it. */
  succeeded(): void {
    this.#expiresAt = undefined;
    const { phase } = this.#life;
    this.#life.feed({ kind: phase === 'authenticating' || phase === 'oauth_required' ? 'token' : 'again' });
  }

  /** The server takes no request of ours any more until a person has signed in. */
  required(): void {
    const { phase, flowId } = this.#life;
    if (phase === 'ready' || phase === 'listing') this.#options.refused(flowId, this.asError());
  }

  /** A person has signed out. Resolves when nothing is connected any more and its features are marked. */
  async signedOut(): Promise<void> {
    this.#expiresAt = undefined;
    this.#life.error = transportError('needs_sign_in', {
      server: this.#options.serverName,
      reason: 'you have signed out',
    });
    this.#life.feed({ kind: 'signed_out' });
    await this.#options.markUnavailable();
  }

  /** Its token is being renewed, or that has ended; for the status a person sees. */
  renewing(isRenewing: boolean): void {
    if (this.#isRenewing === isRenewing) return;
    this.#isRenewing = isRenewing;
    if (this.#life.phase === 'ready') this.#life.tell();
  }

  /** That a sign-in is needed, with the reason, which the wire that met it does not know. */
  asError(cause?: McpMuxError): McpMuxError {
    const need = this.#options.need();
    const code = need?.isHopeless === true ? 'permission_refused' : 'needs_sign_in';
    const facts = {
      server: this.#options.serverName,
      reason: need?.reason,
      isTokenRefused: need?.isTokenRefused === true,
    };
    return transportError(code, facts, cause);
  }
}
