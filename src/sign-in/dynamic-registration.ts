/**
 * sign-in/dynamic-registration — dynamic client registration.
 *
 * Many servers reject metadata that they do not know instead of ignoring it. So a rejected request is sent once more with
 * fewer members. The response needs only a client id.
 * Knows nothing of: what is stored.
 *
 * @see RFC 7591, section 3
 */
import {
  cleanText,
  describeError,
  isJsonObject,
  isMcpMuxError,
  type JsonObject,
  Secret,
} from '../base/index.ts';
import { createSafeFetch, type SafeFetch, type SafeFetchOptions } from '../network/index.ts';
import { unionScopes } from './challenge.ts';
import { isClientAuthenticationMethod } from './client-authentication.ts';
import { clientDescription } from './client-metadata.ts';
import type { Discovered } from './discovery.ts';
import { signInError } from './errors.ts';
import { fetchAcrossRedirect } from './metadata-fetch.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';

/** The response to a registration. */
export interface RegistrationAnswer {
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly facts: JsonObject;
}

export interface RegistrationWishes {
  readonly server: OAuthServer;
  readonly discovered: Discovered;
  readonly clientName: string;
  readonly redirectUri: string;
  readonly scope: string | undefined;
}

/**
 * Registers. If the server rejects the metadata, it is asked once more with fewer members.
 *
 * @throws sign-in.registration_refused, sign-in.not_offered
 */
export async function registerDynamically(
  asked: RegistrationWishes,
  fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>,
  log: OAuthLog,
): Promise<RegistrationAnswer> {
  const { server, discovered, redirectUri } = asked;
  const endpoint = discovered.authorizationServer.registration_endpoint as string;
  const fetch = createSafeFetch('the client registration', { ...fetchOptions, serverUrl: server.url });
  const supported = discovered.authorizationServer.token_endpoint_auth_methods_supported;
  const wanted = ['none', 'client_secret_basic', 'client_secret_post'].find(
    (method) => supported === undefined || supported.length === 0 || supported.includes(method),
  );
  const description = clientDescription(asked.clientName, [redirectUri]);
  const { application_type: _, ...plain } = description;
  const scope = unionScopes(asked.scope, discovered.resourceScopes);
  const attempts = [
    {
      ...description,
      token_endpoint_auth_method: wanted ?? 'none',
      ...(scope === undefined ? {} : { scope }),
    },
    { ...plain, token_endpoint_auth_method: wanted === 'none' ? 'client_secret_basic' : (wanted ?? 'none') },
  ];
  const refused = (reason: string, cause?: unknown) =>
    signInError(
      'registration_refused',
      { server: server.name, issuer: discovered.issuer, reason, redirectUri },
      cause,
    );

  for (const [index, wishes] of attempts.entries()) {
    const isLast = index === attempts.length - 1;
    const { status, text } = await post(fetch, endpoint, wishes).catch((error: unknown) => {
      throw refused(isMcpMuxError(error) ? error.message : cleanText(describeError(error)), error);
    });
    if (status >= 200 && status < 300) {
      const answer = judgeRegistration(text, wishes.token_endpoint_auth_method);
      if (typeof answer === 'string') throw refused(`its response is not a registration: ${answer}`);
      return answer;
    }
    if (isRefusalOfWishes(status) && !isLast) {
      log(server.id, 'debug', 'registration refused, trying once more with fewer members', { status });
      continue;
    }
    if (discovered.isAssumed) {
      throw signInError('not_offered', {
        server: server.name,
        reason: 'no metadata is published and no client can be registered',
      });
    }
    throw refused(`HTTP ${status}${refusalText(text)}`);
  }
  throw new Error('unreachable: the last attempt returns or throws');
}

async function post(
  fetch: SafeFetch,
  endpoint: string,
  wishes: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetchAcrossRedirect(fetch, endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wishes),
  });
  return { status: response.status, text: await response.text() };
}

/** Any 4xx is about the metadata, except 401 and 403 (credentials are needed) and 429 (too many requests). */
function isRefusalOfWishes(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429;
}

/**
 * Only the client id is required. What the server does not repeat is as we asked (RFC 7591, section 3.2.1).
 *
 * @returns the registration, or what is wrong with the response
 */
function judgeRegistration(text: string, askedMethod: string): RegistrationAnswer | string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (!isJsonObject(answer)) return 'it is not a JSON object';
  const { client_id: clientId, client_secret: secret, registration_access_token: _, ...facts } = answer;
  if (typeof clientId !== 'string' || !/^[\x20-\x7e]{1,2048}$/.test(clientId))
    return 'it has no usable client_id';
  const clientSecret = typeof secret === 'string' && secret !== '' ? new Secret(secret) : undefined;
  const told = facts['token_endpoint_auth_method'];
  const method = isClientAuthenticationMethod(told) ? told : askedMethod;
  return { clientId, clientSecret, facts: { ...facts, token_endpoint_auth_method: method } };
}

/** `error` and `error_description` of a refusal, cleaned. */
function refusalText(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (!isJsonObject(parsed) || typeof parsed['error'] !== 'string') return '';
    const description = parsed['error_description'];
    return `, ${cleanText(parsed['error'], 60)}${typeof description === 'string' ? `: ${cleanText(description)}` : ''}`;
  } catch {
    return '';
  }
}
