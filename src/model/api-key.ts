/**
 * model/api-key — a key that lets a client in. The key's text is shown once and never stored.
 */
import type { AccessLimits } from './client.ts';
import type { ApiKeyId, ClientId } from './ids.ts';

export interface ApiKey {
  readonly id: ApiKeyId;
  /** Whose key it is. A client has two live keys at most: the one in use and the one that replaces it. */
  readonly clientId: ClientId;
  /** The label: unique among live keys. */
  readonly name: string;
  /** `mcpk_` and the next 8 characters, to recognise a key by. */
  readonly shownPrefix: string;
  /** SHA-256 of the whole text, hex. */
  readonly hash: string;
  /** What this key is held to, beside the limits of its client. */
  readonly limits: AccessLimits;
  /** Addresses and ranges (`10.0.0.0/8`, `fd00::/8`) it may come from; empty = from anywhere. */
  readonly sourceRanges: readonly string[];
  /** Epoch ms from which it is refused; undefined = never. */
  readonly expiresAt: number | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}
