/**
 * access/principal-access — what was settled for a client and its credential, as the resolution of grants reads it.
 *
 * Knows nothing of: claims. All of this a person has settled.
 */
import { type FeatureSetId, type Principal, principalIdOf, type SpaceId } from '../model/index.ts';

export interface PrincipalAccess {
  /** Nothing outside of this Space, whatever the client claims. */
  readonly spaceLock?: SpaceId | undefined;
  /** Exactly these sets, whatever the client claims. They are of one Space, which is locked with them. */
  readonly setLock?: readonly FeatureSetId[] | undefined;
  /** Of what it gets by any rule only what these hold too. */
  readonly setBound?: readonly FeatureSetId[] | undefined;
  /** The client and its credential are bound to different Spaces: then nothing is open to both. */
  readonly isContradiction?: boolean;
  /** The person at the admin door: all of this Space, whatever its sets choose. */
  readonly everythingOf?: SpaceId | undefined;
  /** It comes through a tunnel: only servers that were chosen for that. */
  readonly isOutside?: boolean;
  /** Ids under which mappings may name this client. */
  readonly ids?: readonly string[] | undefined;
}

/** Of the sets that the key and the client are bound to, the key's are seen, as far as the client's hold them too. */
export function accessOf({
  id,
  kind,
  clientId,
  limits,
  credentialLimits,
  isOutside = false,
}: Pick<Principal, 'id' | 'kind' | 'limits' | 'credentialLimits'> &
  Partial<Pick<Principal, 'clientId' | 'isOutside'>>): PrincipalAccess {
  if (kind === 'admin') return { everythingOf: limits.spaceId };
  const ofKey = credentialLimits.featureSetIds;
  const ofClient = limits.featureSetIds;
  const spaceLock = credentialLimits.spaceId ?? limits.spaceId;
  return {
    spaceLock,
    setLock: ofKey.length > 0 ? ofKey : ofClient.length > 0 ? ofClient : undefined,
    setBound: ofKey.length > 0 && ofClient.length > 0 ? ofClient : undefined,
    isContradiction: limits.spaceId !== undefined && spaceLock !== limits.spaceId,
    isOutside,
    // A setting of the client holds wherever it comes from.
    ids: [isOutside && clientId !== undefined ? principalIdOf(clientId) : id],
  };
}
