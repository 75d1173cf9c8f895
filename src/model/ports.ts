/**
 * model/ports — what the rooms ask of the outside. store/ makes the repositories real; daemon/compose hands them in.
 *
 * A repository method that returns has written durably. Rows that hold a Secret are sealed before they reach the disk.
 * All ports throw `store.*` errors (locked, newer database, corrupt, conflict) and nothing else.
 */

import type { ApiKey } from './api-key.ts';
import type { ApprovalRepository } from './approval.ts';
import type { AuditAnchor, AuditQuery, AuditRow } from './audit.ts';
import type { CallHistoryRepository } from './call-record.ts';
import type { FaceKey } from './caller.ts';
import type { Client, ClientIntroduction } from './client.ts';
import type { OAuthRegistration, RefreshLease, TokenSet } from './credential.ts';
import type { DefinitionPinRepository } from './definition.ts';
import type { EraVerdict } from './era.ts';
import type { DiscoveredFeatures, Feature } from './feature.ts';
import type { FeatureSet } from './feature-set.ts';
import type { ApiKeyId, ClientId, FeatureSetId, MappingId, ServerId, SessionId, SpaceId } from './ids.ts';
import type { ServerLogEntry, ServerLogLevel } from './log-entry.ts';
import type { Mapping } from './mapping.ts';
import type { OAuthArtifact, OAuthArtifactKind } from './oauth-artifact.ts';
import type { PresentationRepository } from './presentation.ts';
import type { InstalledServer } from './server.ts';
import type { SessionRecord } from './session.ts';
import type { Space } from './space.ts';

export interface ServerRepository {
  /** All of one Space, or of every Space, oldest first. */
  list(spaceId?: SpaceId): Promise<readonly InstalledServer[]>;
  get(id: ServerId): Promise<InstalledServer | undefined>;
  /** @throws store.conflict when the name or alias is taken in the Space */
  insert(server: InstalledServer): Promise<void>;
  /** Writes `server` (whose revision is already counted up) if the stored revision is `expectedRevision`. @throws store.conflict */
  update(server: InstalledServer, expectedRevision: number): Promise<void>;
  /** Removes the server with its verdict, tokens and registration; its features stay known by id so that a return fits. */
  delete(id: ServerId): Promise<void>;
}

export interface SpaceRepository {
  /** In their order. */
  list(): Promise<readonly Space[]>;
  /** With its Starter. @throws store.conflict when the name, slug or a base folder is taken */
  insert(space: Space, starter: FeatureSet): Promise<void>;
  /** Everything but `isDefault`. @throws store.conflict, store.missing */
  update(space: Space): Promise<void>;
  /** Writes the order of all Spaces. */
  reorder(ids: readonly SpaceId[]): Promise<void>;
  /** From here on this one is the default, and no other. */
  setDefault(id: SpaceId): Promise<void>;
  /** With its servers, their credentials and features, its sets, mappings and data keys: nothing of it is left. */
  delete(id: SpaceId): Promise<void>;
}

export interface FeatureSetRepository {
  /** All of every Space, oldest first. */
  list(): Promise<readonly FeatureSet[]>;
  /** @throws store.conflict when the name is taken in the Space, or the slug anywhere */
  insert(set: FeatureSet): Promise<void>;
  /** Writes `set` (whose revision is already counted up) if the stored revision is `expectedRevision`. @throws store.conflict */
  update(set: FeatureSet, expectedRevision: number): Promise<void>;
  delete(id: FeatureSetId): Promise<void>;
}

export interface MappingRepository {
  /** All of every Space, oldest first. */
  list(): Promise<readonly Mapping[]>;
  /** @throws store.conflict when its key is mapped already */
  insert(mapping: Mapping): Promise<void>;
  /** @throws store.conflict, store.missing */
  update(mapping: Mapping): Promise<void>;
  delete(id: MappingId): Promise<void>;
}

/** What changed between two discoveries, by original name, per kind. */
export interface FeatureDiff {
  readonly added: readonly Feature[];
  readonly removed: readonly Feature[];
  readonly changed: readonly Feature[];
}

export interface CatalogueRepository {
  /** Everything that is currently listed (not the vanished), in (server, kind, position) order. */
  load(): Promise<readonly Feature[]>;
  /** Replaces the lists that are given, keeps the others; what vanished is no longer listed but keeps its id. All become available. */
  replace(
    serverId: ServerId,
    discovered: DiscoveredFeatures,
  ): Promise<{ features: readonly Feature[]; diff: FeatureDiff }>;
  setAvailability(serverId: ServerId, isAvailable: boolean): Promise<void>;
  /** The server was removed: nothing of it is listed any more. */
  unlist(serverId: ServerId): Promise<void>;
}

/** What servers offer on legs other than their primary one; in memory only. */
export interface FaceRegister {
  /**
   * @param discovered a list that is undefined did not come, and the old one stays; undefined = the face is gone
   * @returns          whether somebody sees something else now
   */
  setFace(serverId: ServerId, key: FaceKey, discovered: DiscoveredFeatures | undefined): boolean;
}

export interface EraVerdictRepository {
  get(serverId: ServerId): Promise<EraVerdict | undefined>;
  save(serverId: ServerId, verdict: EraVerdict): Promise<void>;
  delete(serverId: ServerId): Promise<void>;
}

export interface SessionRepository {
  /** Synchronous reads are not promised; callers keep what they use often. */
  get(id: SessionId): Promise<SessionRecord | undefined>;
  insert(session: SessionRecord): Promise<void>;
  update(session: SessionRecord): Promise<void>;
  /** Writes many last-used times in one transaction. */
  touch(uses: readonly { readonly id: SessionId; readonly lastUsedAt: number }[]): Promise<void>;
  delete(id: SessionId): Promise<void>;
  /** @returns the ids that were removed */
  deleteUnusedSince(before: number): Promise<readonly SessionId[]>;
  count(): Promise<number>;
}

export interface ApiKeyRepository {
  list(): Promise<readonly ApiKey[]>;
  /**
   * @param client the key's client when it is new: both are stored, or neither
   * @throws store.conflict when a live key has that name
   */
  insert(key: ApiKey, client?: Client): Promise<void>;
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** @returns false when there is no such live key */
  revoke(id: ApiKeyId, at: number): Promise<boolean>;
  touch(uses: readonly { readonly id: ApiKeyId; readonly lastUsedAt: number }[]): Promise<void>;
}

/** When a client was last seen, and what it said of itself then. */
export interface ClientSeen {
  readonly id: ClientId;
  readonly lastSeenAt: number;
  /** Undefined = it has not introduced itself since. */
  readonly introduction: ClientIntroduction | undefined;
}

export interface ClientRepository {
  /** Oldest first, the revoked ones too. */
  list(): Promise<readonly Client[]>;
  /** @throws store.conflict */
  insert(client: Client): Promise<void>;
  /** Writes what the person decides: alias, status, limits, expiry. A client that is revoked takes its keys along. @throws store.missing */
  update(client: Client): Promise<void>;
  /** Writes what many clients were seen with, in one transaction; an older time never replaces a newer one. */
  touch(seen: readonly ClientSeen[]): Promise<void>;
}

/** The audit. Rows are added at the end and never changed. */
export interface AuditRepository {
  /** The newest row, or the anchor when there is none. */
  last(): Promise<{ readonly seq: number; readonly hash: string }>;
  /** Up to where old rows were removed; `{ seq: 0, hash: '' }` at first. */
  anchor(): Promise<AuditAnchor>;
  /** All or none. @throws store.conflict when a number is there already */
  append(rows: readonly AuditRow[]): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<readonly AuditRow[]>;
  /** Oldest first, from `afterSeq` on. */
  read(afterSeq: number, limit: number): Promise<readonly AuditRow[]>;
  /** Removes what is older than `before` (epoch ms) and keeps the hash that the rest builds on. @returns how many */
  trim(before: number): Promise<number>;
}

export interface OAuthArtifactRepository {
  find(kind: OAuthArtifactKind, hash: string): Promise<OAuthArtifact | undefined>;
  findByUserCode(userCode: string): Promise<OAuthArtifact | undefined>;
  /** All of a grant that still stand, oldest first. */
  ofGrant(kind: OAuthArtifactKind, grantId: ClientId): Promise<readonly OAuthArtifact[]>;
  /** All of a kind that have not expired, oldest first. */
  live(kind: OAuthArtifactKind, now: number): Promise<readonly OAuthArtifact[]>;
  /** Writes it, new or over the one that is there; a mark of use or consumption stays. */
  save(artifact: OAuthArtifact): Promise<void>;
  /** @returns false when somebody was first, or it is not there */
  consume(kind: OAuthArtifactKind, hash: string, at: number): Promise<boolean>;
  /** Takes the mark of consumption away. */
  restore(kind: OAuthArtifactKind, hash: string): Promise<void>;
  markUsed(kind: OAuthArtifactKind, hash: string, at: number): Promise<void>;
  delete(kind: OAuthArtifactKind, hash: string): Promise<void>;
  /** Everything of a grant but the grant itself. */
  deleteOfGrant(grantId: ClientId): Promise<void>;
  /** @returns how many there were */
  deleteExpired(now: number): Promise<number>;
}

export interface SettingRepository {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface CredentialRepository {
  getTokens(serverId: ServerId): Promise<TokenSet | undefined>;
  /**
   * Writes if the stored generation is `expectedGeneration` (0 = none stored, and the new one is higher than all before).
   *
   * @returns false when somebody was first
   */
  saveTokens(tokens: TokenSet, expectedGeneration: number): Promise<boolean>;
  /** The highest generation that this server's tokens ever had, also before a logout; 0 = there never were any. */
  lastGeneration(serverId: ServerId): Promise<number>;
  /** Logout: tokens go, the registration stays, and so does the count of generations. */
  clearTokens(serverId: ServerId): Promise<void>;
  getRegistration(serverId: ServerId, issuer?: string): Promise<OAuthRegistration | undefined>;
  saveRegistration(registration: OAuthRegistration): Promise<void>;
  deleteRegistration(serverId: ServerId, issuer?: string): Promise<void>;
  /** Takes the lease when it is free, expired or already ours. @returns undefined when somebody else holds it */
  takeLease(
    serverId: ServerId,
    holder: string,
    generation: number,
    expiresAt: number,
    now: number,
  ): Promise<RefreshLease | undefined>;
  releaseLease(serverId: ServerId, holder: string): Promise<void>;
}

export interface Repositories {
  readonly spaces: SpaceRepository;
  readonly featureSets: FeatureSetRepository;
  readonly mappings: MappingRepository;
  readonly servers: ServerRepository;
  readonly catalogue: CatalogueRepository;
  readonly eraVerdicts: EraVerdictRepository;
  readonly sessions: SessionRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly clients: ClientRepository;
  readonly oauthArtifacts: OAuthArtifactRepository;
  readonly settings: SettingRepository;
  readonly audit: AuditRepository;
  readonly credentials: CredentialRepository;
  readonly definitionPins: DefinitionPinRepository;
  readonly callHistory: CallHistoryRepository;
  readonly approvals: ApprovalRepository;
  readonly presentations: PresentationRepository;
}

/** The bounded log of each server: memory for the newest lines, a rotated file for the rest. Appending never blocks and never throws. */
export interface ServerLog {
  append(serverId: ServerId, entry: ServerLogEntry): void;
  /** The newest `limit` lines at or above `minLevel`, oldest first. */
  read(
    serverId: ServerId,
    options: { readonly limit: number; readonly minLevel: ServerLogLevel },
  ): Promise<readonly ServerLogEntry[]>;
  /** @param serverId undefined = every server. @returns the end of following */
  follow(
    serverId: ServerId | undefined,
    listener: (serverId: ServerId, entry: ServerLogEntry) => void,
  ): () => void;
  /** Forgets the server's log, file included. */
  remove(serverId: ServerId): Promise<void>;
  close(): Promise<void>;
}
