/**
 * sign-in/token-endpoint — sends the requests with credentials: code, refresh, client credentials, revocation.
 *
 * oauth4webapi builds the requests, safe-fetch sends them, and `token-response` reads the responses. Nothing here throws,
 * so that a caller always gets to release its lease.
 */
import type { AuthorizationServer, Client } from 'oauth4webapi';
import { cleanText, describeError, isMcpMuxError } from '../base/index.ts';
import type { SafeFetch } from '../network/index.ts';
import { type ClientIdentity, clientAuthentication } from './client-authentication.ts';
import type { AuthorizationServerFacts } from './metadata-documents.ts';
import { parseTokenResponse, type TokenResponse } from './token-response.ts';

export interface TokenRequest {
  readonly authorizationServer: AuthorizationServerFacts;
  readonly identity: ClientIdentity;
  readonly grantType: 'authorization_code' | 'refresh_token' | 'client_credentials';
  /** Without `grant_type` and client authentication. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly fetch: SafeFetch;
}

export async function requestTokens(request: TokenRequest): Promise<TokenResponse> {
  try {
    const oauth = await import('oauth4webapi');
    const response = await oauth.genericTokenEndpointRequest(
      request.authorizationServer as unknown as AuthorizationServer,
      { client_id: request.identity.clientId } as Client,
      await clientAuthentication(request.identity),
      request.grantType,
      { ...request.parameters },
      // safe-fetch decides whether plain http is allowed.
      { [oauth.customFetch]: request.fetch as never, [oauth.allowInsecureRequests]: true },
    );
    return parseTokenResponse(response.status, await response.text(), response.headers.get('retry-after'));
  } catch (error) {
    if (isMcpMuxError(error, 'network.fetch_refused')) return { kind: 'unusable', reason: error.message };
    if (isMcpMuxError(error)) {
      return {
        kind: 'unavailable',
        reason: String(error.facts['reason'] ?? error.message),
        mayHaveHappened: !isBeforeSending(error.cause),
      };
    }
    return { kind: 'unusable', reason: cleanText(describeError(error)) };
  }
}

/** Revokes one token by RFC 7009. @returns undefined if it worked, otherwise why not */
export async function revokeToken(
  authorizationServer: AuthorizationServerFacts,
  identity: ClientIdentity,
  token: string,
  kind: 'refresh_token' | 'access_token',
  fetch: SafeFetch,
): Promise<string | undefined> {
  if (authorizationServer.revocation_endpoint === undefined) return 'the provider offers no revocation';
  try {
    const oauth = await import('oauth4webapi');
    const response = await oauth.revocationRequest(
      authorizationServer as unknown as AuthorizationServer,
      { client_id: identity.clientId } as Client,
      await clientAuthentication(identity),
      token,
      {
        additionalParameters: { token_type_hint: kind },
        [oauth.customFetch]: fetch as never,
        [oauth.allowInsecureRequests]: true,
      },
    );
    return response.ok ? undefined : `HTTP ${response.status}`;
  } catch (error) {
    return cleanText(describeError(error));
  }
}

/** After these failures it is certain that nothing was sent. */
function isBeforeSending(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return (
    code === 'ECONNREFUSED' ||
    code === 'ENOTFOUND' ||
    code === 'EAI_AGAIN' ||
    code === 'ENETUNREACH' ||
    code === 'EHOSTUNREACH'
  );
}
