/**
 * clients/formats/splice — one change to a text: what stood at a place, and what stands there now.
 */

export interface Splice {
  /** In UTF-16 units. */
  readonly at: number;
  readonly removed: string;
  readonly inserted: string;
}

export function applySplice(text: string, { at, removed, inserted }: Splice): string {
  return text.slice(0, at) + inserted + text.slice(at + removed.length);
}

/** The line break that a text uses most; `\n` where it has none. */
export function lineBreakOf(text: string): string {
  const all = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  return windows * 2 > all ? '\r\n' : '\n';
}

/** What stands between the start of the line of `at` and `at`. */
export function lineStartBefore(text: string, at: number): string {
  return text.slice(Math.max(text.lastIndexOf('\n', at - 1) + 1, 0), at);
}

export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
