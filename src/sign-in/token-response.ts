/**
 * sign-in/token-response — judges what a token endpoint answered. Pure.
 *
 * The access token will be put into a header, so it must be fit for one; an answer without it is not used, and the
 * previous good credential stays. The other members are optional (RFC 6749, section 5.1): one that cannot be used counts
 * as not sent, because the token beside it is good.
 */
import { cleanText, isJsonObject, Secret } from '../base/index.ts';

export interface GrantedTokens {
  readonly accessToken: Secret;
  /** Undefined = the answer has none: the old one stays good (RFC 6749, section 6). */
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
  /** Nothing is decided: try again later, everything stays as it is. */
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
/** No real token lives longer; a larger number is a mistake and would never be refreshed. */
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
    // A page instead of an OAuth error comes from something in between (a proxy, a moved endpoint): it decides nothing.
    return {
      kind: 'unavailable',
      reason: `HTTP ${status} without an OAuth error`,
      status,
      mayHaveHappened: false,
    };
  }
  if (!isJsonObject(body)) return { kind: 'unusable', reason: 'it is no JSON object' };
  return judgeTokens(body);
}

function judgeTokens(body: Record<string, unknown>): TokenResponse {
  const unusable = (reason: string): TokenResponse => ({ kind: 'unusable', reason });
  const accessToken = body['access_token'];
  if (typeof accessToken !== 'string') return unusable('access_token is no text');
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

/** VSCHAR of RFC 6749 without the space: fit for a header, for a form and for one line. */
function tokenFault(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (token.length > maxTokenLength) return `is longer than ${maxTokenLength} characters`;
  if (/[\r\n]/.test(token)) return 'has a line break';
  if (!/^[\x21-\x7e]+$/.test(token)) return 'has characters that no token may have';
  return undefined;
}

/** @returns milliseconds; undefined = the answer does not say, or says what no living token can have */
function readLifetime(value: unknown): number | undefined {
  // Some servers send the number as text.
  const seconds = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return undefined;
  return Math.min(seconds, maxLifetimeSeconds) * 1000;
}
