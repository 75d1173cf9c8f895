/**
 * access/word-diff — two texts word by word: what stayed, what went, what came. What nobody can see is written out.
 *
 * Knows nothing of: colours, definitions.
 */
import { escapeCharacter, steeringCharacters } from '../base/index.ts';

export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added';
  /** As visibleText writes it. */
  readonly text: string;
}

/** Beyond this many words on both sides the texts are told as one that went and one that came. */
const maxCells = 1_000_000;

/** Characters that can be in a text and not be seen in it, beyond those that steer. */
const unseen =
  /\u00ad|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u200c|\u200d|\u3164|\uffa0|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/** Every character that is not seen, written as its code point; line breaks and tabs stay. */
export function visibleText(text: string): string {
  const shown = text.replace(steeringCharacters, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
  return shown.replace(unseen, (character, at: number) =>
    isWithinEmoji(character, shown, at) ? character : escapeCharacter(character),
  );
}

/** An emoji is made of several with these between; there they are what they are meant for. */
function isWithinEmoji(character: string, text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 8), at);
  if (character === '\ufe0f') return /[\p{Extended_Pictographic}#*0-9]$/u.test(before);
  return (
    character === '\u200d' &&
    /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?$/u.test(before) &&
    /^\p{Extended_Pictographic}/u.test(text.slice(at + 1, at + 3))
  );
}

/** @returns parts in their order; joined without the removed ones they are the new text, made visible */
export function diffWords(old: string, now: string): readonly DiffPart[] {
  const before = wordsOf(visibleText(old));
  const after = wordsOf(visibleText(now));
  let from = 0;
  while (from < before.length && from < after.length && before[from] === after[from]) from += 1;
  let tail = 0;
  while (
    tail < before.length - from &&
    tail < after.length - from &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  const parts: DiffPart[] = [];
  push(parts, 'same', before.slice(0, from));
  middle(parts, before.slice(from, before.length - tail), after.slice(from, after.length - tail));
  push(parts, 'same', before.slice(before.length - tail));
  return parts;
}

/** Words, and what stands between them. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\\u\{?[0-9a-f]+\}?|[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/** The longest common run of words, by the table of the textbook. */
function middle(parts: DiffPart[], before: readonly string[], after: readonly string[]): void {
  const width = after.length + 1;
  if (before.length === 0 || after.length === 0 || (before.length + 1) * width > maxCells) {
    push(parts, 'removed', before);
    push(parts, 'added', after);
    return;
  }
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        before[i] === after[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      push(parts, 'same', [before[i] as string]);
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) {
      push(parts, 'removed', [before[i] as string]);
      i += 1;
    } else {
      push(parts, 'added', [after[j] as string]);
      j += 1;
    }
  }
  push(parts, 'removed', before.slice(i));
  push(parts, 'added', after.slice(j));
}

function push(parts: DiffPart[], kind: DiffPart['kind'], words: readonly string[]): void {
  if (words.length === 0) return;
  const last = parts.at(-1);
  const text = words.join('');
  if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text };
  else parts.push({ kind, text });
}
