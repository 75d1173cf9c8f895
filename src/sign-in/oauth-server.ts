/**
 * sign-in/oauth-server — what signing in needs to know about an installed server, and the log it writes to.
 */
import type { Secret } from '../base/index.ts';
import type { InstalledServer, ServerId, ServerLogLevel } from '../model/index.ts';

export interface OAuthServer {
  readonly id: ServerId;
  /** As the person wrote it. It is in every message. */
  readonly name: string;
  /** The URL that is called: the registered one if there is one (see `registeredUrl`). */
  readonly url: string;
  /** Where `url` was filled in with secrets: as a person wrote it. It is what is stored. */
  readonly definedUrl?: string;
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
 * The server for OAuth; undefined if OAuth is not used: for a child process, or a server with a fixed Authorization
 * header.
 *
 * @param installed as it is stored, where `server` is the same with secrets filled in
 */
export function oauthServerOf(server: InstalledServer, installed = server): OAuthServer | undefined {
  if (server.launch.kind !== 'http') return undefined;
  if (hasFixedAuthorization(server)) return undefined;
  const { id, name, launch } = server;
  const isFilledIn = installed.launch.kind === 'http' && installed.launch.url.includes('${');
  return {
    id,
    name,
    url: launch.url,
    headers: launch.headers,
    ...(isFilledIn && installed.launch.kind === 'http' && { definedUrl: installed.launch.url }),
  };
}

export function hasFixedAuthorization(server: InstalledServer): boolean {
  if (server.launch.kind !== 'http') return false;
  return Object.keys(server.launch.headers).some((header) => header.toLowerCase() === 'authorization');
}
