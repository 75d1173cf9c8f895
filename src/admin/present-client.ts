/**
 * admin/present-client — clients and keys as the contract shows them. A field that is not named here does not leave.
 */
import type { JsonObject } from '../base/index.ts';
import type { ClientDto, KeyDto } from '../contract/index.ts';
import { type ApiKey, type Client, nameOf } from '../model/index.ts';

export function presentKey(key: ApiKey, isStored: boolean): KeyDto {
  return {
    id: key.id,
    clientId: key.clientId,
    name: key.name,
    shownPrefix: key.shownPrefix,
    spaceId: key.limits.spaceId ?? null,
    featureSetIds: [...key.limits.featureSetIds],
    sourceRanges: [...key.sourceRanges],
    expiresAt: key.expiresAt ?? null,
    createdAt: key.createdAt,
    lastUsedAt: key.lastUsedAt ?? null,
    revokedAt: key.revokedAt ?? null,
    isStored,
  };
}

/** @param now epoch ms: a client whose time is over is shown as expired */
export function presentClient(client: Client, liveKeys: number, isStored: boolean, now: number): ClientDto {
  const { introduction, expiresAt } = client;
  const isOver = client.status === 'active' && expiresAt !== undefined && expiresAt <= now;
  return {
    id: client.id,
    kind: client.kind,
    name: nameOf(client),
    ownName: client.name,
    alias: client.alias ?? null,
    status: isOver ? 'expired' : client.status,
    statusAt: client.statusAt,
    spaceId: client.limits.spaceId ?? null,
    featureSetIds: [...client.limits.featureSetIds],
    expiresAt: expiresAt ?? null,
    oauthClientId: client.oauthClientId ?? null,
    createdAt: client.createdAt,
    lastSeenAt: client.lastSeenAt ?? null,
    introduction:
      introduction === undefined
        ? null
        : {
            appName: introduction.appName ?? null,
            appVersion: introduction.appVersion ?? null,
            era: introduction.era,
            revision: introduction.revision,
            capabilities:
              introduction.capabilitiesText === undefined
                ? null
                : (JSON.parse(introduction.capabilitiesText) as JsonObject),
          },
    liveKeys,
    isStored,
  };
}
