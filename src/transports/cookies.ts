/**
 * transports/cookies — the cookies that one server has set on one connection to it.
 *
 * Load balancers tell by a cookie which machine has our session. They go back to the origin that set them and nowhere else,
 * and are forgotten with the connection.
 * Pure but for what it keeps. Knows nothing of: requests, what a cookie means.
 *
 * @see RFC 6265, "User Agent Requirements"
 */
import { Secret } from '../base/index.ts';

interface Cookie {
  readonly name: string;
  readonly value: Secret;
  readonly path: string;
  readonly isSecure: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** What browsers keep, too. */
const maxCookies = 50;
const maxCookieLength = 4_096;
const cookieName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a header can carry; without the semicolon that ends it. */
const cookieValue = /^[\t\x20-\x3a\x3c-\x7e\x80-\xff]*$/;

export class CookieJar {
  readonly #isTls: boolean;
  /** The one set last at the end. */
  readonly #cookies = new Map<string, Cookie>();

  constructor(isTls: boolean) {
    this.#isTls = isTls;
  }

  /**
   * Takes what an answer sets.
   *
   * @param path of the request. @param now epoch ms
   */
  take(lines: string | readonly string[], path: string, now: number): void {
    for (const line of typeof lines === 'string' ? [lines] : lines) {
      const cookie = readCookie(line, path, now);
      if (cookie === undefined) continue;
      const key = `${cookie.name}\n${cookie.path}`;
      this.#cookies.delete(key);
      if (cookie.expiresAt > now) this.#cookies.set(key, cookie);
      if (this.#cookies.size > maxCookies) {
        const [oldest] = this.#cookies.keys();
        this.#cookies.delete(oldest!);
      }
    }
  }

  /** The Cookie header's value for a request to `path`; undefined: there is none. */
  headerFor(path: string, now: number): Secret | undefined {
    if (this.#cookies.size === 0) return undefined;
    const pairs: string[] = [];
    for (const [key, { name, value, path: own, isSecure, expiresAt }] of this.#cookies) {
      if (expiresAt <= now) this.#cookies.delete(key);
      else if ((!isSecure || this.#isTls) && isWithin(path, own)) pairs.push(`${name}=${value.reveal()}`);
    }
    return pairs.length === 0 ? undefined : new Secret(pairs.join('; '));
  }
}

function readCookie(line: string, path: string, now: number): Cookie | undefined {
  if (line.length > maxCookieLength) return undefined;
  const [pair = '', ...attributes] = line.split(';');
  const equals = pair.indexOf('=');
  if (equals === -1) return undefined;
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (!cookieName.test(name) || !cookieValue.test(value)) return undefined;
  let isSecure = false;
  let own = defaultPath(path);
  let expires: number | undefined;
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const [, key = '', said = ''] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/.exec(attribute) ?? [];
    switch (key.toLowerCase()) {
      case 'secure':
        isSecure = true;
        break;
      case 'path':
        if (said.startsWith('/')) own = said;
        break;
      case 'max-age':
        if (/^-?\d{1,12}$/.test(said)) maxAge = now + Number(said) * 1_000;
        break;
      case 'expires': {
        const at = Date.parse(said);
        if (!Number.isNaN(at)) expires = at;
        break;
      }
      default:
        break;
    }
  }
  return {
    name,
    value: new Secret(value),
    path: own,
    isSecure,
    expiresAt: maxAge ?? expires ?? Number.POSITIVE_INFINITY,
  };
}

/** Of the request's path all but its last segment. */
function defaultPath(path: string): string {
  const end = path.split('?')[0]!.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

function isWithin(path: string, folder: string): boolean {
  const asked = path.split('?')[0]!;
  return asked === folder || asked.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
