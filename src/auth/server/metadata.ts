/**
 * auth/server/metadata — the documents by which clients find the authorization server (RFC 9728, RFC 8414).
 *
 * They are plain facts: serving them loads nothing and stores nothing.
 */
import type { JsonObject } from '../../base/index.ts';
import { deviceGrant } from './client-metadata.ts';
import { isRoutePath } from './resources.ts';
import { scope } from './scope.ts';

export const resourceMetadataPath = '/.well-known/oauth-protected-resource';
export const serverMetadataPaths = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
] as const;

/** @param path of the MCP route; the root stands for `/mcp` */
export function resourceMetadata(base: string, path: string): JsonObject {
  return {
    resource: `${base}${path}`,
    authorization_servers: [base],
    scopes_supported: [scope],
    bearer_methods_supported: ['header'],
    resource_name: 'McpMux',
  };
}

export function serverMetadata(base: string, hasRegistration: boolean): JsonObject {
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    revocation_endpoint: `${base}/oauth/revoke`,
    device_authorization_endpoint: `${base}/oauth/device/code`,
    ...(hasRegistration && { registration_endpoint: `${base}/oauth/register` }),
    scopes_supported: [scope],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', deviceGrant],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    client_id_metadata_document_supported: true,
    authorization_response_iss_parameter_supported: true,
  };
}

/**
 * Which document a path below `/.well-known/` names.
 *
 * @param path       of the request
 * @param publicPath the path under which a proxy publishes us: it is part of the paths of RFC 8414 and RFC 9728
 * @returns undefined = none of ours
 */
export function wellKnownOf(
  path: string,
  publicPath: string,
): { readonly kind: 'resource'; readonly path: string } | { readonly kind: 'server' } | undefined {
  if (path.startsWith(resourceMetadataPath)) {
    const rest = withoutPublicPath(path.slice(resourceMetadataPath.length), publicPath);
    if (rest === '' || rest === '/') return { kind: 'resource', path: '/mcp' };
    return isRoutePath(rest) ? { kind: 'resource', path: rest } : undefined;
  }
  for (const prefix of serverMetadataPaths) {
    if (!path.startsWith(prefix)) continue;
    const rest = withoutPublicPath(path.slice(prefix.length), publicPath);
    return rest === '' || rest === '/' || isRoutePath(rest) ? { kind: 'server' } : undefined;
  }
  return undefined;
}

function withoutPublicPath(rest: string, publicPath: string): string {
  return publicPath !== '' && (rest === publicPath || rest.startsWith(`${publicPath}/`))
    ? rest.slice(publicPath.length)
    : rest;
}
