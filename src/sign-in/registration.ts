/**
 * sign-in/registration — chooses our client registration at an authorization server.
 *
 * Order: given by the person > Client ID Metadata Document > dynamic registration > ask the person. A registration is
 * bound to its issuer and is never sent to another one. It is kept over logout, so that the client id is reused.
 *
 * @see MCP 2026-07-28, basic/authorization/client-registration; RFC 7591
 */
import { isJsonObject, type JsonObject, type Secret } from '../base/index.ts';
import type { CredentialRepository, OAuthRegistration, ServerId } from '../model/index.ts';
import type { SafeFetchOptions } from '../network/index.ts';
import { coversScope } from './challenge.ts';
import {
  type ClientIdentity,
  chooseClientAuthentication,
  isClientAuthenticationMethod,
} from './client-authentication.ts';
import { type Discovered, discoveredFromJson, discoveredToJson } from './discovery.ts';
import { registerDynamically } from './dynamic-registration.ts';
import { signInError } from './errors.ts';
import { isSameIssuer, issuerSpellings } from './issuer.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';

export type Grant = 'authorization_code' | 'client_credentials';

/** A client that the person has registered by hand at the authorization server. */
export interface GivenClient {
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** The authentication method; chosen from the metadata when absent. `private_key_jwt`: the secret is a PKCS #8 PEM. */
  readonly authenticationMethod?: string;
}

export interface RegistrationSettings {
  readonly clientName: string;
  /** https URL at which our Client ID Metadata Document is served; undefined = none. */
  readonly clientMetadataUrl: string | undefined;
  /** The redirect URIs that document lists. */
  readonly documentRedirectUris: readonly string[];
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
}

export interface EnsureRegistrationInput {
  readonly server: OAuthServer;
  readonly discovered: Discovered;
  /** Undefined for a grant without a browser. */
  readonly redirectUri: string | undefined;
  readonly scope: string | undefined;
  readonly given: GivenClient | undefined;
  readonly grant: Grant;
  /** Forget what is stored and register anew. */
  readonly isFresh: boolean;
}

/**
 * Finds the registration to sign in with, or makes one.
 *
 * @returns the registration with the metadata just discovered. It is not stored yet, because the tokens of an earlier
 *          registration must stay renewable until new ones replace them
 * @throws  sign-in.issuer_changed, sign-in.client_id_needed, sign-in.registration_refused
 */
export async function ensureRegistration(
  repository: CredentialRepository,
  settings: RegistrationSettings,
  input: EnsureRegistrationInput,
  log: OAuthLog,
  now: number,
): Promise<OAuthRegistration> {
  const { server, discovered } = input;
  const stored = await findRegistration(repository, server.id, discovered.issuer);
  const chosen = await chooseRegistration(repository, settings, input, stored, log, now);
  return { ...chosen, updatedAt: now };
}

/** The registration at an issuer, in either spelling. */
export async function findRegistration(
  repository: CredentialRepository,
  serverId: ServerId,
  issuer: string,
): Promise<OAuthRegistration | undefined> {
  for (const spelling of issuerSpellings(issuer)) {
    const found = await repository.getRegistration(serverId, spelling);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function chooseRegistration(
  repository: CredentialRepository,
  settings: RegistrationSettings,
  input: EnsureRegistrationInput,
  stored: OAuthRegistration | undefined,
  log: OAuthLog,
  now: number,
): Promise<OAuthRegistration> {
  const { server, discovered, given, redirectUri } = input;
  const base = {
    serverId: server.id,
    issuer: discovered.issuer,
    serverUrl: server.definedUrl ?? server.url,
    redirectUri,
  };
  const metadata = (client: JsonObject): JsonObject => ({
    ...discoveredToJson(discovered),
    client,
    grant: input.grant,
  });

  if (given !== undefined) {
    log(server.id, 'info', 'using the client id given by hand', { issuer: discovered.issuer });
    return {
      ...base,
      source: 'pre-registered',
      clientId: given.clientId,
      clientSecret: given.clientSecret,
      metadata: metadata(
        given.authenticationMethod === undefined
          ? {}
          : { token_endpoint_auth_method: given.authenticationMethod },
      ),
      createdAt: now,
      updatedAt: now,
    };
  }

  const client = stored === undefined ? {} : clientFacts(stored);
  const unusable = stored === undefined ? 'none is stored' : unusableReason(stored, input, settings, now);
  if (stored !== undefined && unusable === undefined) {
    log(server.id, 'debug', 'registration reused', { issuer: stored.issuer, clientId: stored.clientId });
    return { ...stored, redirectUri, metadata: metadata(client) };
  }
  if (stored === undefined) {
    const other = await repository.getRegistration(server.id);
    if (other !== undefined && !isSameIssuer(other.issuer, discovered.issuer)) {
      log(
        server.id,
        'warn',
        'the server has another authorization server now; no credentials of the old one are sent there',
        {
          issuer: discovered.issuer,
          before: other.issuer,
        },
      );
      if (other.source === 'pre-registered') {
        throw signInError('issuer_changed', {
          server: server.name,
          issuer: discovered.issuer,
          knownIssuer: other.issuer,
        });
      }
    }
  } else {
    log(server.id, 'info', 'making a new registration', { issuer: stored.issuer, reason: unusable ?? '' });
  }

  if (mayUseDocument(settings, input)) {
    log(server.id, 'info', 'using our client metadata document', { issuer: discovered.issuer });
    return {
      ...base,
      source: 'metadata-document',
      clientId: settings.clientMetadataUrl as string,
      clientSecret: undefined,
      metadata: metadata({ token_endpoint_auth_method: 'none' }),
      createdAt: now,
      updatedAt: now,
    };
  }
  if (
    discovered.authorizationServer.registration_endpoint === undefined ||
    input.grant !== 'authorization_code'
  ) {
    throw signInError('client_id_needed', {
      server: server.name,
      issuer: discovered.issuer,
      redirectUri: redirectUri ?? '(none)',
    });
  }
  const answer = await registerDynamically(
    {
      server,
      discovered,
      clientName: settings.clientName,
      redirectUri: redirectUri as string,
      scope: input.scope,
    },
    settings.fetchOptions,
    log,
  );
  return {
    ...base,
    source: 'dynamic',
    clientId: answer.clientId,
    clientSecret: answer.clientSecret,
    metadata: metadata(answer.facts),
    createdAt: now,
    updatedAt: now,
  };
}

/** Why the stored registration cannot be used for this sign-in; undefined when it can. */
function unusableReason(
  stored: OAuthRegistration,
  input: EnsureRegistrationInput,
  settings: RegistrationSettings,
  now: number,
): string | undefined {
  if (input.isFresh) return 'a new registration was asked for';
  if (stored.source === 'pre-registered') return undefined;
  if (stored.redirectUri !== input.redirectUri) return 'the redirect URI has changed';
  if (stored.source === 'metadata-document') {
    return stored.clientId === settings.clientMetadataUrl && mayUseDocument(settings, input)
      ? undefined
      : 'our client metadata document has moved';
  }
  const expiresAt = clientFacts(stored)['client_secret_expires_at'];
  if (typeof expiresAt === 'number' && expiresAt > 0 && expiresAt * 1000 <= now)
    return 'the client secret has expired';
  const scope = clientFacts(stored)['scope'];
  if (typeof scope === 'string' && scope !== '' && !coversScope(scope, input.scope))
    return 'it does not allow the scope that is needed';
  return undefined;
}

function mayUseDocument(settings: RegistrationSettings, input: EnsureRegistrationInput): boolean {
  const url = settings.clientMetadataUrl;
  if (url === undefined || input.redirectUri === undefined) return false;
  if (input.discovered.authorizationServer.client_id_metadata_document_supported !== true) return false;
  return settings.documentRedirectUris.includes(input.redirectUri);
}

function clientFacts(registration: OAuthRegistration): JsonObject {
  const client = registration.metadata['client'];
  return isJsonObject(client) ? client : {};
}

export function grantOf(registration: OAuthRegistration): Grant {
  return registration.metadata['grant'] === 'client_credentials'
    ? 'client_credentials'
    : 'authorization_code';
}

/** The metadata of the last sign-in; undefined = discover again. */
export function discoveredOf(registration: OAuthRegistration): Discovered | undefined {
  return discoveredFromJson(registration.metadata);
}

export function identityOf(registration: OAuthRegistration): ClientIdentity {
  const told = clientFacts(registration)['token_endpoint_auth_method'];
  const supported = discoveredOf(registration)?.authorizationServer.token_endpoint_auth_methods_supported;
  return {
    clientId: registration.clientId,
    clientSecret: registration.clientSecret,
    method: chooseClientAuthentication(
      registration.clientSecret !== undefined,
      isClientAuthenticationMethod(told) ? told : undefined,
      supported,
    ),
  };
}
