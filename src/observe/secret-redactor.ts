/**
 * observe/secret-redactor — takes secrets out of any text that leaves for a log.
 *
 * The last of three nets: typed secrets never serialise, rooms never put values into messages, and what slips through
 * (a server that prints its own token, a library's error) is caught here, by exact value in the forms that it travels
 * in, and by the shapes of well-known credentials.
 * Owns: the forms of the live secrets. Knows nothing of: where they are used.
 */
import type { Secret } from '../base/index.ts';

/** A shorter value would blank out ordinary words. */
const minSecretLength = 8;
const replacement = '[secret]';

/** Shapes that are secret wherever they stand. `$1` keeps what tells a reader that something was here. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(mcpk_)[0-9A-Za-z]{49}\b/g, `$1${replacement}`],
  [
    /(\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|basic|digest)\s+)?)[^\s"'\\,;]+/gi,
    `$1${replacement}`,
  ],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*/gi, `$1${replacement}`],
  [/(:\/\/)[^\s/?#@"':]+:[^\s/?#@"']+@/g, `$1${replacement}@`],
  [/\b(gh[pousr]_)[A-Za-z0-9]{20,}\b/g, `$1${replacement}`],
  [/\b(github_pat_)[A-Za-z0-9_]{20,}\b/g, `$1${replacement}`],
  [/\b(sk-)[A-Za-z0-9_-]{20,}/g, `$1${replacement}`],
  [/\b(xox[abeoprs]-)[A-Za-z0-9-]{10,}/g, `$1${replacement}`],
  [/\b(AKIA)[0-9A-Z]{16}\b/g, `$1${replacement}`],
];

export class SecretRedactor {
  /** Value → how often it was added, and its forms. Two servers may share one secret. */
  readonly #values = new Map<string, { count: number; readonly forms: readonly string[] }>();
  /** All forms, longest first, so that no form leaves a rest of a longer one. */
  #forms: readonly string[] | undefined;

  /** From now on `secret` does not pass. Values under 8 characters are left alone. */
  add(secret: Secret): void {
    const value = secret.reveal();
    if (value.length < minSecretLength) return;
    const known = this.#values.get(value);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    this.#values.set(value, { count: 1, forms: formsOf(value) });
    this.#forms = undefined;
  }

  /** The secret is no longer live. As often as it was added. */
  remove(secret: Secret): void {
    const value = secret.reveal();
    const known = this.#values.get(value);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.#values.delete(value);
    this.#forms = undefined;
  }

  /** `text` without secrets. */
  redact(text: string): string {
    this.#forms ??= [...new Set([...this.#values.values()].flatMap(({ forms }) => forms))].sort(
      (a, b) => b.length - a.length,
    );
    let clean = text;
    for (const form of this.#forms) {
      if (clean.includes(form)) clean = clean.replaceAll(form, replacement);
    }
    for (const [pattern, replaceBy] of patterns) clean = clean.replace(pattern, replaceBy);
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
  return [...forms].filter((form) => form.length >= minSecretLength);
}
