/**
 * sign-in/client-metadata — our client metadata, for the metadata document and for dynamic registration.
 *
 * Pure.
 *
 * @see MCP 2026-07-28, basic/authorization/client-registration; RFC 7591, section 2
 */
import type { JsonObject } from '../base/index.ts';

/** The document to serve at `clientMetadataUrl`; `client_id` is that URL, exactly. */
export function clientMetadataDocument(settings: {
  readonly clientName: string;
  readonly clientMetadataUrl: string;
  readonly documentRedirectUris: readonly string[];
}): JsonObject {
  return {
    client_id: settings.clientMetadataUrl,
    ...clientDescription(settings.clientName, settings.documentRedirectUris),
    token_endpoint_auth_method: 'none',
  };
}

export function clientDescription(clientName: string, redirectUris: readonly string[]) {
  const isNative = redirectUris.some((uri) => new URL(uri).protocol === 'http:');
  return {
    client_name: clientName,
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: isNative ? 'native' : 'web',
  };
}
