/**
 * auth/server/provider — the protocol library (oidc-provider) as we set it up: codes with PKCE, opaque tokens for one
 * resource, rotation, registration, documents at client ids, the device flow. Nothing of OpenID.
 *
 * Loaded when the first client begins to sign in. One for each address under which we are reached, over the same store.
 * Knows nothing of: pages, the person, what a client may see.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type Provider from 'oidc-provider';
import type { OidcClient, OidcContext } from 'oidc-provider';
import { type Clock, type Logger, randomText } from '../../base/index.ts';
import type { Artifacts } from './artifacts.ts';
import { isResourceOf } from './resources.ts';
import { scope } from './scope.ts';
import { newTokenText } from './token-kinds.ts';

export const accessTokenSeconds = 30 * 60;
export const refreshTokenSeconds = 30 * 24 * 60 * 60;
export const codeSeconds = 60;
/** As long as somebody may look at the consent page. */
export const interactionSeconds = 600;
export const deviceCodeSeconds = 600;
/** A grant ends with its client; this only has to be longer. */
const grantSeconds = 100 * 365 * 24 * 60 * 60;

/** The one person. */
export const accountId = 'owner';

export interface ProviderOptions {
  /** What everything that is advertised begins with; also the issuer. */
  readonly base: string;
  readonly artifacts: Artifacts;
  /** Tells our cookies from those of another installation on this host. */
  readonly installation: string;
  readonly cookieKey: string;
  readonly fetchDocument: (url: string) => Promise<Response>;
  readonly mayFetch: (clientId: string) => boolean;
  readonly hasRegistration: boolean;
  readonly errorPage: (error: { readonly code: string; readonly description: string | undefined }) => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function newCookieKey(): string {
  return randomBytes(32).toString('base64url');
}

export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const { base, artifacts, installation } = options;
  const library = await quietly(() => import('oidc-provider'));
  const { interactionPolicy, errors } = library;
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const cookie = { httpOnly: true, overwrite: true, sameSite: 'lax', signed: true } as const;
  const configuration = {
    // No JWT is ever issued; the library wants a key to begin with. It is gone with the process.
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
    adapter: artifacts.adapterOf,
    cookies: {
      keys: [options.cookieKey],
      names: {
        session: `mcpmux_auth_${installation}`,
        interaction: `mcpmux_ask_${installation}`,
        resume: `mcpmux_resume_${installation}`,
      },
      long: cookie,
      short: cookie,
    },
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    scopes: [scope],
    claims: {},
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    subjectTypes: ['public'],
    pkce: { required: () => true },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    loadExistingGrant: async (context: OidcContext) => {
      const grantId = context.oidc.result?.consent?.grantId;
      if (grantId === undefined) return undefined;
      const model = context.oidc.provider.Grant as unknown as { find(id: string): Promise<unknown> };
      return model.find(grantId);
    },
    interactions: {
      url: (_: unknown, interaction: { uid: string }) =>
        `${new URL(base).pathname.replace(/\/$/, '')}/oauth/consent/${interaction.uid}`,
      // Always asked: a consent is never remembered.
      policy: [
        new interactionPolicy.Prompt(
          { name: 'consent', requestable: true },
          new interactionPolicy.Check(
            'person_must_allow',
            'the person has to allow this',
            (context) => context.oidc.result?.consent?.grantId === undefined,
          ),
        ),
      ],
    },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    issueRefreshToken: async (_: unknown, client: OidcClient) => client.grantTypeAllowed('refresh_token'),
    revokeGrantPolicy: () => true,
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: codeSeconds,
      DeviceCode: deviceCodeSeconds,
      Grant: grantSeconds,
      Interaction: interactionSeconds,
      RefreshToken: refreshTokenSeconds,
      Session: interactionSeconds,
    },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      revocation: '/oauth/revoke',
      registration: '/oauth/register',
      device_authorization: '/oauth/device/code',
      code_verification: '/oauth/device',
      jwks: '/oauth/jwks',
      end_session: '/oauth/end-session',
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: { enabled: true },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****' },
      registration: {
        enabled: options.hasRegistration,
        issueRegistrationAccessToken: false,
        idFactory: () => `mcpcl_${randomText(24)}`,
      },
      clientIdMetadataDocument: {
        enabled: true,
        ack: 'draft-02',
        allowFetch: (_: unknown, id: string) => options.mayFetch(id),
        allowClient: () => true,
        cacheDuration: { min: 300, max: 24 * 60 * 60 },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `${base}/`,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => {
          if (!isResourceOf(base, resource)) throw new errors.InvalidTarget('there is no such resource here');
          return {
            scope,
            audience: resource,
            accessTokenFormat: 'opaque',
            accessTokenTTL: accessTokenSeconds,
          };
        },
      },
    },
    renderError: async (
      context: OidcContext,
      out: { error: string; error_description?: string },
      error: Error,
    ) => {
      options.logger.info(
        { error: out.error, reason: error.message },
        'an authorization request was refused',
      );
      context.type = 'html';
      context.body = options.errorPage({ code: out.error, description: out.error_description });
    },
    fetch: (url: string | URL) => options.fetchDocument(String(url)),
  };
  const provider = await quietly(async () => new library.default(base, configuration));
  provider.proxy = true;
  for (const model of [
    provider.AccessToken,
    provider.RefreshToken,
    provider.AuthorizationCode,
    provider.DeviceCode,
  ]) {
    const generate = model.prototype.generateTokenId;
    model.prototype.generateTokenId = function generateTokenId() {
      // Called for what it notes on the token as well.
      const theirs = generate.call(this);
      return newTokenText(this.kind) ?? theirs;
    };
  }
  provider.on('server_error', (_, error) => {
    options.logger.error({ err: error }, 'the authorization server failed');
  });
  return provider;
}

/** The library speaks to the console when it is loaded: of Nodes it does not know, of bodies that were read before it. */
async function quietly<T>(act: () => Promise<T>): Promise<T> {
  const { warn, info } = console;
  console.warn = () => {};
  console.info = () => {};
  try {
    return await act();
  } finally {
    console.warn = warn;
    console.info = info;
  }
}
