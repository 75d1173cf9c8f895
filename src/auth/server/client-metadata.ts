/**
 * auth/server/client-metadata — what a client may say of itself, in a registration (RFC 7591) or in a document at its
 * client id (CIMD), brought to what we support: public clients with codes, PKCE and refresh tokens.
 *
 * What a client offers beyond that is left out, not refused: ChatGPT's document prefers a key and also takes `none`.
 * In: JSON of strangers. Out: metadata that the protocol library takes as it is, or what is wrong with it.
 */
import { cleanText, isJsonObject, type JsonObject } from '../../base/index.ts';
import { judgeRedirectUri } from './redirect-uri.ts';

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const ourGrants = ['authorization_code', 'refresh_token', deviceGrant] as const;
const maxRedirectUris = 16;
const maxNameLength = 128;

export interface MetadataFault {
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata';
  readonly description: string;
}

export type JudgedMetadata = { readonly metadata: JsonObject } | { readonly fault: MetadataFault };

/** @param isDocument of a CIMD document: it must have a name and redirects, and is for public clients only */
export function judgeClientMetadata(value: unknown, isDocument: boolean): JudgedMetadata {
  if (!isJsonObject(value)) return wrong('invalid_client_metadata', 'the metadata must be a JSON object');
  const wantsRedirects = !isDeviceOnly(value);
  const uris = value['redirect_uris'] ?? [];
  if (!Array.isArray(uris) || uris.some((uri) => typeof uri !== 'string'))
    return wrong('invalid_redirect_uri', 'redirect_uris must be a list of texts');
  if (uris.length === 0 && wantsRedirects) return wrong('invalid_redirect_uri', 'redirect_uris is missing');
  if (uris.length > maxRedirectUris)
    return wrong('invalid_redirect_uri', `there are more than ${maxRedirectUris} redirect_uris`);
  let isNative = false;
  for (const uri of uris as string[]) {
    const verdict = judgeRedirectUri(uri);
    if ('fault' in verdict)
      return wrong(
        'invalid_redirect_uri',
        `"${cleanText(uri).slice(0, 120)}" cannot be a redirect URI: ${verdict.fault}`,
      );
    if (verdict.kind !== 'web') isNative = true;
  }
  const name = value['client_name'];
  if (name !== undefined && (typeof name !== 'string' || name.length > maxNameLength))
    return wrong(
      'invalid_client_metadata',
      `client_name must be a text of at most ${maxNameLength} characters`,
    );
  if (typeof name === 'string' && cleanText(name) !== name)
    return wrong('invalid_client_metadata', 'client_name holds characters that cannot be shown');
  if (isDocument && (typeof name !== 'string' || name.trim() === ''))
    return wrong('invalid_client_metadata', 'the document has no client_name');
  const method = value['token_endpoint_auth_method'];
  const methods = value['token_endpoint_auth_methods_supported'];
  const canBePublic =
    method === undefined ||
    method === 'none' ||
    (Array.isArray(methods) && methods.includes('none')) ||
    !isDocument;
  if (!canBePublic)
    return wrong(
      'invalid_client_metadata',
      'the document allows no public client (token_endpoint_auth_method "none")',
    );
  const uri = value['client_uri'];
  return {
    metadata: {
      ...(isDocument && { client_id: value['client_id'] as string }),
      ...(typeof name === 'string' && name.trim() !== '' && { client_name: name }),
      ...(typeof uri === 'string' &&
        uri.startsWith('https://') &&
        URL.canParse(uri) &&
        uri.length <= 512 && { client_uri: uri }),
      redirect_uris: uris as string[],
      application_type: isNative || !wantsRedirects ? 'native' : 'web',
      token_endpoint_auth_method: 'none',
      grant_types: grantsOf(value['grant_types'], wantsRedirects),
      response_types: wantsRedirects ? ['code'] : [],
    },
  };
}

/** What was asked for and is ours; a client that names nothing gets what every MCP client needs. */
function grantsOf(asked: unknown, wantsRedirects: boolean): string[] {
  const list = Array.isArray(asked) ? asked : ['authorization_code', 'refresh_token'];
  const grants = ourGrants.filter((grant) => list.includes(grant));
  if (wantsRedirects && !grants.includes('authorization_code')) return ['authorization_code', ...grants];
  return grants;
}

/** A client of the device flow alone needs no place to come back to. */
function isDeviceOnly(value: JsonObject): boolean {
  const grants = value['grant_types'];
  return Array.isArray(grants) && grants.includes(deviceGrant) && !grants.includes('authorization_code');
}

function wrong(error: MetadataFault['error'], description: string): { readonly fault: MetadataFault } {
  return { fault: { error, description } };
}
