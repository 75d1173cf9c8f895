/**
 * model/era — the two generations of MCP and the revisions in them.
 */

import type { Era, LegacyRevision, ModernRevision } from '../protocol/index.ts';

export type { Era, LegacyRevision, ModernRevision, Revision } from '../protocol/index.ts';

/** What a probe found out about a server, and when (epoch ms). */
export interface EraVerdict {
  readonly eras: readonly Era[];
  /** The revision per era that was agreed. */
  readonly legacyRevision: LegacyRevision | undefined;
  readonly modernRevision: ModernRevision | undefined;
  readonly probedAt: number;
  /** Which wire answered: matters for `auto` HTTP servers that only speak HTTP+SSE. */
  readonly wire: 'stdio' | 'http' | 'sse' | 'in-process';
  /** Fingerprint of the launch the verdict is about; another launch needs another probe. */
  readonly launchFingerprint: string;
}
