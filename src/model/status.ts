/**
 * model/status — the state of a server as a person sees it.
 */
import type { ServerId } from './ids.ts';

export type ServerStatus =
  | 'disabled'
  | 'disconnected'
  | 'connecting'
  | 'connected'
  | 'refreshing'
  | 'sign-in-required'
  | 'authenticating'
  | 'waiting'
  | 'failed'
  | 'needs-configuration';

export interface ServerState {
  readonly serverId: ServerId;
  readonly status: ServerStatus;
  /** Since when it is in this status, epoch ms. */
  readonly since: number;
  /** Why, in one sentence; undefined when all is well. */
  readonly reason: string | undefined;
  /** The one thing to do, as a command where there is one. */
  readonly nextStep: string | undefined;
  /** Epoch ms of the next automatic attempt; only while `waiting`. */
  readonly retryAt: number | undefined;
  /** Epoch ms from which a call tries it once again; only while `failed` for having failed too often. */
  readonly callTriesAt: number | undefined;
  /** Epoch ms until which a sign-in may be completed; only while `authenticating`. */
  readonly signInExpiresAt: number | undefined;
  readonly connectedAt: number | undefined;
  readonly lastAttemptAt: number | undefined;
  readonly lastError: string | undefined;
  /** Of what the server's process wrote to stderr before its last failure: the lines that tell most, oldest first. */
  readonly lastStderr: readonly string[];
  readonly failuresInARow: number;
  readonly restarts: number;
  readonly requestsServed: number;
  readonly pid: number | undefined;
  /** Counts up with every attempt; a callback that carries an older one is dropped. */
  readonly flowId: number;
}
