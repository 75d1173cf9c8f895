/**
 * sign-in/discovery — finds the authorization server of an MCP server.
 *
 * In: the server's URL and, if it sent one, its Bearer challenge. Out: validated metadata, and every step that was taken
 * (the doctor prints them). When one address fails, the next one is tried. The failure is reported only if nothing is
 * found.
 *
 * Knows nothing of: registrations, tokens, who signs in.
 *
 * @see MCP 2026-07-28, basic/authorization, "Authorization Server Discovery"; RFC 9728; RFC 8414; OpenID Connect Discovery 1.0
 */
import { cleanText, isMcpMuxError, type JsonObject, type JsonValue, showUrl } from '../base/index.ts';
import { createSafeFetch, type SafeFetchOptions } from '../network/index.ts';
import type { BearerChallenge } from './challenge.ts';
import { signInError } from './errors.ts';
import { isSameIssuer } from './issuer.ts';
import {
  type AuthorizationServerFacts,
  type ResourceMetadata,
  readAuthorizationServer,
  readResourceMetadata,
} from './metadata-documents.ts';
import { fetchDocument } from './metadata-fetch.ts';
import type { OAuthServer } from './oauth-server.ts';

export interface Discovered {
  /** The validated issuer. Credentials are bound to it. */
  readonly issuer: string;
  readonly authorizationServer: AuthorizationServerFacts;
  /** The `resource` parameter: as the metadata has it, or the server's URL. */
  readonly resource: string;
  /** `scopes_supported` of the protected resource. */
  readonly resourceScopes: string | undefined;
  readonly hasResourceMetadata: boolean;
  /** No metadata is published. The default endpoints of revision 2025-03-26 are assumed. */
  readonly isAssumed: boolean;
}

export interface DiscoveryStep {
  readonly name: 'resource-metadata' | 'authorization-server-metadata' | 'result';
  readonly url: string | undefined;
  readonly outcome: 'found' | 'absent' | 'failed';
  /** One sentence. */
  readonly detail: string;
}

export interface DiscoverOptions {
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
  readonly challenge?: BearerChallenge | undefined;
  /** If there are several authorization servers, the one where we are registered. */
  readonly preferredIssuer?: string | undefined;
  /** Called for every step. */
  readonly onStep?: (step: DiscoveryStep) => void;
  /** The client credentials grant needs neither an authorization endpoint nor PKCE. */
  readonly isForClientCredentials?: boolean;
}

/**
 * Finds and validates everything that a sign-in needs to know.
 *
 * @throws sign-in.discovery_failed (worth trying again), sign-in.bad_metadata (it is not)
 */
export async function discover(server: OAuthServer, options: DiscoverOptions): Promise<Discovered> {
  const step = options.onStep ?? (() => {});
  const search: Search = { server, step, fetchOptions: { ...options.fetchOptions, serverUrl: server.url } };

  const { metadata: resource, failure } = await findResourceMetadata(search, options.challenge);
  const bad = (reason: string) => {
    step({ name: 'result', url: undefined, outcome: 'failed', detail: reason });
    return signInError('bad_metadata', { server: server.name, reason });
  };

  const listed = resource?.authorizationServers ?? [];
  const { preferredIssuer } = options;
  const preferred =
    preferredIssuer === undefined
      ? undefined
      : listed.find((issuer) => isSameIssuer(issuer, preferredIssuer));
  // Without metadata of the resource, the origin is its authorization server (MCP 2025-03-26).
  const issuerUrl = preferred ?? listed.find(isWebAddress) ?? listed[0] ?? String(new URL('/', server.url));
  if (!isWebAddress(issuerUrl))
    throw bad(`it names an authorization server that is not a web address (${showUrl(issuerUrl)})`);
  const metadata = await findAuthorizationServer(search, issuerUrl);

  if (metadata === undefined) {
    // A document that could not be read may name another authorization server. Without a failure, there is none.
    if (failure !== undefined) throw failure;
    if (listed.length > 0) throw bad(`the authorization server ${showUrl(issuerUrl)} publishes no metadata`);
  }
  const authorizationServer = metadata ?? assumedEndpoints(server.url);
  const reason = judge(authorizationServer, options.isForClientCredentials === true);
  if (reason !== undefined) throw bad(reason);
  step({
    name: 'result',
    url: undefined,
    outcome: 'found',
    detail: `sign in at ${authorizationServer.issuer}${metadata === undefined ? ' (default endpoints; it publishes no metadata)' : ''}`,
  });
  return {
    issuer: authorizationServer.issuer,
    authorizationServer,
    resource: resource?.resource ?? canonicalResource(server.url),
    resourceScopes: resource === undefined ? undefined : resource.scopes.join(' ') || undefined,
    hasResourceMetadata: resource !== undefined,
    isAssumed: metadata === undefined,
  };
}

/**
 * The addresses to try: that of the challenge if it can be used, the well-known one with the path, the one at the root.
 *
 * @see RFC 9728, sections 3.1 and 5.1
 */
export function resourceMetadataUrls(serverUrl: string, challengeUrl: string | undefined): readonly string[] {
  const url = new URL(serverUrl);
  const path = url.pathname.replace(/\/$/, '');
  const root = `${url.origin}/.well-known/oauth-protected-resource`;
  const urls = challengeUrl !== undefined && isWebAddress(challengeUrl) ? [challengeUrl] : [];
  if (path !== '') urls.push(`${root}${path}${url.search}`);
  return [...new Set([...urls, root])];
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** One discovery under way. */
interface Search {
  readonly server: OAuthServer;
  readonly step: (step: DiscoveryStep) => void;
  readonly fetchOptions: SafeFetchOptions;
}

/** @returns the first document that can be used; if there is none, `failure` is the first error */
async function findResourceMetadata(
  { server, step, fetchOptions }: Search,
  challenge: BearerChallenge | undefined,
): Promise<{ readonly metadata: ResourceMetadata | undefined; readonly failure: Error | undefined }> {
  const { checkResourceAllowed, LATEST_PROTOCOL_VERSION } = await import('@modelcontextprotocol/client');
  const name = 'resource-metadata';
  const fetch = createSafeFetch('the protected resource metadata', fetchOptions);
  const unreachable = new Set<string>();
  let failure: Error | undefined;
  let mismatch: Error | undefined;

  const named = challenge?.resourceMetadataUrl;
  if (named !== undefined && !isWebAddress(named))
    step({
      name,
      url: undefined,
      outcome: 'absent',
      detail: `the challenge does not name a URL: ${cleanText(named)}`,
    });
  for (const url of resourceMetadataUrls(server.url, named)) {
    const { origin } = new URL(url);
    if (unreachable.has(origin)) continue;
    const fetched = await fetchDocument(fetch, url, { 'mcp-protocol-version': LATEST_PROTOCOL_VERSION });
    if (fetched.kind === 'absent') {
      step({ name, url, outcome: 'absent', detail: fetched.reason });
      continue;
    }
    if (fetched.kind === 'failed') {
      step({ name, url, outcome: 'failed', detail: fetched.reason });
      failure ??= discoveryFailure(server, fetched.reason, fetched.error);
      if (fetched.isUnreachable) unreachable.add(origin);
      continue;
    }
    const reading = readResourceMetadata(fetched.json);
    if (reading.kind === 'invalid') {
      const reason = sayInvalid(reading.members);
      step({ name, url, outcome: 'failed', detail: reason });
      failure ??= discoveryFailure(server, reason);
      continue;
    }
    const { document } = reading;
    if (checkResourceAllowed({ requestedResource: server.url, configuredResource: document.resource })) {
      const servers = document.authorizationServers.join(', ') || 'none named';
      const detail = `resource ${document.resource}; authorization servers: ${servers}`;
      step({ name, url, outcome: 'found', detail });
      return { metadata: document, failure: undefined };
    }
    // Metadata of another resource must not be used (RFC 9728, section 3.3).
    const reason = `its metadata is for another resource (${showUrl(document.resource)})`;
    step({ name, url, outcome: 'failed', detail: reason });
    mismatch ??= signInError('bad_metadata', { server: server.name, reason });
  }
  if (mismatch !== undefined) throw mismatch;
  return { metadata: undefined, failure };
}

async function findAuthorizationServer(
  { server, step, fetchOptions }: Search,
  issuerUrl: string,
): Promise<AuthorizationServerFacts | undefined> {
  const { buildDiscoveryUrls, LATEST_PROTOCOL_VERSION } = await import('@modelcontextprotocol/client');
  const name = 'authorization-server-metadata';
  const fetch = createSafeFetch('the authorization server metadata', fetchOptions);
  let failure: Error | undefined;
  for (const { href: url } of buildDiscoveryUrls(issuerUrl).map((one) => one.url)) {
    const fetched = await fetchDocument(fetch, url, { 'mcp-protocol-version': LATEST_PROTOCOL_VERSION });
    if (fetched.kind === 'absent') {
      step({ name, url, outcome: 'absent', detail: fetched.reason });
      continue;
    }
    if (fetched.kind === 'failed') {
      step({ name, url, outcome: 'failed', detail: fetched.reason });
      failure ??= discoveryFailure(server, fetched.reason, fetched.error);
      if (fetched.isUnreachable) break;
      continue;
    }
    const reading = readAuthorizationServer(fetched.json);
    if (reading.kind === 'invalid') {
      const reason = sayInvalid(reading.members);
      step({ name, url, outcome: 'failed', detail: reason });
      failure ??= discoveryFailure(server, reason);
      continue;
    }
    const { document } = reading;
    if (isSameIssuer(document.issuer, issuerUrl)) {
      step({ name, url, outcome: 'found', detail: `issuer ${document.issuer}` });
      return document;
    }
    // Such a document must not be used (RFC 8414, section 3.3). Both issuers are shown as they were received.
    const reason = `the metadata of ${cleanText(issuerUrl)} has another issuer (${cleanText(document.issuer)})`;
    step({ name, url, outcome: 'failed', detail: reason });
    failure ??= signInError('bad_metadata', { server: server.name, reason });
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

/** Rules of the specification beyond the form of a document. @returns what is wrong */
function judge(server: AuthorizationServerFacts, isForClientCredentials: boolean): string | undefined {
  if (isForClientCredentials) return undefined;
  if (server.authorization_endpoint === undefined) return `${server.issuer} has no authorization endpoint`;
  if (!server.response_types_supported.includes('code'))
    return `${server.issuer} does not offer the authorization code flow`;
  // MCP, basic/authorization: a client MUST refuse when S256 is not announced.
  if (server.code_challenge_methods_supported?.includes('S256') !== true)
    return `${server.issuer} does not announce PKCE with S256`;
  return undefined;
}

/** @see MCP 2025-03-26, basic/authorization, "Fallbacks for Servers without Metadata Discovery" */
function assumedEndpoints(serverUrl: string): AuthorizationServerFacts {
  const { origin } = new URL(serverUrl);
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  };
}

/** The server's URL as RFC 8707 wants it: no fragment, and no slash where there is no path. */
export function canonicalResource(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.hash = '';
  return url.pathname === '/' && url.search === '' ? url.origin : url.href;
}

function discoveryFailure(server: OAuthServer, reason: string, error?: unknown): Error {
  if (isMcpMuxError(error, 'network.fetch_refused'))
    return signInError('bad_metadata', { server: server.name, reason: error.message }, error);
  return signInError('discovery_failed', { server: server.name, reason }, error);
}

function sayInvalid(members: readonly string[]): string {
  return `the document is not valid: ${members.join(', ')}`;
}

/** The form in which it is stored with the registration. A refresh then needs no discovery. */
export function discoveredToJson(discovered: Discovered): JsonObject {
  return {
    authorizationServer: discovered.authorizationServer as unknown as JsonValue,
    resource: discovered.resource,
    ...(discovered.resourceScopes === undefined ? {} : { resourceScopes: discovered.resourceScopes }),
    hasResourceMetadata: discovered.hasResourceMetadata,
    isAssumed: discovered.isAssumed,
  };
}

/** @returns undefined if the stored form is unknown; discovery then runs again */
export function discoveredFromJson(json: JsonObject): Discovered | undefined {
  const server = json['authorizationServer'] as unknown as AuthorizationServerFacts | undefined;
  const resource = json['resource'];
  if (typeof server?.issuer !== 'string' || typeof server.token_endpoint !== 'string') return undefined;
  if (typeof resource !== 'string') return undefined;
  const scopes = json['resourceScopes'];
  return {
    issuer: server.issuer,
    authorizationServer: server,
    resource,
    resourceScopes: typeof scopes === 'string' ? scopes : undefined,
    hasResourceMetadata: json['hasResourceMetadata'] === true,
    isAssumed: json['isAssumed'] === true,
  };
}
