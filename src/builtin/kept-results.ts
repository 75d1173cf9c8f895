/**
 * builtin/kept-results — results that were too long for their client, kept for a while so that it can read on.
 *
 * In memory only, each for whoever made the call; gone after an hour, when room is needed, or with the daemon.
 * Knows nothing of: how they are shown (result-digest), which limit was passed.
 */
import { type Clock, randomText } from '../base/index.ts';
import type { PrincipalId } from '../model/index.ts';

export interface KeptResult {
  readonly id: string;
  readonly ownerId: PrincipalId;
  /** As clients know it. */
  readonly tool: string;
  readonly text: string;
  readonly isJson: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

const keptForMs = 60 * 60_000;
/** In characters, which are one or two bytes each in memory. */
const roomInAll = 64 * 1024 * 1024;
const roomOfOwner = 32 * 1024 * 1024;
export const resultUriPrefix = 'mcpmux://result/';

export class KeptResults {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #kept = new Map<string, KeptResult>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns undefined when it is longer than what one owner may have kept */
  keep(ownerId: PrincipalId, tool: string, text: string, isJson: boolean): KeptResult | undefined {
    if (text.length > roomOfOwner) return undefined;
    this.#makeRoom(ownerId, text.length);
    const kept: KeptResult = {
      id: randomText(12),
      ownerId,
      tool,
      text,
      isJson,
      expiresAt: this.#clock.now() + keptForMs,
    };
    this.#kept.set(kept.id, kept);
    return kept;
  }

  /** @param reference an id, or the URI of a result. @returns undefined also for what is somebody else's */
  find(ownerId: PrincipalId, reference: string): KeptResult | undefined {
    const id = reference.startsWith(resultUriPrefix) ? reference.slice(resultUriPrefix.length) : reference;
    const kept = this.#kept.get(id);
    if (kept === undefined || kept.ownerId !== ownerId) return undefined;
    if (kept.expiresAt > this.#clock.now()) return kept;
    this.#kept.delete(id);
    return undefined;
  }

  #makeRoom(ownerId: PrincipalId, needed: number): void {
    const now = this.#clock.now();
    let inAll = needed;
    let ofOwner = needed;
    for (const [id, { expiresAt, text, ownerId: other }] of this.#kept) {
      if (expiresAt <= now) {
        this.#kept.delete(id);
        continue;
      }
      inAll += text.length;
      if (other === ownerId) ofOwner += text.length;
    }
    for (const [id, { text, ownerId: other }] of this.#kept) {
      if (inAll <= roomInAll && ofOwner <= roomOfOwner) return;
      if (inAll <= roomInAll && other !== ownerId) continue;
      this.#kept.delete(id);
      inAll -= text.length;
      if (other === ownerId) ofOwner -= text.length;
    }
  }
}
