/**
 * model/api-key — a key that lets a client in. The key's text is shown once and never stored.
 */
import type { ApiKeyId } from './ids.ts';

export interface ApiKey {
  readonly id: ApiKeyId;
  readonly name: string;
  /** `mcpk_` and the next 8 characters, to recognise a key by. */
  readonly shownPrefix: string;
  /** SHA-256 of the whole text, hex. */
  readonly hash: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}
