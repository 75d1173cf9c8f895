/**
 * sign-in/choose-scope — chooses the scope of a sign-in.
 *
 * Pure. The first that is known counts: what the person typed, a step-up, the challenge, the resource metadata.
 *
 * @see MCP 2026-07-28, basic/authorization, "Scope Selection Strategy"
 */
import { normaliseScope, unionScopes } from './challenge.ts';
import type { Discovered } from './discovery.ts';

/**
 * @returns undefined = the server decides. Unless the person typed the scope, it contains `offline_access` exactly if the
 *          authorization server lists that
 */
export function chooseScope(wishes: {
  readonly person: readonly string[] | undefined;
  readonly stepUp: string | undefined;
  readonly challenge: string | undefined;
  readonly discovered: Discovered;
}): string | undefined {
  const { person, stepUp, challenge, discovered } = wishes;
  // The scope that the person typed is requested without a change.
  const typed = normaliseScope(person?.join(' '));
  if (typed !== undefined) return typed;
  const scope = stepUp ?? challenge ?? normaliseScope(discovered.resourceScopes);
  if (scope === undefined) return undefined;
  const { scopes_supported: listed, grant_types_supported: grants } = discovered.authorizationServer;
  const mayRefresh = grants === undefined || grants.includes('refresh_token');
  if (listed?.includes('offline_access') === true && mayRefresh) return unionScopes(scope, 'offline_access');
  return normaliseScope(
    scope
      .split(' ')
      .filter((word) => word !== 'offline_access')
      .join(' '),
  );
}
