/**
 * protocol/revisions — the dated revisions of MCP, the two eras they fall into, and what we agree on.
 *
 * Knows nothing of: connections and sessions; those remember what was agreed.
 */

/** `legacy`: revisions with `initialize`. `modern`: 2026-07-28, stateless. */
export type Era = 'legacy' | 'modern';

export type LegacyRevision = '2024-11-05' | '2025-03-26' | '2025-06-18' | '2025-11-25';
export type ModernRevision = '2026-07-28';
export type Revision = LegacyRevision | ModernRevision;

/** Oldest first. */
export const legacyRevisions: readonly LegacyRevision[] = [
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
];
export const latestLegacyRevision: LegacyRevision = '2025-11-25';

/** What a legacy HTTP request without `MCP-Protocol-Version` is taken for, when no session tells better. */
export const assumedLegacyRevision: LegacyRevision = '2025-03-26';

export const modernRevision: ModernRevision = '2026-07-28';
/** What `server/discover` lists and `-32022` names as supported. */
export const modernRevisions: readonly ModernRevision[] = [modernRevision];

export function isLegacyRevision(value: unknown): value is LegacyRevision {
  return legacyRevisions.includes(value as LegacyRevision);
}

export function isModernRevision(value: unknown): value is ModernRevision {
  return value === modernRevision;
}

export function isRevision(value: unknown): value is Revision {
  return isModernRevision(value) || isLegacyRevision(value);
}

/**
 * The revision with which an `initialize` is answered: the one asked for when we speak it, else our latest legacy one.
 * Never the modern one: who sends `initialize` cannot speak it.
 *
 * @see MCP 2025-11-25, basic/lifecycle, version negotiation
 */
export function negotiateLegacy(requested: unknown): LegacyRevision {
  return isLegacyRevision(requested) ? requested : latestLegacyRevision;
}
