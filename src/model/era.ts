/**
 * model/era — the two generations of MCP and the revisions in them.
 */

/** `legacy`: revisions with `initialize`. `modern`: 2026-07-28, stateless. */
export type Era = 'legacy' | 'modern';

export type LegacyRevision = '2024-11-05' | '2025-03-26' | '2025-06-18' | '2025-11-25';
export type ModernRevision = '2026-07-28';
export type Revision = LegacyRevision | ModernRevision;

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
