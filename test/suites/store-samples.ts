/**
 * test/suites/store-samples — nouns to store, each complete, each easy to vary.
 */

import { createHash } from 'node:crypto';
import { newId, Secret } from '../../src/base/index.ts';
import {
  type ApiKey,
  type ApiKeyId,
  aliasFromName,
  type Client,
  type ClientId,
  type EraVerdict,
  type InstalledServer,
  noLimits,
  type OAuthRegistration,
  type PrincipalId,
  type ServerId,
  type SessionId,
  type SessionRecord,
  type TokenSet,
} from '../../src/model/index.ts';
import { firstSpaceId } from '../support/first-space.ts';

export const envSecret = 'env-canary-5d2f0c';
export const inputSecret = 'input-canary-3e91d7';
export const headerSecret = 'header-canary-81aa3e';
export const accessSecret = 'access-canary-0b77d1';
export const refreshSecret = 'refresh-canary-9c4e52';
export const clientSecret = 'client-canary-4f10ab';
export const allSecrets = [envSecret, inputSecret, headerSecret, accessSecret, refreshSecret, clientSecret];

export function stdioServer(name: string, changed: Partial<InstalledServer> = {}): InstalledServer {
  return {
    id: newId<ServerId>(),
    spaceId: firstSpaceId,
    name,
    alias: aliasFromName(name),
    isEnabled: true,
    launch: {
      kind: 'stdio',
      command: 'npx',
      args: ['-y', 'some-server', '--flag=ä "quoted"'],
      cwd: undefined,
      env: { API_TOKEN: new Secret(envSecret), EMPTY: new Secret('') },
      inputs: [
        { id: 'KEY', label: 'API key', type: 'password', isRequired: true },
        { id: 'HOST', label: 'HOST', type: 'url', isRequired: false, default: 'https://x.example' },
      ],
      secretNames: ['EMPTY'],
      inputValues: { KEY: new Secret(inputSecret) },
    },
    sessionPolicy: 'auto',
    limits: { callTimeoutMs: 5_000, idleStopMs: 60_000 },
    revision: 1,
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    ...changed,
  };
}

export function httpServer(name: string, changed: Partial<InstalledServer> = {}): InstalledServer {
  return stdioServer(name, {
    launch: {
      kind: 'http',
      url: 'https://mcp.example.com/v1/mcp?tenant=7',
      headers: { Authorization: new Secret(`Bearer ${headerSecret}`) },
      flavour: 'auto',
    },
    ...changed,
  });
}

/** The secrets of a launch in plain text, to compare by. */
export function plainSecrets(server: InstalledServer | undefined): Record<string, string> {
  if (server === undefined) return {};
  const { launch } = server;
  const inputs = Object.entries(launch.inputValues ?? {}).map(([id, secret]) => [`input:${id}`, secret]);
  const secrets: Record<string, Secret> = {
    ...(launch.kind === 'stdio' ? launch.env : launch.headers),
    ...Object.fromEntries(inputs),
  };
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}

export function verdict(changed: Partial<EraVerdict> = {}): EraVerdict {
  return {
    eras: ['legacy'],
    legacyRevision: '2025-11-25',
    modernRevision: undefined,
    probedAt: 1_700_000_000_123,
    wire: 'stdio',
    launchFingerprint: 'abc',
    ...changed,
  };
}

export function session(changed: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: newId<SessionId>(),
    principalId: 'client:1' as PrincipalId,
    routePath: '/mcp',
    revision: '2025-06-18',
    clientInfoText: '{"name":"client","version":"1","x-unknown":[1,null,{"deep":true}]}',
    capabilitiesText: '{"roots":{"listChanged":true}}',
    logLevel: undefined,
    subscriptions: [],
    workspace: '/code',
    bridgeFolder: undefined,
    roots: ['file:///code'],
    createdAt: 1_000,
    lastUsedAt: 1_000,
    ...changed,
  };
}

export function apiKey(name: string, changed: Partial<ApiKey> = {}): ApiKey {
  const id = newId<ApiKeyId>();
  return {
    id,
    clientId: 'anonymous' as ClientId,
    name,
    shownPrefix: 'mcpk_AbCdEfGh',
    hash: createHash('sha256').update(id).digest('hex'),
    limits: noLimits,
    sourceRanges: [],
    expiresAt: undefined,
    createdAt: 1_000,
    lastUsedAt: undefined,
    revokedAt: undefined,
    ...changed,
  };
}

export function client(name: string, changed: Partial<Client> = {}): Client {
  return {
    id: newId<ClientId>(),
    kind: 'key',
    name,
    alias: undefined,
    status: 'active',
    statusAt: 1_000,
    limits: noLimits,
    expiresAt: undefined,
    oauthClientId: undefined,
    createdAt: 1_000,
    lastSeenAt: undefined,
    introduction: undefined,
    ...changed,
  };
}

export function tokens(serverId: ServerId, changed: Partial<TokenSet> = {}): TokenSet {
  return {
    serverId,
    issuer: 'https://login.example.com',
    accessToken: new Secret(accessSecret),
    refreshToken: new Secret(refreshSecret),
    tokenType: 'Bearer',
    scope: 'read write',
    expiresAt: 1_700_000_600_000,
    generation: 1,
    updatedAt: 1_700_000_000_000,
    ...changed,
  };
}

export function registration(
  serverId: ServerId,
  changed: Partial<OAuthRegistration> = {},
): OAuthRegistration {
  return {
    serverId,
    issuer: 'https://login.example.com',
    serverUrl: 'https://mcp.example.com/v1/mcp',
    source: 'dynamic',
    clientId: 'client-1',
    clientSecret: new Secret(clientSecret),
    redirectUri: 'http://127.0.0.1:45819/callback',
    metadata: { token_endpoint: 'https://login.example.com/token', 'x-unknown': { kept: true } },
    createdAt: 1_000,
    updatedAt: 1_000,
    ...changed,
  };
}
