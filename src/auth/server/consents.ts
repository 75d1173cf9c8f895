/**
 * auth/server/consents — what a person's decision makes: a client that may come in, held to what was chosen.
 *
 * A client id of a document is shared by every installation of an app, so each consent is a client of its own. A
 * registration is one installation: a second consent takes the place of the first.
 * Knows nothing of: pages, the protocol.
 */
import { type Clock, cleanText, isJsonObject, randomText } from '../../base/index.ts';
import { type Client, type ClientKind, type ClientRepository, nameOf } from '../../model/index.ts';
import type { Clients } from '../clients.ts';
import { authError } from '../errors.ts';
import { hashKeyText } from '../key-text.ts';
import type { Artifacts } from './artifacts.ts';
import { judgeClientMetadata } from './client-metadata.ts';
import type { ConsentFacts, ConsentSpace } from './pages.ts';
import { judgeRedirectUri } from './redirect-uri.ts';

const day = 24 * 60 * 60_000;

export const durations: readonly {
  readonly value: string;
  readonly says: string;
  readonly ms: number | undefined;
}[] = [
  { value: '1h', says: '1 hour', ms: 60 * 60_000 },
  { value: '1d', says: '1 day', ms: day },
  { value: '30d', says: '30 days', ms: 30 * day },
  { value: '1y', says: '1 year', ms: 365 * day },
  { value: 'always', says: 'until I revoke it', ms: undefined },
];
const defaultDuration = '30d';
/** Client ids that the person made. */
export const preregisteredPrefix = 'mcppc_';
/** The choice that holds a client to no Space. */
export const everySpace = '*';

export interface Decision {
  readonly isAllowed: boolean;
  readonly space: string;
  readonly sets: readonly string[];
  readonly durationMs: number | undefined;
}

/** @returns undefined when it is no decision of our page */
export function readDecision(body: string): Decision | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { decision, space, sets, duration } = value;
  if (decision === 'deny') return { isAllowed: false, space: everySpace, sets: [], durationMs: undefined };
  const chosen = durations.find((one) => one.value === duration);
  if (decision !== 'allow' || typeof space !== 'string' || space === '' || chosen === undefined)
    return undefined;
  if (!Array.isArray(sets) || sets.length > 64 || sets.some((set) => typeof set !== 'string'))
    return undefined;
  return { isAllowed: true, space, sets: sets as string[], durationMs: chosen.ms };
}

export interface ConsentsOptions {
  readonly clients: Clients;
  readonly repository: ClientRepository;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  /** The Spaces and FeatureSets as they are now. */
  spaces(): readonly ConsentSpace[];
}

/** An app that asks. */
export interface Asking {
  readonly oauthClientId: string;
  readonly kind: Extract<ClientKind, 'dcr' | 'cimd' | 'preregistered'>;
  readonly name: string;
}

export class Consents {
  readonly #options: ConsentsOptions;

  constructor(options: ConsentsOptions) {
    this.#options = options;
  }

  /** What the page shows. */
  describe(asking: Asking, redirect: ConsentFacts['redirect']): ConsentFacts {
    const known = this.#known(asking);
    return {
      name: asking.name,
      verifiedHost: asking.kind === 'cimd' ? new URL(asking.oauthClientId).host : undefined,
      isYours: asking.kind === 'preregistered',
      redirect,
      isKnownAs: known === undefined ? undefined : nameOf(known),
      spaces: [
        ...this.#options.spaces(),
        {
          id: everySpace,
          name: 'Every Space',
          says: 'the rules decide by folder',
          isDefault: false,
          sets: [],
        },
      ],
      durations: durations.map(({ value, says }) => ({ value, says, isDefault: value === defaultDuration })),
    };
  }

  /**
   * The person has allowed it.
   *
   * @returns the client; its id is that of the grant
   * @throws auth.no_such_space, auth.no_such_feature_set, auth.client_paused, store.*
   */
  async allow(asking: Asking, decision: Decision): Promise<Client> {
    const { clients, repository, artifacts, clock } = this.#options;
    const limits = clients.readLimits(decision.space === everySpace ? null : decision.space, decision.sets);
    const expiresAt = decision.durationMs === undefined ? undefined : clock.now() + decision.durationMs;
    const known = this.#known(asking);
    if (known?.status === 'paused') throw authError('client_is_paused', { name: nameOf(known) });
    if (known !== undefined) {
      await artifacts.revokeGrant(known.id);
      return clients.change(known.id, {
        space: limits.spaceId ?? null,
        featureSets: [...limits.featureSetIds],
        expiresAt: expiresAt ?? null,
      });
    }
    const client = clients.draft({
      kind: asking.kind,
      name: asking.name,
      limits,
      expiresAt,
      oauthClientId: asking.oauthClientId,
    });
    await repository.insert(client);
    clients.adopt(client);
    await artifacts.keepRegistration(asking.oauthClientId);
    return client;
  }

  /**
   * Registers a client by hand. It may ask from now on; what it may use is decided when it does.
   *
   * @throws auth.bad_client_name, auth.client_name_taken, auth.bad_redirect_uri, store.*
   */
  async preregister(name: string, redirectUris: readonly string[]): Promise<Client> {
    const { clients, repository, artifacts, clock } = this.#options;
    clients.checkName(name);
    for (const uri of redirectUris) {
      const verdict = judgeRedirectUri(uri);
      if ('fault' in verdict) throw authError('bad_redirect_uri', { uri, fault: verdict.fault });
    }
    const judged = judgeClientMetadata({ client_name: name, redirect_uris: redirectUris }, false);
    if ('fault' in judged)
      throw authError('bad_redirect_uri', { uri: redirectUris.join(', '), fault: judged.fault.description });
    const oauthClientId = preregisteredPrefix + randomText(24);
    await artifacts.repository.save({
      kind: 'Client',
      hash: hashKeyText(oauthClientId),
      grantId: undefined,
      userCode: undefined,
      payload: JSON.stringify({ client_id: oauthClientId, ...judged.metadata }),
      createdAt: clock.now(),
      expiresAt: undefined,
      consumedAt: undefined,
      usedAt: undefined,
    });
    const client = clients.draft({ kind: 'preregistered', name, oauthClientId });
    await repository.insert(client);
    clients.adopt(client);
    return client;
  }

  /** The installation that a registration was allowed as before. */
  #known({ kind, oauthClientId }: Asking): Client | undefined {
    if (kind === 'cimd') return undefined;
    return this.#options.clients
      .list()
      .find((client) => client.oauthClientId === oauthClientId && client.status !== 'revoked');
  }
}

/** The name that a client shows; for those without one, the place it comes from. */
export function shownName(clientId: string, clientName: string | undefined): string {
  const name = cleanText(clientName ?? '', 64);
  if (name !== '') return name;
  return URL.canParse(clientId) ? new URL(clientId).host : 'An unnamed client';
}
