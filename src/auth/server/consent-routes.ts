/**
 * auth/server/consent-routes — the pages on which the person decides, and what a decision does to the request that waits.
 *
 * A request belongs to the browser that began it, by a cookie of the library; a page is shown, and a decision taken, in a
 * browser that the person has let in.
 * Knows nothing of: what a decision makes of a client (consents), how the rest of the protocol goes.
 */
import type { OidcClient, default as Provider } from 'oidc-provider';
import { type Clock, isMcpMuxError } from '../../base/index.ts';
import {
  type Exchange,
  publicBase,
  readBody,
  sendJson,
  sendProblem,
  setAnswerHeaders,
} from '../../http/index.ts';
import { type ClientId, nameOf, type OAuthArtifactRepository } from '../../model/index.ts';
import { createCall } from './call-library.ts';
import { type Asking, type Consents, preregisteredPrefix, readDecision, shownName } from './consents.ts';
import type { LibraryHost } from './library-host.ts';
import { consentPage, devicePage, goOnPage, messagePage } from './pages.ts';
import { accountId } from './provider.ts';
import { describeRedirect } from './redirect-uri.ts';
import { scope } from './scope.ts';
import { expired, locked, noDecision, pathOf, queryOf, sendHtml, sendPage, textOf } from './send-page.ts';

const jsonCapBytes = 32 * 1024;

/** The person's browser. admin/browser makes it real. */
export interface PersonDoor {
  /** May a page be shown? Undefined = no. */
  sessionOf(exchange: Exchange): unknown;
  /** May something be decided? */
  isPerson(exchange: Exchange): boolean;
  unlockAddress(exchange: Exchange, next: string): string;
}

export interface ConsentRoutesOptions {
  readonly library: LibraryHost;
  readonly consents: Consents;
  readonly repository: OAuthArtifactRepository;
  readonly person: () => PersonDoor;
  readonly clock: Clock;
  tell(what: 'consent_allowed' | 'consent_denied', name: string, clientId: ClientId | undefined): void;
}

export class ConsentRoutes {
  readonly #options: ConsentRoutesOptions;

  constructor(options: ConsentRoutesOptions) {
    this.#options = options;
  }

  /** The page of one open request. */
  async show(exchange: Exchange): Promise<void> {
    const found = await this.#interaction(exchange);
    if (found === undefined) return;
    if (!this.#letIn(exchange)) return;
    const { asking, redirectUri } = found;
    const redirect = describeRedirect(redirectUri);
    sendPage(
      exchange,
      consentPage(
        pathOf(exchange),
        this.#options.consents.describe(asking, {
          uri: redirectUri,
          host: redirect.host,
          says: redirect.says,
          isLocalOnly: redirect.kind !== 'web',
        }),
      ),
    );
  }

  /** What the person has decided on it. */
  async decide(exchange: Exchange): Promise<void> {
    const decision = await this.#readDecision(exchange);
    if (decision === undefined) return;
    const found = await this.#interaction(exchange);
    if (found === undefined) return;
    const { asking, call, provider } = found;
    if (!decision.isAllowed) {
      this.#options.tell('consent_denied', asking.name, undefined);
      const location = await provider.interactionResult(call.incoming, call.outgoing, {
        error: 'access_denied',
        error_description: 'the person has denied it',
      });
      sendJson(exchange, 200, { location });
      return;
    }
    try {
      const client = await this.#options.consents.allow(asking, decision);
      const resource = textOf(found.parameters['resource'], `${publicBase(exchange)}/`);
      const grantId = await saveGrant(provider, client.id, asking.oauthClientId, resource);
      const location = await provider.interactionResult(call.incoming, call.outgoing, {
        login: { accountId, remember: false },
        consent: { grantId },
      });
      this.#options.tell('consent_allowed', nameOf(client), client.id);
      sendJson(exchange, 200, { location });
    } catch (error) {
      this.#refuseDecision(exchange, error);
    }
  }

  /** The open request of this browser. @returns undefined = answered: there is none */
  async #interaction(exchange: Exchange) {
    const uid = exchange.path.slice('/oauth/consent/'.length);
    const provider = await this.#options.library.providerOf(exchange);
    const call = createCall(this.#options.library.requestOf(exchange, exchange.path, undefined));
    const interaction = await provider
      .interactionDetails(call.incoming, call.outgoing)
      .catch(() => undefined);
    const clientId = textOf(interaction?.params['client_id']);
    const client =
      interaction?.uid === uid ? await provider.Client.find(clientId).catch(() => undefined) : undefined;
    if (interaction === undefined || client === undefined) {
      const says = [
        'It was begun in another browser, more than ten minutes ago, or before McpMux was started again.',
      ];
      if (exchange.method === 'POST') sendProblem(exchange, 400, expired);
      else
        sendPage(
          exchange,
          messagePage(pathOf(exchange), 'This request is not open here', [
            ...says,
            'Start again in the client.',
          ]),
          400,
        );
      return undefined;
    }
    const asking: Asking = {
      oauthClientId: clientId,
      kind: kindOf(clientId, client),
      name: shownName(clientId, client.clientName),
    };
    return {
      provider,
      call,
      asking,
      parameters: interaction.params,
      redirectUri: textOf(interaction.params['redirect_uri'], client.redirectUris?.[0]),
    };
  }

  // ── devices ────────────────────────────────────────────────────────────────────────────────────

  /** The page for the code of a device. */
  async showDevice(exchange: Exchange): Promise<void> {
    if (!this.#letIn(exchange)) return;
    const typed = new URLSearchParams(exchange.query).get('user_code') ?? '';
    if (typed === '') {
      sendPage(exchange, devicePage(pathOf(exchange), '', undefined));
      return;
    }
    const found = await this.#deviceCode(exchange, typed);
    if (found === undefined) {
      const waitMs = exchange.failedAttempt();
      const trouble =
        waitMs > 0
          ? 'Too many wrong codes; wait a minute.'
          : 'No device waits with this code, or it has expired.';
      sendPage(exchange, devicePage(pathOf(exchange), typed.slice(0, 12), trouble), waitMs > 0 ? 429 : 404);
      return;
    }
    sendPage(
      exchange,
      consentPage(pathOf(exchange), this.#options.consents.describe(found.asking, undefined)),
    );
  }

  async decideDevice(exchange: Exchange): Promise<void> {
    const decision = await this.#readDecision(exchange);
    if (decision === undefined) return;
    const found = await this.#deviceCode(
      exchange,
      new URLSearchParams(exchange.query).get('user_code') ?? '',
    );
    if (found === undefined) {
      sendProblem(exchange, 400, expired);
      return;
    }
    const { asking, artifact, payload, provider } = found;
    const location = `${pathOf(exchange)}/oauth/done?${decision.isAllowed ? 'allowed' : 'denied'}`;
    try {
      if (!decision.isAllowed) {
        await this.#options.repository.save({
          ...artifact,
          payload: JSON.stringify({
            ...payload,
            error: 'access_denied',
            errorDescription: 'the person has denied it',
          }),
        });
        this.#options.tell('consent_denied', asking.name, undefined);
      } else {
        const client = await this.#options.consents.allow(asking, decision);
        const resource = textOf(payload['resource'], `${publicBase(exchange)}/`);
        const grantId = await saveGrant(provider, client.id, asking.oauthClientId, resource);
        await this.#options.repository.save({
          ...artifact,
          grantId: client.id,
          payload: JSON.stringify({
            ...payload,
            accountId,
            grantId,
            scope,
            resource,
            authTime: Math.floor(this.#options.clock.now() / 1000),
          }),
        });
        this.#options.tell('consent_allowed', nameOf(client), client.id);
      }
      sendJson(exchange, 200, { location });
    } catch (error) {
      this.#refuseDecision(exchange, error);
    }
  }

  async #deviceCode(exchange: Exchange, typed: string) {
    const userCode = typed.toUpperCase().replace(/[^A-Z]/g, '');
    const artifact = userCode === '' ? undefined : await this.#options.repository.findByUserCode(userCode);
    if (artifact === undefined || (artifact.expiresAt ?? 0) <= this.#options.clock.now()) return undefined;
    const payload = JSON.parse(artifact.payload) as Record<string, unknown>;
    if (payload['accountId'] !== undefined || payload['error'] !== undefined) return undefined;
    const provider = await this.#options.library.providerOf(exchange);
    const clientId = textOf(payload['clientId']);
    const client = await provider.Client.find(clientId).catch(() => undefined);
    if (client === undefined) return undefined;
    const asking: Asking = {
      oauthClientId: clientId,
      kind: kindOf(clientId, client),
      name: shownName(clientId, client.clientName),
    };
    return { artifact, payload, asking, provider };
  }

  /** @returns false = answered: the browser has to be let in first */
  #letIn(exchange: Exchange): boolean {
    const person = this.#options.person();
    if (person.sessionOf(exchange) !== undefined) return true;
    const next = `${pathOf(exchange)}${exchange.path}${queryOf(exchange)}`;
    const hasAsked = new URLSearchParams(exchange.query).has('here');
    const site = exchange.header('sec-fetch-site');
    if (!hasAsked && site !== undefined && site !== 'same-origin' && site !== 'none') {
      const { response } = exchange;
      sendHtml(response, goOnPage(pathOf(exchange), `${next}${next.includes('?') ? '&' : '?'}here=1`), 200);
      return false;
    }
    const { response } = exchange;
    setAnswerHeaders(response);
    response.writeHead(303, { location: person.unlockAddress(exchange, next), 'content-length': 0 });
    response.end();
    return false;
  }

  async #readDecision(exchange: Exchange) {
    const body = (await readBody(exchange, jsonCapBytes)).toString();
    if (!this.#options.person().isPerson(exchange)) {
      sendProblem(exchange, 401, locked);
      return undefined;
    }
    const decision = readDecision(body);
    if (decision === undefined) sendProblem(exchange, 400, noDecision);
    return decision;
  }

  #refuseDecision(exchange: Exchange, error: unknown): void {
    if (!isMcpMuxError(error)) throw error;
    sendProblem(exchange, 409, {
      type: `urn:mcpmux:problem:${error.code}`,
      title: 'This cannot be allowed',
      status: 409,
      code: error.code,
      detail: error.message,
    });
  }
}

function kindOf(clientId: string, client: OidcClient): Asking['kind'] {
  if (client.clientIdMetadataDocument === true) return 'cimd';
  return clientId.startsWith(preregisteredPrefix) ? 'preregistered' : 'dcr';
}

/** The grant has the id of the client that it lets in. */
async function saveGrant(
  provider: Provider,
  clientId: ClientId,
  oauthClientId: string,
  resource: string,
): Promise<string> {
  const grant = new provider.Grant({ accountId, clientId: oauthClientId });
  grant.jti = clientId;
  grant.addOIDCScope(scope);
  grant.addResourceScope(resource, scope);
  return grant.save();
}
