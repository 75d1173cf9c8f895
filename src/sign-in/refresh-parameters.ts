/**
 * sign-in/refresh-parameters — the optional parameters of a token refresh, and which to try after a refusal.
 *
 *   resource ─400→ without it ─400→ with the granted scope          (invalid_scope: the other way round)
 *
 * Pure. Some servers refuse `resource`, and some want the scope again. Neither ends the sign-in. Such a refusal does not
 * use up the refresh token.
 *
 * @see RFC 8707, section 2.2; RFC 6749, section 6
 */
import type { TokenResponse } from './token-response.ts';

export interface RefreshParameters {
  readonly hasResource: boolean;
  readonly hasScope: boolean;
}

/** The `error` codes that are not about the parameters. Other parameters would not help. */
const decided: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'server_error',
  'temporarily_unavailable',
  'slow_down',
]);

/** Could the request succeed with other parameters? */
export function isAboutParameters(answer: TokenResponse): boolean {
  if (answer.kind === 'refused') return answer.status === 400 && !decided.has(answer.error);
  return answer.kind === 'unavailable' && answer.status === 400;
}

/** @param refusals in order, that of `first` first. @returns undefined if everything was tried */
export function nextParameters(
  first: RefreshParameters,
  refusals: readonly TokenResponse[],
  isScopeKnown: boolean,
): RefreshParameters | undefined {
  const [one, two, three] = refusals;
  const mayAddScope = isScopeKnown && !first.hasScope;
  const scopeFirst = mayAddScope && one?.kind === 'refused' && one.error === 'invalid_scope';
  if (three !== undefined || one === undefined) return undefined;
  if (two === undefined) {
    if (scopeFirst) return { ...first, hasScope: true };
    if (first.hasResource) return { ...first, hasResource: false };
    return mayAddScope ? { ...first, hasScope: true } : undefined;
  }
  // The same error again means that the change did not matter.
  const isUnchanged = JSON.stringify(one) === JSON.stringify(two);
  if (!first.hasResource || !mayAddScope) return undefined;
  return scopeFirst
    ? { hasResource: false, hasScope: !isUnchanged }
    : { hasResource: isUnchanged, hasScope: true };
}
