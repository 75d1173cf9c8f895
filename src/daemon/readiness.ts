/**
 * daemon/readiness — may traffic come? Yes from the moment every awaited part is there until the daemon drains.
 *
 * Connections to servers are not among the parts: lists come from the catalogue, so a broken server never makes the
 * daemon unready.
 */

export type ReadinessState = 'starting' | 'ready' | 'stopping';

export class Readiness {
  readonly #awaited: Set<string>;
  #isDraining = false;

  /** @param parts what must be there first */
  constructor(parts: readonly string[]) {
    this.#awaited = new Set(parts);
  }

  /** `part` is there. */
  mark(part: string): void {
    this.#awaited.delete(part);
  }

  /** Never ready again. */
  drain(): void {
    this.#isDraining = true;
  }

  get state(): ReadinessState {
    if (this.#isDraining) return 'stopping';
    return this.#awaited.size === 0 ? 'ready' : 'starting';
  }

  get isReady(): boolean {
    return this.state === 'ready';
  }

  /** The parts that are not there yet. */
  get awaited(): readonly string[] {
    return [...this.#awaited];
  }
}
