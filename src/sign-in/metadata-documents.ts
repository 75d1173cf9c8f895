/**
 * sign-in/metadata-documents — reads protected resource metadata and authorization server metadata.
 *
 * Pure. Only members that we use are checked. A member that is null, empty or of the wrong type counts as absent. The
 * RFCs say what the absence of an optional member means.
 *
 * @see RFC 9728, sections 2 and 3.2; RFC 8414, sections 2 and 3.2; OpenID Connect Discovery 1.0, section 3
 */
import { isJsonObject } from '../base/index.ts';

export interface ResourceMetadata {
  readonly resource: string;
  /** Empty = none is named. */
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[];
}

/** What we use of an authorization server's metadata, under its names there. */
export interface AuthorizationServerFacts {
  readonly issuer: string;
  /** Absent on a server that has only the client credentials grant. */
  readonly authorization_endpoint?: string;
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

/** A document, or the required members that are missing or wrong. */
export type Reading<Document> =
  | { readonly kind: 'read'; readonly document: Document }
  | { readonly kind: 'invalid'; readonly members: readonly string[] };

export function readResourceMetadata(json: unknown): Reading<ResourceMetadata> {
  const members = isJsonObject(json) ? json : {};
  const resource = urlMember(members['resource']);
  if (resource === undefined) return { kind: 'invalid', members: ['resource'] };
  const servers = members['authorization_servers'];
  return {
    kind: 'read',
    document: {
      resource,
      authorizationServers: listMember(typeof servers === 'string' ? [servers] : servers) ?? [],
      scopes: listMember(members['scopes_supported']) ?? [],
    },
  };
}

export function readAuthorizationServer(json: unknown): Reading<AuthorizationServerFacts> {
  const members = isJsonObject(json) ? json : {};
  const issuer = textMember(members['issuer']);
  const tokenEndpoint = urlMember(members['token_endpoint']);
  const authorizationEndpoint = urlMember(members['authorization_endpoint']);
  const invalid = [
    ...(issuer === undefined ? ['issuer'] : []),
    ...(tokenEndpoint === undefined ? ['token_endpoint'] : []),
    // A wrong authorization endpoint is an error. A missing one is fine for a server without the code flow.
    ...(authorizationEndpoint === undefined && textMember(members['authorization_endpoint']) !== undefined
      ? ['authorization_endpoint']
      : []),
  ];
  if (issuer === undefined || tokenEndpoint === undefined || invalid.length > 0)
    return { kind: 'invalid', members: invalid };
  return {
    kind: 'read',
    document: {
      issuer,
      token_endpoint: tokenEndpoint,
      ...present('authorization_endpoint', authorizationEndpoint),
      ...present('registration_endpoint', urlMember(members['registration_endpoint'])),
      ...present('revocation_endpoint', urlMember(members['revocation_endpoint'])),
      ...present('scopes_supported', listMember(members['scopes_supported'])),
      // A server without this list is asked for the code flow.
      response_types_supported: listMember(members['response_types_supported']) ?? ['code'],
      ...present('grant_types_supported', listMember(members['grant_types_supported'])),
      ...present(
        'token_endpoint_auth_methods_supported',
        listMember(members['token_endpoint_auth_methods_supported']),
      ),
      ...present('code_challenge_methods_supported', listMember(members['code_challenge_methods_supported'])),
      ...(members['client_id_metadata_document_supported'] === true && {
        client_id_metadata_document_supported: true,
      }),
      ...(members['authorization_response_iss_parameter_supported'] === true && {
        authorization_response_iss_parameter_supported: true,
      }),
    },
  };
}

function textMember(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A URL that would run a script counts as absent. Whoever uses the URL checks the other schemes. */
function urlMember(value: unknown): string | undefined {
  const text = textMember(value);
  return text !== undefined && URL.canParse(text) && !/^\s*(?:javascript|data|vbscript):/i.test(text)
    ? text
    : undefined;
}

/** The strings of a list; undefined if there are none. */
function listMember(value: unknown): readonly string[] | undefined {
  const texts = Array.isArray(value) ? value.filter((one) => textMember(one) !== undefined) : [];
  return texts.length > 0 ? texts : undefined;
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]?: Value });
}
