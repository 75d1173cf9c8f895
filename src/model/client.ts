/**
 * model/client — an AI app in front of us, as it is kept: who it is, what it may reach, whether it may come in.
 *
 * A client is known by what it holds (keys, or tokens of an OAuth grant), never by what it says of itself.
 */
import type { Era, Revision } from './era.ts';
import type { ClientId, FeatureSetId, SpaceId } from './ids.ts';

/**
 * How it comes in. `key`: with an API key. `dcr`, `cimd`, `preregistered`: with OAuth, by how it became known.
 * `anonymous`: whoever comes while authentication is switched off; there is one such record.
 */
export type ClientKind = 'key' | 'dcr' | 'cimd' | 'preregistered' | 'anonymous';

/** `paused` can come back, `revoked` cannot. */
export type ClientStatus = 'active' | 'paused' | 'revoked';

/** What a client or one of its keys is held to. Both hold together: what one of them does not allow is not allowed. */
export interface AccessLimits {
  /** Only this Space; undefined = whichever the rules give. */
  readonly spaceId: SpaceId | undefined;
  /** Only what these FeatureSets hold; empty = whatever the rules give. */
  readonly featureSetIds: readonly FeatureSetId[];
}

export const noLimits: AccessLimits = Object.freeze({ spaceId: undefined, featureSetIds: Object.freeze([]) });

/** What a client said of itself when it was last heard: a claim, for people to read. */
export interface ClientIntroduction {
  readonly appName: string | undefined;
  readonly appVersion: string | undefined;
  readonly era: Era;
  readonly revision: Revision;
  /** JSON text of the capabilities it declared; at most 4 KiB, else undefined. */
  readonly capabilitiesText: string | undefined;
}

export interface Client {
  readonly id: ClientId;
  readonly kind: ClientKind;
  /** The name it came with: the key's, or what an OAuth client calls itself. */
  readonly name: string;
  /** What the person calls it. */
  readonly alias: string | undefined;
  readonly status: ClientStatus;
  /** Epoch ms of the last change of the status. */
  readonly statusAt: number;
  readonly limits: AccessLimits;
  /** Epoch ms from which it is refused; undefined = never. */
  readonly expiresAt: number | undefined;
  /** `client_id` of OAuth. Several installations of one app may share it. */
  readonly oauthClientId: string | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly lastSeenAt: number | undefined;
  readonly introduction: ClientIntroduction | undefined;
}

/** The record that stands for whoever comes while authentication is switched off. */
export const anonymousClientId = 'anonymous' as ClientId;

/** The name by which people know a client. */
export function nameOf(client: Pick<Client, 'name' | 'alias'>): string {
  return client.alias ?? client.name;
}
