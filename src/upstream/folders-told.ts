/**
 * upstream/folders-told — what clients have told of their folders (roots), so that each is asked once for all servers.
 *
 * Kept for legacy sessions: they say when their folders change, and when they end.
 * Knows nothing of: servers, what a folder is.
 */
import { RawJson } from '../protocol/index.ts';

/** The one that was told longest ago is forgotten first; it is asked again. */
const kept = 1_000;
/** Longer ones are asked for each time. */
const keptBytes = 64 * 1024;

export class FoldersTold {
  readonly #byOwner = new Map<string, RawJson>();
  readonly #isSession: (owner: string) => boolean;

  /** @param isSession only of a session it is known how long what it told holds */
  constructor(isSession: (owner: string) => boolean) {
    this.#isSession = isSession;
  }

  /** The result of `roots/list` as the owner gave it last. */
  of(owner: string): RawJson | undefined {
    return this.#byOwner.get(owner);
  }

  tell(owner: string, result: RawJson): void {
    this.#byOwner.delete(owner);
    if (result.byteLength > keptBytes || !this.#isSession(owner)) return;
    // A copy: it must not hold the message that it came in.
    this.#byOwner.set(owner, RawJson.ofText(result.toText()));
    if (this.#byOwner.size <= kept) return;
    const oldest = this.#byOwner.keys().next().value;
    if (oldest !== undefined) this.#byOwner.delete(oldest);
  }

  /** The owner's folders changed, or it is gone. */
  forget(owner: string): void {
    this.#byOwner.delete(owner);
  }
}
