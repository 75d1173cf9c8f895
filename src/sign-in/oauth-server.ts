/**
 * sign-in/oauth-server — the little that signing in needs to know of an installed server, and where its notes go.
 */
import type { Secret } from '../base/index.ts';
import type { InstalledServer, ServerId, ServerLogLevel } from '../model/index.ts';

export interface OAuthServer {
  readonly id: ServerId;
  /** As the person wrote it; appears in every message. */
  readonly name: string;
  /** The URL that is really called: the registered override when there is one (see `registeredUrl`). */
  readonly url: string;
  /** The fixed headers of the installation; no Authorization is among them. */
  readonly headers?: Readonly<Record<string, Secret>>;
}

/** Writes one line to the server's own log, source `oauth`. Never given a token, code, state or secret. */
export type OAuthLog = (
  serverId: ServerId,
  level: ServerLogLevel,
  message: string,
  facts?: Readonly<Record<string, string | number | boolean>>,
) => void;

/**
 * The server as OAuth sees it, or undefined when OAuth has no part in it: a child process, or a server
 * whose Authorization header the person has fixed.
 */
export function oauthServerOf(server: InstalledServer): OAuthServer | undefined {
  if (server.launch.kind !== 'http') return undefined;
  if (hasFixedAuthorization(server)) return undefined;
  return { id: server.id, name: server.name, url: server.launch.url, headers: server.launch.headers };
}

export function hasFixedAuthorization(server: InstalledServer): boolean {
  if (server.launch.kind !== 'http') return false;
  return Object.keys(server.launch.headers).some((header) => header.toLowerCase() === 'authorization');
}
