/**
 * model/session — a legacy session as it is stored, so that it outlives the daemon.
 */
import type { PrincipalId } from './caller.ts';
import type { LegacyRevision } from './era.ts';
import type { SessionId } from './ids.ts';

export interface SessionRecord {
  readonly id: SessionId;
  readonly principalId: PrincipalId;
  /** The path of the URL it was opened on; it is valid nowhere else. */
  readonly routePath: string;
  readonly revision: LegacyRevision;
  /** What the client said of itself, as JSON text: a tree of it takes many times the memory, for as long as the session lasts. */
  readonly clientInfoText: string | undefined;
  readonly capabilitiesText: string;
  readonly logLevel: string | undefined;
  /** Resource URIs (as the client knows them) it has subscribed to. */
  readonly subscriptions: readonly string[];
  /** What it named in `X-Mcpmux-Workspace` when it was opened. */
  readonly workspace: string | undefined;
  /** The folder in which the stdio bridge was started for it. */
  readonly bridgeFolder: string | undefined;
  /** The folders it reported last; undefined = never. */
  readonly roots: readonly string[] | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly lastUsedAt: number;
}
