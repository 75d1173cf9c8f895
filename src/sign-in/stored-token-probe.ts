/**
 * sign-in/stored-token-probe — sends a request with the stored token, and reports whether the server accepts it.
 *
 * It is part of the doctor. Only the head of the response is read, and the token is never in the report. If a refused
 * token is a JWT, the report gives its audience and its times, because these are the usual reasons.
 *
 * @see RFC 9068, section 2.2
 */
import { cleanText, isJsonObject, type Secret } from '../base/index.ts';
import { bearerChallenge, challengeWords } from './challenge.ts';
import type { OAuthServer } from './oauth-server.ts';
import { probeServer } from './probe.ts';

export interface TokenProbe {
  readonly isTaken: boolean;
  /** One sentence without a full stop. */
  readonly detail: string;
}

/** @param now epoch ms. @throws the socket's error when the server cannot be reached */
export async function probeStoredToken(
  server: OAuthServer,
  token: Secret,
  resource: string,
  now: number,
): Promise<TokenProbe> {
  const { status, wwwAuthenticate } = await probeServer(server, token);
  // Any other status means that the token was accepted. The server may still refuse the ping.
  const isTaken = status !== 401 && !(status === 403 && wwwAuthenticate !== undefined);
  if (isTaken) return { isTaken, detail: `HTTP ${status}, the server accepts the token` };
  const words = challengeWords(bearerChallenge(wwwAuthenticate), token);
  const said = words === undefined ? '' : `: ${words}`;
  const facts = [
    `HTTP ${status}, the server refuses the token${said}`,
    ...claimsOf(token, resource, server.url, now),
  ];
  return { isTaken, detail: facts.join('; ') };
}

function claimsOf(token: Secret, resource: string, url: string, now: number): readonly string[] {
  const claims = payloadOf(token.reveal());
  if (claims === undefined) return [];
  const audience = [claims['aud']].flat().filter((one) => typeof one === 'string');
  const facts: string[] = [];
  const isMeant = audience.some((one) => one === resource || one === url || `${one}/` === url);
  if (audience.length > 0)
    facts.push(
      isMeant
        ? 'the token is meant for this server'
        : `the token is meant for ${cleanText(audience.join(', '))}, not for ${resource}`,
    );
  const seconds = Math.round(now / 1000);
  for (const name of ['nbf', 'iat'] as const) {
    const at = claims[name];
    if (typeof at === 'number' && at > seconds + 1) {
      facts.push(`it becomes valid in ${at - seconds} s by the clock of this machine`);
      break;
    }
  }
  const end = claims['exp'];
  if (typeof end === 'number' && end <= seconds) facts.push(`it expired ${seconds - end} s ago`);
  return facts;
}

/** @returns undefined for a token that is no JWT */
function payloadOf(token: string): Record<string, unknown> | undefined {
  const [, payload, ...rest] = token.split('.');
  if (payload === undefined || rest.length !== 1) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
