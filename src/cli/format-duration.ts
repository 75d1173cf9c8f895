/**
 * cli/format-duration — spans of time in words.
 */

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `2 h`, `45 s`; the largest unit that fits. */
export function formatDuration(spanMs: number): string {
  for (const [ms, name] of units) if (spanMs >= ms) return `${Math.floor(spanMs / ms)} ${name}`;
  return '0 s';
}

/** `3 min ago`; `just now` below a second. */
export function formatAgo(at: number, now: number): string {
  return now - at < 1000 ? 'just now' : `${formatDuration(now - at)} ago`;
}
