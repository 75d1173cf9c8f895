/**
 * model/credential — what we hold to sign in to a server: tokens, and our registration at its authorization server.
 */
import type { JsonObject, Secret } from '../base/index.ts';
import type { ServerId } from './ids.ts';

/** The tokens of one server. Bound to the issuer that gave them; never used with another. */
export interface TokenSet {
  readonly serverId: ServerId;
  readonly issuer: string;
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly tokenType: string;
  readonly scope: string | undefined;
  /** Epoch ms by our clock, counted from receipt; undefined = the server did not say. */
  readonly expiresAt: number | undefined;
  /**
   * Counts up with every redemption and every sign-in, over a logout too: whoever holds an older one must read again
   * before redeeming, and what was got before a logout can never be written over what was got after it.
   */
  readonly generation: number;
  readonly updatedAt: number;
}

/** Our registration at one authorization server for one installed server. Kept over logout. */
export interface OAuthRegistration {
  readonly serverId: ServerId;
  readonly issuer: string;
  /** The resource URL the registration was made for; when it differs from the configured one, it wins. */
  readonly serverUrl: string;
  readonly source: 'pre-registered' | 'metadata-document' | 'dynamic';
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly redirectUri: string | undefined;
  /** Authorization-server metadata and the registration answer, unknown fields included. Holds no secret. */
  readonly metadata: JsonObject;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The right to redeem one server's refresh token, held by one process for a short while. */
export interface RefreshLease {
  readonly serverId: ServerId;
  /** Random text of the holder's process. */
  readonly holder: string;
  readonly generation: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}
