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
   * A request needs a person. The function may start a sign-in and resolve with true when it has succeeded. Then the request
   * is sent again with the new token. Undefined or false: the request fails with "asks for sign-in".
   */
  readonly onSignInNeeded?: (server: OAuthServer, need: SignInNeed) => Promise<boolean> | undefined;
  /** A person is needed, for a new reason. The current token may still be valid for a while. */
  readonly onNeed?: (serverId: ServerId, need: SignInNeed) => void;
  /** The last token of a connected server has expired, and only a person can get another. */
  readonly onEnded?: (serverId: ServerId) => void;
  /** A refresh starts or ends. For the status. */
  readonly onRefreshing?: (serverId: ServerId, isRefreshing: boolean) => void;
}
