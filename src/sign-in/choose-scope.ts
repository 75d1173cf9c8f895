/**
 * sign-in/choose-scope — which permissions a sign-in asks for.
 *
 * Pure. Asked for by the person > a step-up > the challenge > the resource's metadata > none.
 *
 * @see MCP 2026-07-28, basic/authorization, "Scope Selection Strategy"
 */
import { normaliseScope, unionScopes } from './challenge.ts';
import type { Discovered } from './discovery.ts';

/**
 * @returns undefined = the server decides. Where the person did not say, `offline_access` is in it exactly where the
 *          authorization server lists it
 */
export function chooseScope(wishes: {
  readonly person: readonly string[] | undefined;
  readonly stepUp: string | undefined;
  readonly challenge: string | undefined;
  readonly discovered: Discovered;
}): string | undefined {
  const { person, stepUp, challenge, discovered } = wishes;
  // What the person typed is asked for as it stands: nothing is added to it, nothing taken away.
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
