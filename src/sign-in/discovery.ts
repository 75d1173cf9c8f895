/**
 * sign-in/discovery — from a server's URL to the authorization server that signs people in to it.
 *
 * In: the server's URL and, when it sent one, its Bearer challenge. Out: validated metadata, and every step on the way
 * (the doctor prints them). The documents are read and judged by the official SDK's functions, one address at a time,
 * over safe-fetch.
 *
 * Knows nothing of: registrations, tokens, who signs in.
 *
 * @see MCP 2026-07-28, basic/authorization, "Authorization Server Discovery"; RFC 9728; RFC 8414; OpenID Connect Discovery 1.0
 */
import {
  cleanText,
  describeError,
  isMcpMuxError,
  type JsonObject,
  type JsonValue,
  showUrl,
} from '../base/index.ts';
import { createSafeFetch, type SafeFetch, type SafeFetchOptions } from '../network/index.ts';
import type { BearerChallenge } from './challenge.ts';
import { signInError } from './errors.ts';
import type { OAuthServer } from './oauth-server.ts';

/** What we use of an authorization server's metadata; all other fields are kept. */
export interface AuthorizationServerFacts {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly registration_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly scopes_supported?: readonly string[];
  readonly response_types_supported: readonly string[];
  readonly grant_types_supported?: readonly string[];
  readonly token_endpoint_auth_methods_supported?: readonly string[];
  readonly code_challenge_methods_supported?: readonly string[];
  readonly client_id_metadata_document_supported?: boolean;
  readonly authorization_response_iss_parameter_supported?: boolean;
}

export interface Discovered {
  /** The validated issuer; credentials are bound to this text. */
  readonly issuer: string;
  readonly authorizationServer: AuthorizationServerFacts;
  /** What goes into the one `resource` parameter: the metadata's own text, or the server's URL. */
  readonly resource: string;
  /** `scopes_supported` of the protected resource. */
  readonly resourceScopes: string | undefined;
  readonly hasResourceMetadata: boolean;
  /** Nothing was published; the endpoints of the 2025-03-26 revision are assumed at the origin. */
  readonly isAssumed: boolean;
}

export interface DiscoveryStep {
  readonly name: 'resource-metadata' | 'authorization-server-metadata' | 'judgement';
  readonly url: string | undefined;
  readonly outcome: 'found' | 'absent' | 'failed';
  /** One sentence. */
  readonly detail: string;
}

export interface DiscoverOptions {
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
  readonly challenge?: BearerChallenge | undefined;
  /** Of several authorization servers, the one that we are registered at already. */
  readonly preferredIssuer?: string | undefined;
  /** Hears of every step as it happens. */
  readonly onStep?: (step: DiscoveryStep) => void;
  /** The purpose of discovery is a grant without a browser: then the authorization endpoint and PKCE do not matter. */
  readonly isForClientCredentials?: boolean;
}

interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers?: readonly string[] | undefined;
  readonly scopes_supported?: readonly string[] | undefined;
}

/**
 * Finds and validates everything that a sign-in needs to know.
 *
 * @throws sign-in.discovery_failed (worth trying again), sign-in.bad_metadata (it is not)
 */
export async function discover(server: OAuthServer, options: DiscoverOptions): Promise<Discovered> {
  const sdk = await import('@modelcontextprotocol/client');
  const step = options.onStep ?? (() => {});
  const fetchOptions = { ...options.fetchOptions, serverUrl: server.url };

  const resource = await findResourceMetadata(server, options.challenge, fetchOptions, step, sdk);
  const bad = (reason: string) => {
    step({ name: 'judgement', url: undefined, outcome: 'failed', detail: reason });
    return signInError('bad_metadata', { server: server.name, reason });
  };

  const listed = resource?.authorization_servers ?? [];
  const preferred = listed.find((issuer) => issuer === options.preferredIssuer);
  // Without metadata of the resource, the origin is its authorization server (MCP 2025-03-26).
  const issuerUrl = preferred ?? listed[0] ?? String(new URL('/', server.url));
  if (!/^https?:\/\//i.test(issuerUrl))
    throw bad(`it names an authorization server that is no web address (${showUrl(issuerUrl)})`);
  const metadata = await findAuthorizationServer(server, issuerUrl, fetchOptions, step, sdk);

  if (metadata === undefined && listed.length > 0) {
    throw bad(`the authorization server ${showUrl(issuerUrl)} publishes no metadata`);
  }
  const authorizationServer = metadata ?? assumedEndpoints(server.url);
  const reason = judge(authorizationServer, options.isForClientCredentials === true);
  if (reason !== undefined) throw bad(reason);
  step({
    name: 'judgement',
    url: undefined,
    outcome: 'found',
    detail: `sign in at ${authorizationServer.issuer}${metadata === undefined ? ' (endpoints assumed, nothing is published)' : ''}`,
  });
  return {
    issuer: authorizationServer.issuer,
    authorizationServer,
    resource: resource?.resource ?? canonicalResource(server.url),
    resourceScopes: resource?.scopes_supported?.join(' '),
    hasResourceMetadata: resource !== undefined,
    isAssumed: metadata === undefined,
  };
}

/** The challenge's address when there is one, the well-known address with the path, the one at the root. */
export function resourceMetadataUrls(serverUrl: string, challengeUrl: string | undefined): readonly string[] {
  const url = new URL(serverUrl);
  const path = url.pathname.replace(/\/$/, '');
  const root = `${url.origin}/.well-known/oauth-protected-resource`;
  const urls = challengeUrl === undefined ? [] : [challengeUrl];
  if (path !== '') urls.push(`${root}${path}${url.search}`);
  return [...new Set([...urls, root])];
}

async function findResourceMetadata(
  server: OAuthServer,
  challenge: BearerChallenge | undefined,
  fetchOptions: SafeFetchOptions,
  step: (step: DiscoveryStep) => void,
  sdk: typeof import('@modelcontextprotocol/client'),
): Promise<ResourceMetadata | undefined> {
  const name = 'resource-metadata';
  for (const url of resourceMetadataUrls(server.url, challenge?.resourceMetadataUrl)) {
    const answers = recordAnswers(createSafeFetch('the protected resource metadata', fetchOptions));
    let metadata: ResourceMetadata;
    try {
      metadata = await sdk.discoverOAuthProtectedResourceMetadata(
        server.url,
        { resourceMetadataUrl: url },
        answers.fetch,
      );
    } catch (error) {
      const absent = answers.absentReason();
      step({
        name,
        url,
        outcome: absent === undefined ? 'failed' : 'absent',
        detail: absent ?? sayError(error),
      });
      if (absent !== undefined) continue;
      throw discoveryFailure(server, error);
    }
    const isCovered =
      URL.canParse(metadata.resource) &&
      sdk.checkResourceAllowed({ requestedResource: server.url, configuredResource: metadata.resource });
    if (!isCovered) {
      const reason = `its metadata is for another resource (${showUrl(metadata.resource)})`;
      step({ name, url, outcome: 'failed', detail: reason });
      throw signInError('bad_metadata', { server: server.name, reason });
    }
    step({
      name,
      url,
      outcome: 'found',
      detail: `resource ${metadata.resource}; authorization servers: ${metadata.authorization_servers?.join(', ') || 'none named'}`,
    });
    return metadata;
  }
  return undefined;
}

async function findAuthorizationServer(
  server: OAuthServer,
  issuerUrl: string,
  fetchOptions: SafeFetchOptions,
  step: (step: DiscoveryStep) => void,
  sdk: typeof import('@modelcontextprotocol/client'),
): Promise<AuthorizationServerFacts | undefined> {
  const name = 'authorization-server-metadata';
  const answers = recordAnswers(createSafeFetch('the authorization server metadata', fetchOptions));
  const tellAbsent = () => {
    for (const { url, reason } of answers.absent()) step({ name, url, outcome: 'absent', detail: reason });
  };
  try {
    const metadata = await sdk.discoverAuthorizationServerMetadata(issuerUrl, { fetchFn: answers.fetch });
    tellAbsent();
    if (metadata === undefined) return undefined;
    step({ name, url: answers.last(), outcome: 'found', detail: `issuer ${metadata.issuer}` });
    return metadata as AuthorizationServerFacts;
  } catch (error) {
    tellAbsent();
    const isMismatch = error instanceof sdk.IssuerMismatchError;
    const reason = isMismatch
      ? `the metadata of ${showUrl(issuerUrl)} carries another issuer (${cleanText(error.received ?? 'none')})`
      : sayError(error);
    step({ name, url: answers.last() ?? issuerUrl, outcome: 'failed', detail: reason });
    if (isMismatch) throw signInError('bad_metadata', { server: server.name, reason }, error);
    throw discoveryFailure(server, error);
  }
}

/**
 * Lets a library read only what is a JSON answer: redirects and pages of a web site (many answer 200 with HTML to every
 * path) count as "not there", so that the next address is tried.
 */
function recordAnswers(fetch: SafeFetch) {
  const seen: { url: string; reason: string | undefined }[] = [];
  const wrapped = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, { method: init?.method, headers: init?.headers, signal: init?.signal });
    const reason = absentReason(response);
    seen.push({ url: String(url), reason });
    if (reason === undefined) return response;
    return response.ok || response.status < 400 ? new Response(null, { status: 404 }) : response;
  };
  return {
    fetch: wrapped,
    absent: () =>
      seen.filter((answer): answer is { url: string; reason: string } => answer.reason !== undefined),
    absentReason: () => seen.at(-1)?.reason,
    last: () => seen.at(-1)?.url,
  };
}

/** Why an answer counts as "nothing is published here"; undefined when it is a document or a failure worth reporting. */
function absentReason(response: Response): string | undefined {
  if (response.status >= 300 && response.status < 400)
    return `redirect (HTTP ${response.status}), not followed`;
  if (response.status >= 400 && response.status < 500) return `HTTP ${response.status}`;
  if (response.status === 502) return 'HTTP 502';
  if (!response.ok) return undefined;
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json')) return undefined;
  return `HTTP ${response.status}, but no JSON (${cleanText(type || 'no content type', 60)})`;
}

/** Rules of the specification that the SDK leaves to us. @returns what is wrong */
function judge(server: AuthorizationServerFacts, isForClientCredentials: boolean): string | undefined {
  for (const endpoint of ['token_endpoint', 'registration_endpoint', 'revocation_endpoint'] as const) {
    const url = server[endpoint];
    if (url !== undefined && !URL.canParse(url)) return `the ${endpoint} of ${server.issuer} is no URL`;
  }
  if (isForClientCredentials) return undefined;
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

function discoveryFailure(server: OAuthServer, error: unknown): Error {
  if (isMcpMuxError(error, 'network.fetch_refused')) {
    return signInError('bad_metadata', { server: server.name, reason: error.message }, error);
  }
  return signInError('discovery_failed', { server: server.name, reason: sayError(error) }, error);
}

/** zod's messages are long and quote values; what a person needs is which fields are wrong. */
function sayError(error: unknown): string {
  const issues = (error as { issues?: unknown }).issues;
  if (Array.isArray(issues)) {
    const fields = issues.map((issue) => (issue as { path?: unknown[] }).path?.join('.') || 'the document');
    return cleanText(`the document is not valid: ${[...new Set(fields)].join(', ')}`);
  }
  if (error instanceof SyntaxError) return 'the document is not valid JSON';
  return cleanText(describeError(error));
}

/** As it is kept with the registration, so that a refresh needs no discovery. */
export function discoveredToJson(discovered: Discovered): JsonObject {
  return {
    authorizationServer: discovered.authorizationServer as unknown as JsonValue,
    resource: discovered.resource,
    ...(discovered.resourceScopes === undefined ? {} : { resourceScopes: discovered.resourceScopes }),
    hasResourceMetadata: discovered.hasResourceMetadata,
    isAssumed: discovered.isAssumed,
  };
}

/** @returns undefined when the stored text is not ours (an older or foreign layout): discovery then runs again */
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
