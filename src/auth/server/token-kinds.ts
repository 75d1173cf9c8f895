/**
 * auth/server/token-kinds — the prefixes of what the authorization server gives out. Each kind opens one door only: a
 * refresh token is no access token, a code is neither.
 *
 *     mcpat_ access token · mcprt_ refresh token · mcpac_ authorization code · mcpdc_ device code · mcpcl_ client id
 */
import { newCredentialText } from '../key-text.ts';

export const accessTokenPrefix = 'mcpat_';

const prefixes: Readonly<Record<string, string>> = {
  AccessToken: accessTokenPrefix,
  RefreshToken: 'mcprt_',
  AuthorizationCode: 'mcpac_',
  DeviceCode: 'mcpdc_',
};

/** @returns undefined for what the library may name by itself */
export function newTokenText(kind: string): string | undefined {
  const prefix = prefixes[kind];
  return prefix === undefined ? undefined : newCredentialText(prefix);
}
