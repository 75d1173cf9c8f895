/**
 * sign-in/token-response — reads the response of a token endpoint. Pure.
 *
 * The access token goes into a header, so it must be valid there. A response without a valid one is not used, and the
 * current token is kept. The other members are optional (RFC 6749, section 5.1). One that cannot be used counts as absent.
 */
import { cleanText, isJsonObject, Secret } from '../base/index.ts';

export interface GrantedTokens {
  readonly accessToken: Secret;
  /** Undefined = there is none in the response, and the old one stays valid (RFC 6749, section 6). */
  readonly refreshToken: Secret | undefined;
  /** Undefined = as requested (RFC 6749, section 5.1). */
  readonly scope: string | undefined;
  /** Undefined = the server did not say. */
  readonly lifetimeMs: number | undefined;
}

export type TokenResponse =
  | { readonly kind: 'granted'; readonly tokens: GrantedTokens }
  /** The server decided against us: `error` is an OAuth error code. */
  | {
      readonly kind: 'refused';
      /** HTTP. */
      readonly status: number;
      readonly error: string;
      readonly description: string;
    }
  /** Try again later; nothing has changed. */
  | {
      readonly kind: 'unavailable';
      readonly reason: string;
      /** HTTP; undefined = there was no answer. */
      readonly status?: number;
      /** The request may have been carried out although we saw no answer. */
      readonly mayHaveHappened: boolean;
      readonly retryAfterMs?: number;
    }
  /** An answer that cannot be used. */
  | { readonly kind: 'unusable'; readonly reason: string };

const maxTokenLength = 16 * 1024;
/** A larger number is a mistake: no real token lives longer. */
const maxLifetimeSeconds = 365 * 24 * 3600;

/** @param text the whole body */
export function parseTokenResponse(status: number, text: string, retryAfter: string | null): TokenResponse {
  if (status >= 500 || status === 429 || status === 408) {
    const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
    return {
      kind: 'unavailable',
      reason: `HTTP ${status}`,
      status,
      mayHaveHappened: false,
      ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
    };
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  // Some servers answer 200 with an error inside.
  if (isJsonObject(body) && typeof body['error'] === 'string' && body['access_token'] === undefined) {
    const description = body['error_description'];
    return {
      kind: 'refused',
      status,
      error: cleanText(body['error'], 60),
      description: typeof description === 'string' ? cleanText(description) : '',
    };
  }
  if (status < 200 || status > 299) {
    // A page instead of an OAuth error comes from a proxy or a moved endpoint. It says nothing about the grant.
    return {
      kind: 'unavailable',
      reason: `HTTP ${status} without an OAuth error`,
      status,
      mayHaveHappened: false,
    };
  }
  if (!isJsonObject(body)) return { kind: 'unusable', reason: 'it is not a JSON object' };
  return judgeTokens(body);
}

function judgeTokens(body: Record<string, unknown>): TokenResponse {
  const unusable = (reason: string): TokenResponse => ({ kind: 'unusable', reason });
  const accessToken = body['access_token'];
  if (typeof accessToken !== 'string') return unusable('access_token is not a string');
  const fault = tokenFault(accessToken);
  if (fault !== undefined) return unusable(`access_token ${fault}`);

  const type = body['token_type'] ?? '';
  if (typeof type !== 'string' || (type !== '' && type.toLowerCase() !== 'bearer'))
    return unusable(`token_type ${cleanText(JSON.stringify(type), 40)} is not Bearer`);

  const { refresh_token: refreshToken, scope } = body;
  return {
    kind: 'granted',
    tokens: {
      accessToken: new Secret(accessToken),
      refreshToken:
        typeof refreshToken === 'string' && tokenFault(refreshToken) === undefined
          ? new Secret(refreshToken)
          : undefined,
      scope: typeof scope === 'string' && scope.trim() !== '' ? cleanText(scope, 4000) : undefined,
      lifetimeMs: readLifetime(body['expires_in']),
    },
  };
}

/** VSCHAR of RFC 6749 without the space. Such a token is valid in a header and in a form. */
function tokenFault(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (token.length > maxTokenLength) return `is longer than ${maxTokenLength} characters`;
  if (/[\r\n]/.test(token)) return 'has a line break';
  if (!/^[\x21-\x7e]+$/.test(token)) return 'has characters that no token may have';
  return undefined;
}

/** @returns milliseconds; undefined if the response does not say, or says something impossible */
function readLifetime(value: unknown): number | undefined {
  // Some servers send the number as text.
  const seconds = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return undefined;
  return Math.min(seconds, maxLifetimeSeconds) * 1000;
}
