/**
 * clients/standing — how a client on this machine stands: found or not, connected by us, by hand, or in a broken file.
 */
import type { JsonObject } from '../base/index.ts';
import type { Written } from './ledger.ts';
import type { ClientRow } from './table/index.ts';

export type StandingState =
  /** No trace of it on this machine. */
  | 'absent'
  | 'found'
  /** As we wrote it. */
  | 'connected'
  /** Our entry was changed since; it is respected. */
  | 'changed-by-hand'
  /** Our entry was taken out since. */
  | 'removed-by-hand'
  /** It points at another URL than the daemon has now. */
  | 'stale'
  /** An entry of that name, or one with our URL, that somebody else wrote. */
  | 'connected-by-hand'
  | 'broken-file'
  | 'unreadable-file';

export interface Standing {
  readonly row: ClientRow;
  readonly project: string | null;
  /** Undefined for a client that is given its entry by hand. */
  readonly file: string | undefined;
  readonly fileExists: boolean;
  readonly state: StandingState;
  /** The line that a person is sent to. */
  readonly line?: number;
  readonly reason?: string;
  readonly written?: Written;
  /** Our entry as the file holds it. */
  readonly entry?: JsonObject;
  /** What the client does not take in its file. */
  readonly warnings: readonly string[];
}
