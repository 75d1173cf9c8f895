/**
 * model/oauth-artifact — what the authorization server must remember of itself: codes, tokens, grants, registrations.
 *
 * Known by a hash: the text of a code or token is nowhere. The payload is the protocol library's and never holds the text.
 */
import type { ClientId } from './ids.ts';

export type OAuthArtifactKind =
  | 'AccessToken'
  | 'AuthorizationCode'
  | 'RefreshToken'
  | 'DeviceCode'
  | 'Grant'
  | 'Client';

export interface OAuthArtifact {
  readonly kind: OAuthArtifactKind;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  /** The client (installation) that it was given to; undefined where nobody has allowed anything yet. */
  readonly grantId: ClientId | undefined;
  /** Of a device code: what the person types. */
  readonly userCode: string | undefined;
  /** JSON. */
  readonly payload: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly consumedAt: number | undefined;
  /** An access token: when it was first used. */
  readonly usedAt: number | undefined;
}
