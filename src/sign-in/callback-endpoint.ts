/**
 * sign-in/callback-endpoint — the redirect URI of a sign-in: the public URL if there is one, otherwise the loopback
 * listener. The listener is open while a sign-in is, and a few seconds longer.
 *
 * The redirect URI is part of a registration, so the port of the stored registration is tried first.
 * Knows nothing of: flows, states, the responses.
 */
import { type Clock, describeError, type Logger, type Timer } from '../base/index.ts';
import type { CredentialRepository } from '../model/index.ts';
import {
  CallbackListener,
  callbackUri,
  defaultCallbackPort,
  portOfCallbackUri,
} from './callback-listener.ts';
import { signInError } from './errors.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';
import { findRegistration } from './registration.ts';
import type { ResultPage } from './result-page.ts';

/** After the last flow the listener stays this long, so that a late callback gets a page instead of a refused connection. */
const listenerLingerMs = 10_000;

export interface CallbackEndpointOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly log: OAuthLog;
  /** Of the daemon: told what goes wrong with a request. */
  readonly logger?: Logger;
  readonly callbackPort?: number;
  readonly publicRedirectUri?: string;
  readonly onCallback: (parameters: URLSearchParams) => Promise<ResultPage>;
  /** Is a sign-in open, or about to be? */
  readonly isNeeded: () => boolean;
}

export class CallbackEndpoint {
  readonly #options: CallbackEndpointOptions;
  readonly #listener: CallbackListener;
  #linger: Timer | undefined;

  constructor(options: CallbackEndpointOptions) {
    this.#options = options;
    this.#listener = new CallbackListener(options.onCallback, options.logger);
  }

  /** The redirect URI of our client metadata document: the one that does not depend on which port is free. */
  get stableRedirectUri(): string {
    const { publicRedirectUri, callbackPort } = this.#options;
    return publicRedirectUri ?? callbackUri(callbackPort ?? defaultCallbackPort);
  }

  /**
   * Gives the redirect URI, and listens on it. The port of the existing registration is tried first, then ours, then any.
   *
   * @throws sign-in.callback_port_taken
   */
  async open(
    server: OAuthServer,
    facts: { readonly issuer: string; readonly isClientGiven: boolean; readonly isBrowserElsewhere: boolean },
  ): Promise<string> {
    const { publicRedirectUri, callbackPort = defaultCallbackPort, credentials, log } = this.#options;
    if (publicRedirectUri !== undefined) return publicRedirectUri;
    const registration = await findRegistration(credentials, server.id, facts.issuer);
    const registeredPort = portOfCallbackUri(registration?.redirectUri);
    const isFixed = facts.isClientGiven || registration?.source === 'pre-registered';
    const preferred = registeredPort ?? callbackPort;
    this.#linger?.cancel();
    try {
      // A client that was registered by hand has one redirect URI; another port would be refused by its provider.
      const ports = isFixed ? [preferred] : [...new Set([preferred, callbackPort, 0])];
      const port = await this.#listener.open(ports);
      if (!isFixed || port === preferred) return callbackUri(port);
      throw new Error(`the listener is in use on port ${port}`);
    } catch (error) {
      // The person pastes the address, so no listener is needed.
      if (facts.isBrowserElsewhere) return callbackUri(preferred);
      log(server.id, 'error', 'the callback listener cannot be opened', { port: preferred });
      throw signInError(
        'callback_port_taken',
        { server: server.name, redirectUri: callbackUri(preferred), reason: describeError(error) },
        error,
      );
    }
  }

  /** Closes the listener after a few seconds, unless a sign-in needs it by then. */
  closeWhenIdle(): void {
    const { clock, isNeeded } = this.#options;
    if (isNeeded() || this.#listener.port === undefined) return;
    this.#linger?.cancel();
    this.#linger = clock.after(listenerLingerMs, () => {
      if (!isNeeded()) void this.#listener.close();
    });
  }

  async close(): Promise<void> {
    this.#linger?.cancel();
    await this.#listener.close();
  }
}
