/**
 * upstream/instance-context — what a server instance needs from around it; the pool hands it in.
 */
import type { Cancellation, Clock, JsonObject, Logger } from '../base/index.ts';
import type {
  Ask,
  AskReply,
  CatalogueRepository,
  DomainEvents,
  Era,
  EraVerdictRepository,
  FaceRegister,
  InstalledServer,
  ServerId,
  ServerLog,
} from '../model/index.ts';
import type { Transport } from '../transports/index.ts';
import type { Wire } from './era-probe.ts';
import type { FoldersTold } from './folders-told.ts';
import type { HandshakeResult } from './handshake.ts';
import type { EffectiveLimits } from './limits.ts';
import type { KnownNeed } from './sign-in-status.ts';

export interface InstanceContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: DomainEvents;
  readonly serverLog: ServerLog;
  readonly verdicts: EraVerdictRepository;
  readonly catalogue: CatalogueRepository;
  readonly limits: Partial<EffectiveLimits>;
  readonly clientInfo: JsonObject;
  /** What a shared leg declares: everything we can bridge. A client that cannot is answered for. */
  readonly bridgedCapabilities: JsonObject;
  /** What servers said in earlier handshakes, so that it is known before they have connected again. */
  readonly handshakeCache: HandshakeCache;
  /** Waits for what the launch still needs: secrets that are only referred to, the address it was registered for. */
  createTransport(server: InstalledServer, wire: Wire): Transport | Promise<Transport>;
  /** Why a person is needed for its sign-in, and whether that would help, where it is known. */
  signInNeed?(serverId: ServerId): KnownNeed | undefined;
  /**
   * Waits for a turn: only so many servers start at once.
   * @param isCalled does somebody wait for this one? Then it goes first
   */
  takeTurn<T>(work: () => Promise<T>, isCalled: () => boolean): Promise<T>;
  /** A call waits for a server, which may wait for its turn. */
  callWaits(): void;
  readonly sessions: ClientSessions;
  readonly folders: FoldersTold;
  /** What is offered on legs beside the primary ones. */
  readonly faces: FaceRegister;
  random(): number;
  /** Takes secrets out of what a state says: a server may quote its own. */
  redact?(text: string, serverId: ServerId): string;
}

/** The legacy sessions of clients, which are there outside of calls too. */
export interface ClientSessions {
  /** Puts an ask that belongs to no call to the client of a session; undefined when there is no such session. */
  ask(sessionKey: string, ask: Ask, cancellation: Cancellation): Promise<AskReply> | undefined;
  has(sessionKey: string): boolean;
  /** Does its client listen, or wait for an answer? */
  isPresent(sessionKey: string): boolean;
}

/** Keeps what a server said of itself over a restart of ours. */
export interface HandshakeCache {
  recall(serverId: ServerId, era: Era): HandshakeResult | undefined;
  remember(serverId: ServerId, era: Era, told: HandshakeResult): void;
}
