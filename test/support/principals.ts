/**
 * support/principals — principals for tests that need somebody who calls.
 */
import { type ClientId, noLimits, type Principal, principalIdOf } from '../../src/model/index.ts';

/** @param id of the client: `k1` → `client:k1` */
export function principalOf(id: string, changed: Partial<Principal> = {}): Principal {
  const clientId = id as ClientId;
  return {
    id: principalIdOf(clientId),
    kind: 'key',
    name: id,
    clientId,
    credentialId: undefined,
    limits: noLimits,
    credentialLimits: noLimits,
    isLive: true,
    ...changed,
  };
}
