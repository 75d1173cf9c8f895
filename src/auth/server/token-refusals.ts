/**
 * auth/server/token-refusals — what a client hears whose access token is known and not good.
 */
import type { Refusal } from '../../http/index.ts';
import type { TokenRefusal } from './access-tokens.ts';
import { scope } from './scope.ts';

/** Why a token that is known is refused. */
export const tokenRefusals: Readonly<Record<TokenRefusal, (metadata: string | undefined) => Refusal>> = {
  paused: () => ({
    status: 403,
    code: 'auth.client_paused',
    message:
      'This client is paused. The person who runs mcpmux can let it in again: mcpmux client resume NAME',
  }),
  expired: (metadata) => invalidToken('The access token has expired.', 'auth.credential_expired', metadata),
  'wrong-resource': (metadata) =>
    invalidToken('The access token is for another URL of this gateway.', 'auth.wrong_resource', metadata),
};

function invalidToken(message: string, code: string, metadata: string | undefined): Refusal {
  return {
    status: 401,
    code,
    message,
    headers: [
      'www-authenticate',
      `Bearer realm="mcpmux", error="invalid_token"${
        metadata === undefined ? '' : `, resource_metadata="${metadata}", scope="${scope}"`
      }`,
    ],
  };
}
