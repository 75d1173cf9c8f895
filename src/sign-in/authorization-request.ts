/**
 * sign-in/authorization-request — builds the authorization request, and checks the response to it.
 *
 * Both use the same discovered metadata.
 * Knows nothing of: flows, browsers, tokens.
 *
 * @see RFC 6749, section 4.1; RFC 7636; RFC 8707; RFC 9207
 */
import { cleanText, isMcpMuxError, randomText } from '../base/index.ts';
import type { OAuthRegistration } from '../model/index.ts';
import { authorizationUrlFault } from './authorization-url.ts';
import type { Discovered } from './discovery.ts';
import { signInError } from './errors.ts';

export interface AuthorizationRequest {
  /** Checked. It is safe to show and to open. */
  readonly url: string;
  readonly state: string;
  readonly codeVerifier: string;
}

/** @throws sign-in.bad_authorization_url */
export async function buildAuthorizationRequest(facts: {
  /** As the person named it. */
  readonly server: string;
  readonly discovered: Discovered;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string | undefined;
}): Promise<AuthorizationRequest> {
  const { server, discovered, clientId, redirectUri, scope } = facts;
  const refuseUnsafe = (address: string): void => {
    const reason = authorizationUrlFault(address);
    if (reason !== undefined) throw signInError('bad_authorization_url', { server, reason });
  };
  refuseUnsafe(discovered.authorizationServer.authorization_endpoint ?? '');
  const sdk = await import('@modelcontextprotocol/client');
  const state = randomText(43);
  const { authorizationUrl, codeVerifier } = await sdk.startAuthorization(discovered.issuer, {
    metadata: discovered.authorizationServer as never,
    clientInformation: { client_id: clientId },
    redirectUrl: redirectUri,
    ...(scope === undefined ? {} : { scope }),
    state,
    resource: discovered.resource,
  });
  refuseUnsafe(authorizationUrl.href);
  return { url: authorizationUrl.href, state, codeVerifier };
}

/** Does this `error` say that the server does not know us, or no longer (RFC 6749, sections 4.1.2.1 and 5.2)? */
export function isUnknownClient(error: string): boolean {
  return error === 'unauthorized_client' || error === 'invalid_client';
}

/**
 * Reads the code from the authorization response.
 *
 * @throws sign-in.wrong_issuer: of such an answer nothing is shown; sign-in.answer_refused, sign-in.registration_dropped
 */
export async function codeOfAnswer(
  parameters: URLSearchParams,
  {
    server,
    discovered,
    source,
  }: {
    readonly server: string;
    readonly discovered: Discovered;
    readonly source: OAuthRegistration['source'];
  },
): Promise<string> {
  const refuse = (reason: string): Error => signInError('answer_refused', { server, reason });
  // Parameters must not be repeated (RFC 6749, section 3.1).
  const single = (parameter: string): string | undefined => {
    const values = parameters.getAll(parameter);
    if (values.length > 1) throw refuse(`the response repeats "${parameter}"`);
    return values[0];
  };
  const { issuer, authorizationServer, isAssumed } = discovered;
  const { validateAuthorizationResponseIssuer } = await import('@modelcontextprotocol/client');
  try {
    validateAuthorizationResponseIssuer({
      iss: single('iss'),
      // Assumed endpoints publish no issuer to compare with.
      expectedIssuer: isAssumed ? undefined : issuer,
      issParameterSupported: authorizationServer.authorization_response_iss_parameter_supported === true,
    });
  } catch (error) {
    // An attacker may have written this response, so nothing of it is shown.
    if (isMcpMuxError(error)) throw error;
    throw signInError('wrong_issuer', { server, issuer });
  }
  const failure = single('error');
  if (failure !== undefined) {
    const description = single('error_description');
    const reason = cleanText(description === undefined ? failure : `${failure}: ${description}`);
    // We drop only what we registered ourselves.
    throw isUnknownClient(failure) && source === 'dynamic'
      ? signInError('registration_dropped', { server, reason })
      : refuse(reason);
  }
  const code = single('code');
  if (code === undefined || !/^[\x20-\x7e]{1,4096}$/.test(code))
    throw refuse('the response has no usable code');
  return code;
}
