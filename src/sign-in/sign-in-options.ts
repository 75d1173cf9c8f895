/**
 * sign-in/sign-in-options — what SignInFlows needs, what may be asked of a sign-in, and what it tells.
 */
import type { Clock, Logger, McpMuxError } from '../base/index.ts';
import type { CredentialRepository, ServerId } from '../model/index.ts';
import type { BearerChallenge } from './challenge.ts';
import type { OAuthLog } from './oauth-server.ts';
import type { GivenClient, RegistrationSettings } from './registration.ts';
import type { TokenService } from './token-service.ts';

export interface SignInOptions {
  readonly credentials: CredentialRepository;
  readonly tokens: TokenService;
  readonly clock: Clock;
  readonly log: OAuthLog;
  /** Of the daemon: told what goes wrong with a request to the callback listener. */
  readonly logger?: Logger;
  readonly registration: Omit<RegistrationSettings, 'documentRedirectUris'>;
  /** Port of the loopback listener; default 45819. Another port means new registrations. */
  readonly callbackPort?: number;
  /** Where a daemon with a public URL takes callbacks (see `takeCallback`); then no listener is opened. */
  readonly publicRedirectUri?: string;
  /** Opens a browser on this machine; undefined = there is none, and the URL is shown. */
  readonly openBrowser?: (url: string) => Promise<boolean>;
  /** A flow has ended. Called once a flow, after the tokens are stored. */
  readonly onEnded?: (outcome: SignInOutcome) => void;
}

export interface StartOptions {
  /**
   * Who opens the URL. `browser`: the daemon. `caller`: the caller, on this machine. `no-browser`: the person, on another
   * machine; the address at which the browser ended is then given to `complete`.
   */
  readonly mode: 'browser' | 'caller' | 'no-browser';
  /** Requested instead of what the server or its metadata says. */
  readonly scopes?: readonly string[];
  readonly client?: GivenClient;
  /** Make a new registration although one is stored. */
  readonly isFreshRegistration?: boolean;
  /** The server's challenge, when it was met outside a wire. */
  readonly challenge?: BearerChallenge;
}

export interface SignInStarted {
  readonly flowId: number;
  readonly authorizationUrl: string;
  readonly redirectUri: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** This call opened the flow; false = it was already open. */
  readonly isNew: boolean;
  readonly isBrowserOpened: boolean;
  /**
   * The last sign-in with this registration got no callback. The provider may have dropped the registration and shown an
   * error page. A new registration would help then.
   */
  readonly isRegistrationInDoubt: boolean;
}

export type SignInOutcome =
  | {
      readonly kind: 'signed-in';
      readonly serverId: ServerId;
      readonly flowId: number;
      readonly scope: string | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly serverId: ServerId;
      readonly flowId: number;
      readonly error: McpMuxError;
    };
