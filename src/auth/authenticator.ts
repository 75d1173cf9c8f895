/**
 * auth/authenticator — the door's question "who is it?", answered from the ways to sign in that are switched on.
 *
 * Identity comes from a verified credential only: never from a header, an address or what a client says of itself.
 * Knows nothing of: how a token travelled.
 */
import type { Exchange, Refusal } from '../http/index.ts';
import { anonymousClientId, type Principal } from '../model/index.ts';
import type { ApiKeys, KeyRefusal } from './api-keys.ts';
import type { Clients } from './clients.ts';
import type { AuthorizationServer } from './server/authorization-server.ts';
import { accessTokenPrefix } from './server/token-kinds.ts';
import { tokenRefusals } from './server/token-refusals.ts';

/** @returns undefined = nobody we know, the door answers 401; a refusal = known, and not let in */
export type Authenticator = (
  token: string | undefined,
  exchange: Exchange,
) => Principal | Refusal | undefined;

export interface AuthenticatorOptions {
  readonly apiKeys: Pick<ApiKeys, 'authenticate'>;
  readonly clients: Clients;
  /** Undefined = nobody signs in with OAuth. */
  readonly authorizationServer?: Pick<AuthorizationServer, 'authenticate' | 'challengeOf'> | undefined;
  /** `mcpmux start --no-auth`: everybody on this machine is let in; a valid key still counts. */
  readonly isAuthenticationOff: boolean;
}

/**
 * A client that a person has paused gets 403 and not 401: a new credential would not help, and a client that can sign in
 * by itself would try for ever.
 */
export const keyRefusals: Readonly<Record<KeyRefusal, Refusal>> = {
  paused: {
    status: 403,
    code: 'auth.client_paused',
    message:
      'This client is paused. The person who runs mcpmux can let it in again: mcpmux client resume NAME',
  },
  expired: {
    status: 401,
    code: 'auth.credential_expired',
    message: 'The key has expired. Make the next one: mcpmux key renew NAME',
    headers: ['www-authenticate', 'Bearer realm="mcpmux", error="invalid_token"'],
  },
  'bad-source': {
    status: 403,
    code: 'auth.bad_source',
    message: 'This key may not be used from this address; see: mcpmux key list',
  },
};

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { apiKeys, clients, authorizationServer } = options;
  const anonymous = options.isAuthenticationOff ? clients.entry(anonymousClientId) : undefined;
  const stranger = anonymous === undefined ? undefined : clients.createPrincipal(anonymous, undefined);
  return (token, exchange) => {
    if (token !== undefined && authorizationServer !== undefined && token.startsWith(accessTokenPrefix)) {
      const answer = authorizationServer.authenticate(token, exchange);
      if (typeof answer === 'object') return answer;
      if (answer !== undefined)
        return tokenRefusals[answer](authorizationServer.challengeOf(exchange, token)?.metadata);
    } else if (token !== undefined) {
      const answer = apiKeys.authenticate(token, () => exchange.request.socket.remoteAddress);
      if (answer !== undefined) return typeof answer === 'string' ? keyRefusals[answer] : answer;
    }
    if (stranger === undefined || anonymous === undefined) return undefined;
    if (!stranger.isLive) return keyRefusals.paused;
    clients.noteSeen(anonymous);
    return stranger;
  };
}
