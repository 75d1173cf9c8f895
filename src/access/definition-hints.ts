/**
 * access/definition-hints — what in the words of a definition a person should look at. Hints, never a verdict: nothing here
 * can tell that a text is harmless.
 *
 * Knows nothing of: policies. A hint decides nothing, except that an addition with one is not let pass unseen.
 */
import { isJsonObject, type JsonValue, steeringCharacters } from '../base/index.ts';

export type HintKind = 'hidden-characters' | 'instruction' | 'url' | 'other-tool';

export interface Hint {
  readonly kind: HintKind;
  /** Where in the definition; empty = the definition itself. */
  readonly path: string;
  /** What was found, short. May hold invisible characters: show it with visibleText. */
  readonly found: string;
}

/** Phrases that speak to a model about something else than the tool. */
const instruction =
  /\b(?:ignore|disregard|forget)\b[^.]{0,40}\b(?:previous|prior|above|earlier|other|all)\b|<\s*(?:important|system|secret|instructions?)\s*>|\bdo not (?:tell|mention|inform|reveal|show)\b|\bwithout (?:telling|informing|asking) the user\b|\b(?:before|instead of) (?:using|calling) (?:this|any other|another) tool\b|\byou must (?:always|first|never)\b|\bsystem prompt\b|~\/\.(?:ssh|aws|config|cursor)\b|\bid_rsa\b/i;
const address = /\bhttps?:\/\/[^\s"'<>)\]]+/i;
/** Line breaks and tabs are how people write; the rest of them nobody sees. */
const ordinary = /[\n\r\t]/g;
const hintsAtMost = 20;

/** @param otherTools names of tools of other servers: a text that speaks of them is told */
export function findHints(definition: JsonValue, otherTools: Iterable<string> = []): readonly Hint[] {
  const hints: Hint[] = [];
  const names = [...otherTools].filter((name) => name.length > 5 && /[_-]/.test(name));
  for (const [path, text] of textsOf(definition, '')) {
    if (hints.length >= hintsAtMost) break;
    const hidden = text.replace(ordinary, '').match(steeringCharacters);
    if (hidden !== null) hints.push({ kind: 'hidden-characters', path, found: hidden.slice(0, 8).join('') });
    const phrase = instruction.exec(text.replace(steeringCharacters, ' '));
    if (phrase !== null) hints.push({ kind: 'instruction', path, found: phrase[0] });
    if (!path.endsWith('$schema') && !path.endsWith('$id')) {
      const url = address.exec(text);
      if (url !== null) hints.push({ kind: 'url', path, found: url[0] });
    }
    const named = names.find((name) => text.includes(name));
    if (named !== undefined) hints.push({ kind: 'other-tool', path, found: named });
  }
  return hints;
}

/** Every text in it, names of members too. */
function* textsOf(value: JsonValue | undefined, path: string): Iterable<readonly [string, string]> {
  if (typeof value === 'string') yield [path, value];
  else if (Array.isArray(value))
    for (const [at, one] of value.entries()) yield* textsOf(one, path === '' ? String(at) : `${path}.${at}`);
  else if (isJsonObject(value))
    for (const [name, member] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`;
      yield [at, name];
      yield* textsOf(member, at);
    }
}
