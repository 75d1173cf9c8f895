/** format/time — points in time and durations, as people read them. Times are epoch ms. */

/** `412 ms`, `7.84 s`, `3 min`, `2 h`, `3 d`. */
export function duration(ms: number): string {
  if (ms < 1) return '< 1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return coarse(ms);
}

/** The largest unit alone: `38 s`, `4 min`, `3 h`, `2 d`. */
export function coarse(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `now`, `31 s ago`, `4 h ago`; a date once it is longer than a day. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed < 3_000) return 'now';
  return passed < 86_400_000 ? `${coarse(passed)} ago` : day(at);
}

export function day(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

/** `05:39:14`. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** For a tooltip: `2026-12-01 05:39:14`. */
export function exact(at: number): string {
  return `${new Date(at).toLocaleDateString('sv-SE')} ${clock(at)}`;
}
