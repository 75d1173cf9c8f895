/**
 * auth/server/artifacts — what the protocol library must remember, over our own store.
 *
 * Codes, tokens, grants and registrations are stored by the hash of their text. Requests that are still open (an
 * interaction, the session around it) are in memory: nobody who is not let in makes us write, and a restart ends them.
 * Owns: the bounds of both.
 */
import type { Clock } from '../../base/index.ts';
import type {
  ClientId,
  OAuthArtifact,
  OAuthArtifactKind,
  OAuthArtifactRepository,
} from '../../model/index.ts';
import { hashKeyText } from '../key-text.ts';
import type { AccessTokens } from './access-tokens.ts';

/** Open requests at once: far more than people have browsers. The oldest goes. */
const maxOpen = 1_000;
/** Registrations that nobody has allowed anything yet: the oldest go. */
export const maxUnusedRegistrations = 500;
const unusedRegistrationMs = 24 * 60 * 60_000;

const stored: ReadonlySet<string> = new Set<OAuthArtifactKind>([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'Grant',
  'Client',
]);

interface OpenItem {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly expiresAt: number;
}

export interface ArtifactsOptions {
  readonly repository: OAuthArtifactRepository;
  readonly accessTokens: AccessTokens;
  readonly clock: Clock;
  /** All tokens of a grant have ended: what was opened with them ends too. */
  ended(grantId: ClientId): void;
  /** Default: `maxUnusedRegistrations`. */
  readonly unusedRegistrations?: number | undefined;
}

/** The adapter of one model, as the library wants it. */
export interface ModelAdapter {
  upsert(id: string, payload: Record<string, unknown>, expiresInSeconds?: number): Promise<void>;
  find(id: string): Promise<Record<string, unknown> | undefined>;
  findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined>;
  findByUid(uid: string): Promise<Record<string, unknown> | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

export class Artifacts {
  readonly #options: ArtifactsOptions;
  readonly #open = new Map<string, OpenItem>();
  #unused: { readonly id: string; readonly until: number }[] | undefined;

  constructor(options: ArtifactsOptions) {
    this.#options = options;
  }

  /** The tokens of earlier starts. */
  async load(): Promise<void> {
    const { repository, accessTokens, clock } = this.#options;
    for (const token of await repository.live('AccessToken', clock.now())) accessTokens.remember(token);
  }

  readonly adapterOf = (kind: string): ModelAdapter =>
    stored.has(kind) ? this.#storedAdapter(kind as OAuthArtifactKind) : this.#openAdapter(kind);

  get repository(): OAuthArtifactRepository {
    return this.#options.repository;
  }

  /** A person has allowed something to this registration: it stays. */
  async keepRegistration(clientId: string): Promise<void> {
    const { repository } = this.#options;
    const found = await repository.find('Client', hashKeyText(clientId));
    if (found?.expiresAt !== undefined) await repository.save({ ...found, expiresAt: undefined });
    this.#unused = this.#unused?.filter(({ id }) => id !== hashKeyText(clientId));
  }

  /** Ends all codes and tokens of a grant, and the grant. */
  async revokeGrant(grantId: ClientId): Promise<void> {
    const { repository, accessTokens } = this.#options;
    const hadTokens = accessTokens.forgetGrant(grantId);
    if (hadTokens) this.#options.ended(grantId);
    await repository.deleteOfGrant(grantId);
    await repository.delete('Grant', hashKeyText(grantId));
  }

  /** What has expired goes. */
  async sweep(): Promise<void> {
    const { repository, clock } = this.#options;
    await repository.deleteExpired(clock.now());
  }

  #storedAdapter(kind: OAuthArtifactKind): ModelAdapter {
    const { repository, accessTokens, clock } = this.#options;
    const asPayload = (artifact: OAuthArtifact | undefined, id: string | undefined) => {
      if (artifact === undefined) return undefined;
      if (artifact.expiresAt !== undefined && artifact.expiresAt <= clock.now() && kind === 'Client')
        return undefined;
      const payload = JSON.parse(artifact.payload) as Record<string, unknown>;
      return {
        ...payload,
        ...(id !== undefined && kind !== 'Client' && { jti: id }),
        ...(artifact.consumedAt !== undefined && { consumed: Math.floor(artifact.consumedAt / 1000) }),
      };
    };
    return {
      upsert: async (id, { jti: _, consumed: __, ...payload }, expiresInSeconds) => {
        const now = clock.now();
        const hash = hashKeyText(id);
        const artifact: OAuthArtifact = {
          kind,
          hash,
          grantId: (kind === 'Grant' ? id : textOf(payload['grantId'])) as ClientId | undefined,
          userCode: textOf(payload['userCode']),
          payload: JSON.stringify(payload),
          createdAt: now,
          expiresAt:
            kind === 'Client'
              ? now + unusedRegistrationMs
              : expiresInSeconds === undefined
                ? undefined
                : now + expiresInSeconds * 1000,
          consumedAt: undefined,
          usedAt: undefined,
        };
        if (kind === 'Client') await this.#makeRoom(artifact);
        await repository.save(artifact);
        if (kind === 'AccessToken') accessTokens.remember(artifact);
      },
      find: async (id) => asPayload(await repository.find(kind, hashKeyText(id)), id),
      findByUserCode: async (userCode) => asPayload(await repository.findByUserCode(userCode), undefined),
      findByUid: async () => undefined,
      consume: async (id) => {
        await repository.consume(kind, hashKeyText(id), clock.now());
      },
      destroy: async (id) => {
        const hash = hashKeyText(id);
        if (kind === 'AccessToken') accessTokens.forget(hash);
        await repository.delete(kind, hash);
      },
      revokeByGrantId: async (grantId) => {
        // The library asks once for each kind of token; all go at the first.
        if (accessTokens.forgetGrant(grantId as ClientId)) this.#options.ended(grantId as ClientId);
        await repository.deleteOfGrant(grantId as ClientId);
      },
    };
  }

  #openAdapter(kind: string): ModelAdapter {
    const { clock } = this.#options;
    const keyOf = (id: string): string => `${kind}\n${id}`;
    const find = async (id: string) => {
      const item = this.#open.get(keyOf(id));
      return item === undefined || item.expiresAt <= clock.now() ? undefined : { ...item.payload };
    };
    return {
      upsert: async (id, payload, expiresInSeconds = 600) => {
        this.#open.delete(keyOf(id));
        this.#open.set(keyOf(id), { payload, expiresAt: clock.now() + expiresInSeconds * 1000 });
        const oldest = this.#open.keys().next().value;
        if (this.#open.size > maxOpen && oldest !== undefined) this.#open.delete(oldest);
      },
      find,
      findByUserCode: async () => undefined,
      findByUid: async (uid) => {
        for (const [key, item] of this.#open)
          if (key.startsWith(`${kind}\n`) && item.payload['uid'] === uid) return { ...item.payload };
        return undefined;
      },
      consume: async (id) => {
        const item = this.#open.get(keyOf(id));
        if (item !== undefined)
          this.#open.set(keyOf(id), {
            ...item,
            payload: { ...item.payload, consumed: Math.floor(clock.now() / 1000) },
          });
      },
      destroy: async (id) => {
        this.#open.delete(keyOf(id));
      },
      revokeByGrantId: async () => {},
    };
  }

  /** Registering grants nothing, so anybody may; what nobody uses must not pile up. */
  async #makeRoom(coming: OAuthArtifact): Promise<void> {
    const { repository, clock, unusedRegistrations: most = maxUnusedRegistrations } = this.#options;
    const now = clock.now();
    this.#unused ??= (await repository.live('Client', now))
      .filter(({ expiresAt }) => expiresAt !== undefined)
      .map(({ hash, expiresAt }) => ({ id: hash, until: expiresAt ?? 0 }));
    this.#unused = this.#unused.filter(({ until }) => until > now);
    this.#unused.push({ id: coming.hash, until: coming.expiresAt ?? 0 });
    for (const { id } of this.#unused.splice(0, Math.max(0, this.#unused.length - most)))
      await repository.delete('Client', id);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
