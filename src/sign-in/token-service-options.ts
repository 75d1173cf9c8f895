/**
 * sign-in/token-service-options — what the TokenService needs, and whom it tells.
 */
import type { Clock } from '../base/index.ts';
import type { CredentialRepository, ServerId } from '../model/index.ts';
import type { SafeFetchOptions } from '../network/index.ts';
import type { OAuthLog, OAuthServer } from './oauth-server.ts';
import type { SignInNeed } from './sign-in-need.ts';

export interface TokenServiceOptions {
  readonly credentials: CredentialRepository;
  readonly clock: Clock;
  readonly log: OAuthLog;
  readonly fetchOptions: Omit<SafeFetchOptions, 'serverUrl'>;
  /** See Refresher. */
  readonly leaseHolder?: string | undefined;
  /**
   * A request met a server that wants a person. May start a sign-in and resolve true once it has succeeded: then the
   * request is sent again with the new token. Undefined or false: the request fails with "asks for sign-in".
   */
  readonly onSignInNeeded?: (server: OAuthServer, need: SignInNeed) => Promise<boolean> | undefined;
  /** A person is needed, for a reason not told before; the token at hand may still be good for a while. */
  readonly onNeed?: (serverId: ServerId, need: SignInNeed) => void;
  /** The last token of a server that is kept fresh is over, and only a person can get another. */
  readonly onEnded?: (serverId: ServerId) => void;
  /** A refresh starts and ends; for the status a person sees. */
  readonly onRefreshing?: (serverId: ServerId, isRefreshing: boolean) => void;
}
