/**
 * observe/secret-redactor — takes secrets out of any text that leaves for a log.
 *
 * The last of three nets: typed secrets never serialise, rooms never put values into messages, and what slips through
 * (a server that prints its own token, a library's error) is caught here, by exact value in the forms that it travels
 * in, and by the shapes of well-known credentials.
 * Owns: the forms of the live secrets. Knows nothing of: where they are used.
 */
import type { Secret } from '../base/index.ts';
import { isDistinctive, isSecretValue, secretForms } from '../model/index.ts';

/** A shorter value would blank out ordinary words: in everybody's text, and in the text of the server that it is for. */
const minSecretLength = 8;
const minOwnSecretLength = 6;
const replacement = '[secret]';

/** Shapes that are secret wherever they stand. `$1` keeps what tells a reader that something was here. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /(\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|basic|digest)\s+)?)[^\s"'\\,;]+/gi,
    `$1${replacement}`,
  ],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*/gi, `$1${replacement}`],
  [/(:\/\/)[^\s/?#@"':]*:[^\s/?#@"']+@/g, `$1${replacement}@`],
];

/** What tells of which kind a key is stands at its beginning. */
const prefixOfKey = /^(?:[A-Za-z]{1,10}(?:_[a-z]{1,5})?[_-]|AKIA|ASIA|AIza|SG\.|ya29\.)?/;

/** A value that a server is given, and what it is called there. */
export interface GivenValue {
  readonly name: string;
  readonly secret: Secret;
  /** A person called it secret, or it was read from where secrets are kept. */
  readonly isCalledSecret: boolean;
}

interface Known {
  /** How often it was added. Two servers may share one secret. */
  count: number;
  readonly forms: readonly string[];
}

/** Values and their forms; the longest form first, so that none leaves a rest of a longer one. */
class ValueSet {
  readonly #values = new Map<string, Known>();
  #forms: readonly string[] | undefined;

  add(value: string): void {
    const known = this.#values.get(value);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    this.#values.set(value, { count: 1, forms: formsOf(value) });
    this.#forms = undefined;
  }

  remove(value: string): void {
    const known = this.#values.get(value);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.#values.delete(value);
    this.#forms = undefined;
  }

  redact(text: string): string {
    this.#forms ??= [...new Set([...this.#values.values()].flatMap(({ forms }) => forms))].sort(
      (a, b) => b.length - a.length,
    );
    let clean = text;
    for (const form of this.#forms) {
      if (clean.includes(form)) clean = clean.replaceAll(form, replacement);
    }
    return clean;
  }
}

/** What one server was given. Of the distinctive values everybody's text is cleaned, too. */
interface Owned {
  readonly values: ValueSet;
  readonly everywhere: string[];
}

export class SecretRedactor {
  readonly #everywhere = new ValueSet();
  readonly #owned = new Map<string, Owned>();

  /** From now on `secret` passes nowhere. Values under 8 characters are left alone. */
  add(secret: Secret): void {
    const value = secret.reveal();
    if (value.length >= minSecretLength) this.#everywhere.add(value);
  }

  /** The secret is no longer live. As often as it was added. */
  remove(secret: Secret): void {
    this.#everywhere.remove(secret.reveal());
  }

  /**
   * What a server is given now, in place of what it was given before. Of it, what is secret by its name, its form or
   * its looks no longer passes in this server's text; in everybody's, only what is no ordinary word.
   */
  replaceOwned(owner: string, given: readonly GivenValue[]): void {
    this.forget(owner);
    for (const value of given) this.addOwned(owner, value);
  }

  /** One more. Throws what a secret throws that cannot be opened. */
  addOwned(owner: string, { name, secret, isCalledSecret }: GivenValue): void {
    const value = secret.reveal();
    if (value.length < minOwnSecretLength || !(isCalledSecret || isSecretValue(name, value))) return;
    const owned = this.#owned.get(owner) ?? { values: new ValueSet(), everywhere: [] };
    this.#owned.set(owner, owned);
    owned.values.add(value);
    if (!isDistinctive(value)) return;
    owned.everywhere.push(value);
    this.#everywhere.add(value);
  }

  /** The server is gone. */
  forget(owner: string): void {
    for (const value of this.#owned.get(owner)?.everywhere ?? []) this.#everywhere.remove(value);
    this.#owned.delete(owner);
  }

  /** `text` without secrets. @param owner the server that it is of */
  redact(text: string, owner?: string): string {
    const owned = owner === undefined ? undefined : this.#owned.get(owner)?.values;
    let clean = this.#everywhere.redact(owned === undefined ? text : owned.redact(text));
    for (const [pattern, replaceBy] of patterns) clean = clean.replace(pattern, replaceBy);
    for (const { pattern } of secretForms)
      clean = clean.replace(pattern, (key) => `${prefixOfKey.exec(key)?.[0] ?? ''}${replacement}`);
    return clean;
  }
}

/** The ways in which a value shows up: plain, inside JSON, in a URL, in base64 at each of the three alignments. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  // By way of the bytes, because a lone surrogate cannot be written in a URL.
  const forms = new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(bytes.toString())]);
  for (let offset = 0; offset < 3; offset += 1) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    // Characters that carry a bit of a neighbour differ from text to text; only those in between are the secret's own.
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    forms.add(padded.toString('base64').slice(from, to));
    forms.add(padded.toString('base64url').slice(from, to));
  }
  return [...forms].filter((form) => form.length >= Math.min(minSecretLength, value.length));
}
