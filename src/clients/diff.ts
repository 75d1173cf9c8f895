/**
 * clients/diff — two texts as lines that go, come and stay, for a preview.
 */

export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
  /** In the new text; in the old one for what goes. */
  readonly line: number;
}

const contextLines = 2;

/** The changed lines with two lines around them. Everything between the first and the last change counts as changed. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const old = before === '' ? [] : before.split(/\r?\n/);
  const now = after === '' ? [] : after.split(/\r?\n/);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  )
    end += 1;
  const lines: DiffLine[] = [];
  const add = (kind: DiffLine['kind'], texts: readonly string[], first: number): void => {
    for (const [at, text] of texts.entries()) lines.push({ kind, text, line: first + at + 1 });
  };
  const from = Math.max(0, start - contextLines);
  add('same', now.slice(from, start), from);
  add('gone', old.slice(start, old.length - end), start);
  add('new', now.slice(start, now.length - end), start);
  const below = now.length - end;
  add('same', now.slice(below, Math.min(now.length, below + contextLines)), below);
  return lines.at(-1)?.text === '' ? lines.slice(0, -1) : lines;
}
