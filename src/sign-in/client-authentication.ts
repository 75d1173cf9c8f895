/**
 * sign-in/client-authentication — client authentication at the token endpoint.
 *
 * `none`, `client_secret_basic`, `client_secret_post`, `private_key_jwt`.
 */
import type { ClientAuth } from 'oauth4webapi';
import type { Secret } from '../base/index.ts';

export type ClientAuthenticationMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt';

const methods: readonly string[] = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'];

export interface ClientIdentity {
  readonly clientId: string;
  /** The client secret, or a private key (PKCS #8, PEM) for `private_key_jwt`. */
  readonly clientSecret: Secret | undefined;
  readonly method: ClientAuthenticationMethod;
}

export function isClientAuthenticationMethod(value: unknown): value is ClientAuthenticationMethod {
  return typeof value === 'string' && methods.includes(value);
}

/**
 * Chooses the method for a client.
 *
 * @param told      the method the registration answer or the person named
 * @param supported `token_endpoint_auth_methods_supported`; undefined = not published (RFC 8414: then it is basic)
 */
export function chooseClientAuthentication(
  hasSecret: boolean,
  told: string | undefined,
  supported: readonly string[] | undefined,
): ClientAuthenticationMethod {
  if (isClientAuthenticationMethod(told) && (told === 'none' || hasSecret)) {
    if (supported === undefined || supported.length === 0 || supported.includes(told)) return told;
  }
  if (!hasSecret) return 'none';
  if (supported === undefined || supported.length === 0 || supported.includes('client_secret_basic'))
    return 'client_secret_basic';
  return 'client_secret_post';
}

/** As oauth4webapi takes it. Reveals the client secret into the request that carries it. */
export async function clientAuthentication(identity: ClientIdentity): Promise<ClientAuth> {
  const secret = identity.clientSecret?.reveal() ?? '';
  const { clientId } = identity;
  switch (identity.method) {
    case 'none':
      return (_server, _client, body) => body.set('client_id', clientId);
    case 'client_secret_post':
      return (_server, _client, body) => {
        body.set('client_id', clientId);
        body.set('client_secret', secret);
      };
    case 'client_secret_basic':
      // RFC 6749, section 2.3.1 wants both parts form-encoded. Unreserved characters stay as they are (oauth4webapi's own
      // encoding turns "-" into "%2D"): many servers do not decode, and most client ids are UUIDs.
      return (_server, _client, _body, headers) => {
        const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
        headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
      };
    case 'private_key_jwt': {
      const [{ PrivateKeyJwt }, { importPKCS8 }] = await Promise.all([
        import('oauth4webapi'),
        import('jose'),
      ]);
      return PrivateKeyJwt(await importPKCS8(secret, algorithmOfKey(secret)));
    }
  }
}

/** The algorithm follows from the key: RS256 for RSA, ES256 and so on by the curve, EdDSA for Ed25519. */
function algorithmOfKey(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64').toString('hex');
  if (der.includes('06082a8648ce3d030107')) return 'ES256';
  if (der.includes('06052b81040022')) return 'ES384';
  if (der.includes('06052b81040023')) return 'ES512';
  if (der.includes('06032b6570')) return 'EdDSA';
  return 'RS256';
}
