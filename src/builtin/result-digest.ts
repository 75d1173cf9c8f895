/**
 * builtin/result-digest — a result that is over its limit: what is kept of it, and what its client gets instead.
 *
 * Only text is cut. Pictures, sound and links stay; a result whose text is short is left alone.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';

/** What a model sees of the beginning, at most; a third of the limit when that is less. */
const headCharacters = 2_000;

export interface LargeText {
  readonly text: string;
  readonly isJson: boolean;
  /** The blocks that are no text. */
  readonly others: readonly JsonValue[];
}

/** @returns undefined when the text of the result is within the limit */
export function largeTextOf(result: JsonObject, limit: number): LargeText | undefined {
  const content = Array.isArray(result['content']) ? result['content'] : [];
  const isText = (block: JsonValue): boolean => isJsonObject(block) && block['type'] === 'text';
  const texts = content.filter(isText).map((block) => {
    const text = (block as JsonObject)['text'];
    return typeof text === 'string' ? text : '';
  });
  const text = texts.join('\n');
  const structured = result['structuredContent'];
  const others = content.filter((block) => !isText(block));
  if (text.length > limit) return { text, isJson: isJsonText(text), others };
  if (structured === undefined) return undefined;
  const written = JSON.stringify(structured);
  return written.length > limit ? { text: written, isJson: true, others } : undefined;
}

function isJsonText(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function headOf(text: string, limit: number): string {
  const room = Math.min(headCharacters, Math.floor(limit / 3));
  if (text.length <= room) return text;
  const cut = text.slice(0, room);
  const line = cut.lastIndexOf('\n');
  return line > room / 2 ? cut.slice(0, line) : cut;
}

/** How the text is built, in a line or a few. */
export function shapeOf({ text, isJson }: Pick<LargeText, 'text' | 'isJson'>): string {
  const lines = countLines(text);
  if (!isJson) return `${text.length} characters in ${lines} lines of text`;
  return `${text.length} characters of JSON: ${describe(JSON.parse(text) as JsonValue, 3)}`;
}

const namesShown = 12;

function describe(value: JsonValue, depth: number): string {
  if (Array.isArray(value)) {
    const [first] = value;
    return first === undefined || depth === 0
      ? `[${value.length}]`
      : `[${value.length} × ${describe(first, depth - 1)}]`;
  }
  if (!isJsonObject(value)) return value === null ? 'null' : typeof value;
  const names = Object.keys(value);
  if (depth === 0) return `{${names.length}}`;
  const shown = names.slice(0, namesShown).map((name) => {
    const inner = value[name] as JsonValue;
    return typeof inner === 'object' && inner !== null ? `${name}: ${describe(inner, depth - 1)}` : name;
  });
  return `{${shown.join(', ')}${names.length > namesShown ? ', …' : ''}}`;
}

export function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
