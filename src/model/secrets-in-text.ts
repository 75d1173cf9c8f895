/**
 * model/secrets-in-text — where in arguments and URLs secrets stand: `--token X`, `-t X`, `KEY=X`, `--header 'Name: X'`,
 * `postgresql://user:X@host`, `?api_key=X`, `{"apiKey":"X"}`, and whatever has a provider's form.
 *
 * Pure. Knows nothing of: what is done about it (seal, hide, ask).
 */
import {
  isSecretValue,
  looksLikePassword,
  looksRandom,
  secretForms,
  strengthOfName,
} from './secret-forms.ts';

/** A stretch of a text. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
  /** As an input for it may be called: `API_KEY`. */
  readonly name: string;
}

export interface SecretArgument extends SecretSpan {
  /** Which of the arguments, from 0. */
  readonly at: number;
}

/** Options of one letter that often take a token, secret, key, password or API key. */
const secretLetters: ReadonlySet<string> = new Set(['t', 's', 'k', 'p', 'a']);
const nameOfLetter: Readonly<Record<string, string>> = {
  t: 'TOKEN',
  s: 'SECRET',
  k: 'KEY',
  p: 'PASSWORD',
  a: 'API_KEY',
};
const scheme = /^(?:bearer|basic|token|apikey|digest)\s+/i;

/** Every secret in a list of arguments. */
export function secretsInArguments(args: readonly string[]): readonly SecretArgument[] {
  const found: SecretArgument[] = [];
  let before: string | undefined;
  for (const [at, arg] of args.entries()) {
    const option = /^--?([A-Za-z][\w.-]*)$/.exec(arg)?.[1] ?? /^\/([A-Za-z][\w-]*)$/.exec(arg)?.[1];
    // Behind an option that takes a value even `-abc` may be one, but hardly ever is.
    const spans = option === undefined ? spansIn(arg, before) : [];
    for (const span of spans) found.push({ at, ...span });
    before = option;
  }
  return found;
}

/** Every secret in the path and the query of a URL. */
export function secretsInUrl(url: string): readonly SecretSpan[] {
  const spans = [...spansIn(url, undefined)];
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)/i.exec(url);
  if (path?.[1] !== undefined) {
    let from = path[0].length - path[1].length;
    for (const segment of path[1].split('/')) {
      if (looksRandom(decode(segment), 20)) spans.push({ from, to: from + segment.length, name: 'URL_KEY' });
      from += segment.length + 1;
    }
  }
  return apart(spans, url);
}

/** `text` with every secret replaced by what `replace` gives. */
export function replaceSpans(
  text: string,
  spans: readonly SecretSpan[],
  replace: (secret: string, span: SecretSpan) => string,
): string {
  let result = '';
  let from = 0;
  for (const span of [...spans].sort((one, other) => one.from - other.from)) {
    result += text.slice(from, span.from) + replace(text.slice(span.from, span.to), span);
    from = span.to;
  }
  return result + text.slice(from);
}

function spansIn(text: string, optionBefore: string | undefined): readonly SecretSpan[] {
  return apart([...named(text, optionBefore), ...inside(text)], text);
}

/** What the name before a text, or at its beginning, says about the rest. */
function named(text: string, optionBefore: string | undefined): readonly SecretSpan[] {
  const whole = (name: string): SecretSpan[] => [{ from: 0, to: text.length, name: inputName(name) }];
  if (optionBefore !== undefined) {
    if (optionBefore.length === 1 && secretLetters.has(optionBefore) && looksLikePassword(text))
      return whole(nameOfLetter[optionBefore] ?? 'SECRET');
    if (
      strengthOfName(optionBefore) !== 'none' &&
      isSecretValue(optionBefore, text) &&
      !/^[\w-]+:\s/.test(text)
    ) {
      const skipped = scheme.exec(text)?.[0].length ?? 0;
      return [{ from: skipped, to: text.length, name: inputName(optionBefore) }];
    }
    if (optionBefore === 'u' || optionBefore === 'user') {
      const colon = text.indexOf(':');
      if (colon > 0 && colon < text.length - 1 && !text.includes('/') && !/^\d+$/.test(text.slice(colon + 1)))
        return [{ from: colon + 1, to: text.length, name: 'PASSWORD' }];
    }
  }
  const header = /^([A-Za-z][A-Za-z0-9-]*):\s*(?!\/\/)(\S[\s\S]*)$/.exec(text);
  if (header !== null) {
    const [, name = '', rest = ''] = header;
    const skipped = scheme.exec(rest)?.[0].length ?? 0;
    const value = rest.slice(skipped);
    if (isSecretValue(name, value) && (name.includes('-') || strengthOfName(name) === 'strong'))
      return [{ from: text.length - value.length, to: text.length, name: inputName(name) }];
  }
  const pair = /^(?:--?|\/)?([A-Za-z][\w.-]*)=([\s\S]+)$/.exec(text);
  if (pair !== null) {
    const [, name = '', value = ''] = pair;
    const start = text.length - value.length;
    if (isSecretValue(name, value) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(value))
      return [{ from: start, to: text.length, name: inputName(name) }];
    return named(value, undefined).map((span) => ({ ...span, from: span.from + start, to: span.to + start }));
  }
  return looksRandom(text, 24) ? whole('SECRET') : [];
}

/** What stands somewhere inside. */
function inside(text: string): readonly SecretSpan[] {
  const spans: SecretSpan[] = [];
  const collect = (pattern: RegExp, judge: (name: string, value: string) => string | undefined): void => {
    for (const match of text.matchAll(pattern)) {
      const value = match[2] ?? '';
      const name = judge(match[1] ?? '', value);
      const from = match.index + match[0].lastIndexOf(value, match[0].length);
      if (name !== undefined && value !== '')
        spans.push({ from, to: from + value.length, name: inputName(name) });
    }
  };
  for (const { name, pattern } of secretForms)
    for (const match of text.matchAll(pattern))
      spans.push({ from: match.index, to: match.index + match[0].length, name });
  // A password in an address; a token alone before the @ only when it looks like one.
  collect(/:\/\/([^\s/?#@:]*):([^\s/?#@]+)(?=@)/g, () => 'PASSWORD');
  collect(/(:\/\/)([^\s/?#@:]{8,})(?=@)/g, (_, value) => (looksRandom(value, 16) ? 'TOKEN' : undefined));
  collect(/[?&]([^\s=&#?]+)=([^\s&#]*)/g, (name, value) =>
    isSecretValue(name, decode(value)) ? name : undefined,
  );
  collect(/"([A-Za-z][\w.-]*)"\s*:\s*"((?:[^"\\]|\\.)+)"/g, (name, value) =>
    isSecretValue(name, value) ? name : undefined,
  );
  collect(
    /(?:^|[;\s])(password|pwd|accountkey|sharedaccesskey|accesstoken)\s*=\s*([^;\s]+)/gi,
    (name, value) => (isSecretValue(name === 'pwd' ? 'password' : name, value) ? name : undefined),
  );
  return spans;
}

/** Without overlaps, and without what is kept elsewhere already. The one that begins first, and is longer, stays. */
function apart(spans: readonly SecretSpan[], text: string): readonly SecretSpan[] {
  const kept: SecretSpan[] = [];
  const sorted = [...spans].sort((one, other) => one.from - other.from || other.to - one.to);
  for (const span of sorted) {
    if (span.from < (kept.at(-1)?.to ?? 0)) continue;
    if (/\$\{[a-z]+:/.test(text.slice(span.from, span.to))) continue;
    kept.push(span);
  }
  return kept;
}

/** `x-api-key` → `X_API_KEY`: what an input may be called. */
function inputName(name: string): string {
  const plain = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^[^A-Za-z]+|_+$/g, '')
    .toUpperCase()
    .slice(0, 60);
  return plain === '' ? 'SECRET' : plain;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
