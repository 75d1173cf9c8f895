/**
 * auth/server/token-endpoint — what stands in front of the protocol library at the token endpoint.
 *
 *   resource   is judged before a code is consumed or a refresh token rotated
 *   code       redeemed one after the other; dead after the first redemption that fails
 *   refresh    the predecessor is good for the same successor until that is first used, at most 60 s: an answer may be lost,
 *              and several processes of one client may come at once. After that it is refused; anything older, and a
 *              predecessor that comes later, ends the family
 *
 * Knows nothing of: HTTP, how tokens are made.
 */
import type { Clock, Logger } from '../../base/index.ts';
import type { ClientId, OAuthArtifact } from '../../model/index.ts';
import type { Clients } from '../clients.ts';
import { hashKeyText } from '../key-text.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Artifacts } from './artifacts.ts';
import type { LibraryAnswer } from './call-library.ts';
import { isResourceOf, normalizeResource } from './resources.ts';

export const predecessorMs = 60_000;

/** What a thief, or an honest accident, may have done; for the audit. */
export type TokenAlarm = 'code_reused' | 'refresh_reused';

export interface TokenEndpointOptions {
  readonly artifacts: Artifacts;
  readonly accessTokens: AccessTokens;
  readonly clients: Clients;
  readonly clock: Clock;
  readonly logger: Logger;
  alarm(what: TokenAlarm, grantId: ClientId): void;
}

interface Rotation {
  readonly at: number;
  readonly grantId: ClientId;
  readonly answer: LibraryAnswer;
  readonly successorHash: string;
  readonly accessHash: string;
  use: 'none' | 'access token' | 'rotated again';
}

export type CallToken = (form: URLSearchParams) => Promise<LibraryAnswer>;

export class TokenEndpoint {
  readonly #options: TokenEndpointOptions;
  readonly #turns = new Map<string, Promise<unknown>>();
  /** By the hash of the predecessor; the oldest first. */
  readonly #rotations = new Map<string, Rotation>();

  constructor(options: TokenEndpointOptions) {
    this.#options = options;
  }

  /** An access token is used for the first time: its predecessor's time is over. */
  accessTokenUsed(hash: string): void {
    for (const rotation of this.#rotations.values())
      if (rotation.accessHash === hash && rotation.use === 'none') rotation.use = 'access token';
  }

  async handle(base: string, form: URLSearchParams, call: CallToken): Promise<LibraryAnswer> {
    if (form.getAll('client_id').length !== 1)
      return failure(
        401,
        'invalid_client',
        'client_id is missing; clients here are public and name themselves',
      );
    const code = form.get('code');
    const refreshToken = form.get('refresh_token');
    switch (form.get('grant_type') ?? '') {
      case 'authorization_code':
        if (code === null) return call(form);
        return this.#inTurn(hashKeyText(code), () => this.#redeem(base, form, code, call));
      case 'refresh_token':
        if (refreshToken === null) return call(form);
        return this.#inTurn(hashKeyText(refreshToken), () => this.#refresh(base, form, refreshToken, call));
      default:
        form.delete('resource');
        return call(form);
    }
  }

  async #redeem(base: string, form: URLSearchParams, code: string, call: CallToken): Promise<LibraryAnswer> {
    const { repository } = this.#options.artifacts;
    const hash = hashKeyText(code);
    const before = await repository.find('AuthorizationCode', hash);
    if (before !== undefined) {
      const fault = judgeResource(base, form, grantedResource(before));
      if (fault !== undefined) return fault;
    }
    const answer = await call(form);
    if (answer.status === 200 || before === undefined) return answer;
    if (before.consumedAt !== undefined) {
      // The library has ended what the first redemption gave.
      if (before.grantId !== undefined) this.#options.alarm('code_reused', before.grantId);
    } else if (answer.body.includes('"invalid_grant"')) await repository.delete('AuthorizationCode', hash);
    return answer;
  }

  async #refresh(base: string, form: URLSearchParams, text: string, call: CallToken): Promise<LibraryAnswer> {
    const { artifacts, clock, clients } = this.#options;
    const hash = hashKeyText(text);
    const row = await artifacts.repository.find('RefreshToken', hash);
    const { grantId } = row ?? {};
    if (row === undefined || grantId === undefined || payloadOf(row)['clientId'] !== form.get('client_id'))
      return call(form);
    const entry = clients.entry(grantId);
    const standing = entry === undefined ? 'revoked' : clients.standing(entry);
    if (standing === 'paused')
      return failure(400, 'access_denied', 'this client is paused; the person who runs mcpmux can resume it');
    if (standing !== 'welcome') {
      await artifacts.revokeGrant(grantId);
      return failure(400, 'invalid_grant', 'what this client was allowed has ended');
    }
    const fault = judgeResource(base, form, grantedResource(row));
    if (fault !== undefined) return fault;
    if (row.consumedAt !== undefined) {
      const again = await this.#predecessor(row, grantId);
      if (again !== 'as new') {
        if (again !== 'reused') return again;
        const answer = await call(form);
        this.#options.alarm('refresh_reused', grantId);
        return answer;
      }
    }
    const answer = await call(form);
    if (answer.status !== 200) return answer;
    const issued = JSON.parse(answer.body) as { access_token: string; refresh_token?: string };
    for (const earlier of this.#rotations.values())
      if (earlier.successorHash === hash) earlier.use = 'rotated again';
    this.#rotations.delete(hash);
    this.#rotations.set(hash, {
      at: clock.now(),
      grantId,
      answer,
      successorHash: issued.refresh_token === undefined ? '' : hashKeyText(issued.refresh_token),
      accessHash: hashKeyText(issued.access_token),
      use: 'none',
    });
    this.#forgetOldRotations();
    return answer;
  }

  /** A refresh token comes that was rotated before: what it is good for. */
  async #predecessor(row: OAuthArtifact, grantId: ClientId): Promise<LibraryAnswer | 'as new' | 'reused'> {
    const { artifacts, accessTokens, clock } = this.#options;
    const { repository } = artifacts;
    if (clock.now() - (row.consumedAt ?? 0) > predecessorMs) return 'reused';
    const rotation = this.#rotations.get(row.hash);
    if (rotation !== undefined) {
      if (rotation.use === 'none') return rotation.answer;
      return rotation.use === 'access token' ? overtaken : 'reused';
    }
    // The answer went down with an earlier life of the daemon. Its successor is either unused, and nobody misses it, or in use.
    const since = row.consumedAt ?? 0;
    const mine = Number(payloadOf(row)['rotations'] ?? 0);
    const successors = (await repository.ofGrant('RefreshToken', grantId)).filter(
      (other) => Number(payloadOf(other)['rotations'] ?? 0) > mine,
    );
    if (successors.some(({ consumedAt }) => consumedAt !== undefined)) return 'reused';
    const tokens = (await repository.ofGrant('AccessToken', grantId)).filter(
      ({ createdAt }) => createdAt >= since,
    );
    if (tokens.some(({ usedAt }) => usedAt !== undefined)) return overtaken;
    for (const token of tokens) {
      accessTokens.forget(token.hash);
      await repository.delete('AccessToken', token.hash);
    }
    for (const successor of successors) await repository.delete('RefreshToken', successor.hash);
    await repository.restore('RefreshToken', row.hash);
    return 'as new';
  }

  #forgetOldRotations(): void {
    const before = this.#options.clock.now() - predecessorMs;
    for (const [hash, rotation] of this.#rotations) {
      if (rotation.at >= before) return;
      this.#rotations.delete(hash);
    }
  }

  /** One after the other for one code or token. */
  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const turn = mine.then(noop, noop);
    this.#turns.set(key, turn);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

const overtaken = failure(
  400,
  'invalid_grant',
  'this refresh token was replaced, and its successor is in use',
);

/** Takes the parameter away when it says what was granted anyway. @returns what is wrong with it */
function judgeResource(
  base: string,
  form: URLSearchParams,
  granted: string | undefined,
): LibraryAnswer | undefined {
  if (granted !== undefined && !isResourceOf(base, granted))
    return failure(400, 'invalid_target', 'this was granted for another address of this gateway');
  for (const asked of form.getAll('resource')) {
    const resource = normalizeResource(base, asked);
    const isGranted =
      resource !== undefined &&
      isResourceOf(base, resource) &&
      (granted === undefined || granted === resource || granted === `${base}/`);
    if (!isGranted) return failure(400, 'invalid_target', 'the resource is not the one that was granted');
  }
  form.delete('resource');
  return undefined;
}

function grantedResource(artifact: OAuthArtifact): string | undefined {
  const { resource } = payloadOf(artifact);
  const one = Array.isArray(resource) ? resource[0] : resource;
  return typeof one === 'string' ? one : undefined;
}

function payloadOf(artifact: OAuthArtifact): Readonly<Record<string, unknown>> {
  return JSON.parse(artifact.payload) as Record<string, unknown>;
}

/** An error of RFC 6749 §5.2. */
export function failure(status: number, error: string, description: string): LibraryAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ error, error_description: description }),
  };
}

function noop(): void {}
