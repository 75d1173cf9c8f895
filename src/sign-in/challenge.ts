/**
 * sign-in/challenge — what a server asks for when it refuses a request: status and `WWW-Authenticate`.
 *
 * Pure. The need for sign-in is read from here and never from words in an error text. The SDK's reader takes a
 * whole Response and looks at the first scheme only; servers that offer `Basic` before `Bearer` need this one.
 *
 * @see RFC 9110, section 11.6.1; RFC 6750, section 3; RFC 9728, section 5.1
 */

import { cleanText, type Secret } from '../base/index.ts';

/** One challenge: the scheme in lower case, its parameters by lower-case name. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a Bearer challenge says that matters for signing in. */
export interface BearerChallenge {
  readonly resourceMetadataUrl: string | undefined;
  readonly scope: string | undefined;
  readonly error: string | undefined;
  /** The server's own words; not cleaned. */
  readonly description: string | undefined;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
/** Not allowed by the RFC, but sent: a URL in apostrophes, or without any quotes. */
const apostrophes = /'([^',"]*)'/y;
const bare = /[^\s,"]+/y;
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y;
const maxHeaderLength = 8192;

/** Reads all challenges of a header. It stops at the first part that it cannot read, and keeps what it has read. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  if (header.length > maxHeaderLength) return challenges;
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const skip = (pattern: RegExp) => void take(pattern);

  while (at < header.length) {
    skip(/[\s,]*/y);
    const word = take(token);
    if (word === null) break;
    const current = challenges.at(-1);
    const equals = take(/\s*=\s*/y);
    if (equals !== null && current !== undefined) {
      const text = take(quoted);
      const value =
        text === null ? (take(apostrophes)?.[1] ?? take(bare)?.[0]) : text[1]?.replace(/\\(.)/g, '$1');
      if (value === undefined) break;
      const name = word[0].toLowerCase();
      // The first of a repeated parameter counts. Somebody else may have appended the others.
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      continue;
    }
    if (equals !== null) break;
    challenges.push({ scheme: word[0].toLowerCase(), parameters: new Map() });
    skip(/ +/y);
    skip(token68);
  }
  return challenges;
}

/** The first Bearer (or DPoP, which carries the same parameters) challenge of a header. */
export function bearerChallenge(wwwAuthenticate: string | undefined): BearerChallenge | undefined {
  if (wwwAuthenticate === undefined) return undefined;
  const challenge = parseChallenges(wwwAuthenticate).find(
    (candidate) => candidate.scheme === 'bearer' || candidate.scheme === 'dpop',
  );
  if (challenge === undefined) return undefined;
  return {
    resourceMetadataUrl: challenge.parameters.get('resource_metadata'),
    scope: normaliseScope(challenge.parameters.get('scope')),
    error: challenge.parameters.get('error'),
    description: challenge.parameters.get('error_description'),
  };
}

/** The server's own words about a token that it refuses; the token itself, should they quote it, is left out. */
export function challengeWords(challenge: BearerChallenge | undefined, token: Secret): string | undefined {
  const words = [challenge?.error, challenge?.description].filter((one) => one !== undefined && one !== '');
  return words.length === 0 ? undefined : cleanText(words.join(': ').replaceAll(token.reveal(), '…'));
}

export type OAuthNeed =
  /** A person has to sign in (or a token has to be renewed). */
  | 'sign-in'
  /** The token is valid, but more scopes are needed. */
  | 'more-scope'
  /** The server wants other credentials (Basic, a fixed key); OAuth does not help. */
  | 'other-credentials'
  | 'none';

/**
 * Decides by status and challenge alone.
 *
 * @param hasFixedAuthorization the person gave an Authorization header: then OAuth is never tried
 */
export function oauthNeed(
  status: number,
  wwwAuthenticate: string | undefined,
  hasFixedAuthorization: boolean,
): OAuthNeed {
  if (status !== 401 && status !== 403) return 'none';
  const challenge = bearerChallenge(wwwAuthenticate);
  if (status === 403) {
    return challenge?.error === 'insufficient_scope' && !hasFixedAuthorization ? 'more-scope' : 'none';
  }
  if (hasFixedAuthorization) return 'other-credentials';
  const asksForAnother =
    wwwAuthenticate !== undefined && challenge === undefined && parseChallenges(wwwAuthenticate).length > 0;
  return asksForAnother ? 'other-credentials' : 'sign-in';
}

/** Scopes in order of first mention, once each, separated by one space; undefined for none. */
export function normaliseScope(scope: string | undefined): string | undefined {
  return unionScopes(scope);
}

export function unionScopes(...scopes: readonly (string | undefined)[]): string | undefined {
  const seen = new Set<string>();
  for (const scope of scopes) {
    // scope-token of RFC 6749, section 3.3; anything else in a list is dropped.
    for (const word of scope?.split(/\s+/) ?? [])
      if (/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)) seen.add(word);
  }
  return seen.size > 0 ? [...seen].join(' ') : undefined;
}

/** Does `scope` hold every word of `wanted`? */
export function coversScope(scope: string | undefined, wanted: string | undefined): boolean {
  const held = new Set(scope?.split(' ') ?? []);
  return (wanted?.split(' ') ?? []).every((word) => held.has(word));
}
