/**
 * sign-in/sign-in-preparation — prepares a sign-in: the authorization server, our registration, the scope.
 *
 * Knows nothing of: flows, callbacks, tokens that are in use.
 */
import { describeError, showUrl } from '../base/index.ts';
import type { OAuthRegistration } from '../model/index.ts';
import type { BearerChallenge } from './challenge.ts';
import { chooseScope } from './choose-scope.ts';
import { type Discovered, discover } from './discovery.ts';
import { signInError } from './errors.ts';
import type { OAuthServer } from './oauth-server.ts';
import { probeServer } from './probe.ts';
import { ensureRegistration, findRegistration } from './registration.ts';
import type { SignInOptions, StartOptions } from './sign-in-options.ts';

/** What the caller asked for. */
type Wishes = Pick<StartOptions, 'client' | 'scopes' | 'challenge' | 'isFreshRegistration'>;

export interface Prepared {
  readonly discovered: Discovered;
  readonly registration: OAuthRegistration;
  readonly scope: string | undefined;
  /** It was made by an earlier sign-in, and by us: the provider may have dropped it since. */
  readonly isRegistrationReused: boolean;
}

export class SignInPreparation {
  readonly #options: Pick<SignInOptions, 'credentials' | 'tokens' | 'clock' | 'log' | 'registration'>;
  readonly #stableRedirectUri: string;

  /** @param stableRedirectUri stands in our client metadata document */
  constructor(options: SignInOptions, stableRedirectUri: string) {
    this.#options = options;
    this.#stableRedirectUri = stableRedirectUri;
  }

  /** @throws sign-in.* */
  async discover(
    server: OAuthServer,
    wishes: Wishes,
    grant: 'authorization_code' | 'client_credentials',
  ): Promise<Discovered> {
    const { credentials, tokens, log, registration } = this.#options;
    const known = await credentials.getRegistration(server.id);
    if (this.#challengeFor(server, wishes) === undefined) {
      // The challenge of this server is not known yet. It may name its metadata and its scopes.
      const answer = await probeServer(server).catch((error: unknown) => {
        throw signInError('discovery_failed', { server: server.name, reason: describeError(error) }, error);
      });
      if (answer.status === 401) tokens.noteChallenge(server, answer.wwwAuthenticate);
    }
    return discover(server, {
      fetchOptions: registration.fetchOptions,
      challenge: this.#challengeFor(server, wishes),
      preferredIssuer: known?.issuer,
      isForClientCredentials: grant === 'client_credentials',
      onStep: ({ name, outcome, url, detail }) =>
        log(server.id, outcome === 'failed' ? 'warn' : 'debug', `discovery: ${name} ${outcome}`, {
          url: url === undefined ? '' : showUrl(url),
          detail,
        }),
    });
  }

  /** @throws sign-in.*, store.* */
  async register(
    server: OAuthServer,
    wishes: Wishes,
    discovered: Discovered,
    grant: 'authorization_code' | 'client_credentials',
    redirectUri: string | undefined,
  ): Promise<Prepared> {
    const { credentials, clock, log, registration: settings } = this.#options;
    const scope = this.#chooseScope(server, wishes, discovered);
    const isFresh = wishes.isFreshRegistration === true;
    const before = await findRegistration(credentials, server.id, discovered.issuer);
    const registration = await ensureRegistration(
      credentials,
      { ...settings, documentRedirectUris: [this.#stableRedirectUri] },
      { server, discovered, redirectUri, scope, given: wishes.client, grant, isFresh },
      log,
      clock.now(),
    );
    // The current tokens need their registration until there are new ones. Giving up this sign-in must not end them.
    const isSignedIn = (await credentials.getTokens(server.id)) !== undefined;
    if (!isSignedIn) await credentials.saveRegistration(registration);
    const isRegistrationReused =
      registration.source === 'dynamic' && registration.clientId === before?.clientId;
    return { discovered, registration, scope, isRegistrationReused };
  }

  #challengeFor(server: OAuthServer, wishes: Wishes): BearerChallenge | undefined {
    return wishes.challenge ?? this.#options.tokens.challengeOf(server.id);
  }

  #chooseScope(server: OAuthServer, wishes: Wishes, discovered: Discovered): string | undefined {
    const need = this.#options.tokens.needOf(server.id);
    return chooseScope({
      person: wishes.scopes,
      stepUp: need?.kind === 'more-scope' ? need.scope : undefined,
      challenge: this.#challengeFor(server, wishes)?.scope,
      discovered,
    });
  }
}
