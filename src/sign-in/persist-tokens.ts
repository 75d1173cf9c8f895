/**
 * sign-in/persist-tokens — stores the result of a sign-in: the registration first, then the tokens.
 *
 * Knows nothing of: how the tokens were requested.
 */
import type { Clock } from '../base/index.ts';
import type { CredentialRepository, OAuthRegistration, TokenSet } from '../model/index.ts';
import { isUnknownClient } from './authorization-request.ts';
import { normaliseScope } from './challenge.ts';
import { signInError } from './errors.ts';
import type { OAuthServer } from './oauth-server.ts';
import { grantOf } from './registration.ts';
import type { TokenResponse } from './token-response.ts';
import type { TokenService } from './token-service.ts';

/**
 * Stores the tokens of a sign-in. They win over a refresh that runs at the same time.
 *
 * @throws sign-in.token_refused, sign-in.registration_dropped, sign-in.bad_token_answer, store.*; then the tokens of before are kept
 */
export async function persistTokens(
  {
    credentials,
    clock,
    tokens: service,
  }: { readonly credentials: CredentialRepository; readonly clock: Clock; readonly tokens: TokenService },
  server: OAuthServer,
  registration: OAuthRegistration,
  answer: TokenResponse,
  requestedScope: string | undefined,
): Promise<TokenSet> {
  if (answer.kind === 'refused') {
    const reason = answer.description === '' ? answer.error : `${answer.error}: ${answer.description}`;
    if (isUnknownClient(answer.error) && registration.source === 'dynamic')
      throw signInError('registration_dropped', { server: server.name, reason });
    throw signInError('token_refused', { server: server.name, reason });
  }
  if (answer.kind === 'unavailable')
    throw signInError('token_refused', { server: server.name, reason: answer.reason });
  if (answer.kind === 'unusable')
    throw signInError('bad_token_answer', { server: server.name, reason: answer.reason });
  const now = clock.now();
  const { accessToken, refreshToken, scope, lifetimeMs } = answer.tokens;
  await credentials.saveRegistration(registration);
  for (;;) {
    const before = await credentials.getTokens(server.id);
    const tokens: TokenSet = {
      serverId: server.id,
      issuer: registration.issuer,
      accessToken,
      refreshToken,
      tokenType: 'Bearer',
      scope: normaliseScope(scope) ?? requestedScope,
      expiresAt: lifetimeMs === undefined ? undefined : now + lifetimeMs,
      generation: (await credentials.lastGeneration(server.id)) + 1,
      updatedAt: now,
    };
    if (await credentials.saveTokens(tokens, before?.generation ?? 0)) {
      const isRenewable = refreshToken !== undefined || grantOf(registration) === 'client_credentials';
      service.accept(server, tokens, requestedScope, isRenewable);
      return tokens;
    }
  }
}
