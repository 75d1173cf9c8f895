/**
 * sign-in/refresh-parameters — which optional parameters a token refresh carries, and what is left out or added when the
 * server refuses the request for them.
 *
 *   resource ─400→ without it ─400→ with the granted scope          (invalid_scope: the other way round)
 *
 * Pure. A server that does not know `resource` may refuse it, and one that forgot the scope may want it again; both are
 * no reason to end a sign-in. Such a refusal spends no refresh token.
 *
 * @see RFC 8707, section 2.2; RFC 6749, section 6
 */
import type { TokenResponse } from './token-response.ts';

export interface RefreshParameters {
  readonly hasResource: boolean;
  readonly hasScope: boolean;
}

/** The `error` codes that are not about the form of the request: asking in another way would not help. */
const decided: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'server_error',
  'temporarily_unavailable',
  'slow_down',
]);

/** Is it a refusal that another form of the request may turn into a grant? */
export function isAboutParameters(answer: TokenResponse): boolean {
  if (answer.kind === 'refused') return answer.status === 400 && !decided.has(answer.error);
  return answer.kind === 'unavailable' && answer.status === 400;
}

/** @param refusals of `first` and what came after it, in order. @returns undefined = every way was tried */
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
  // The same words again: what was changed was not what the server minds.
  const isUnchanged = JSON.stringify(one) === JSON.stringify(two);
  if (!first.hasResource || !mayAddScope) return undefined;
  return scopeFirst
    ? { hasResource: false, hasScope: !isUnchanged }
    : { hasResource: isUnchanged, hasScope: true };
}
