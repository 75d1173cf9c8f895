/**
 * fuzz/surface — one side on which the daemon takes input from others, as the run sees it.
 */
import type { Gateway } from '../support/gateway.ts';
import type { Random } from './random.ts';

export interface Surface {
  readonly name: string;
  /** How many inputs are under way at once. */
  readonly width: number;
  /** One input. @returns what was wrong with the answer, if anything was, and the input */
  step(random: Random): Promise<Finding | undefined>;
  close(): Promise<void>;
  /** What came of the inputs, by kind: whether they get anywhere. */
  readonly outcomes: Outcomes;
}

export class Outcomes {
  readonly #counts = new Map<string, number>();

  note(outcome: string | number): void {
    const name = String(outcome);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** The most frequent first. */
  toString(): string {
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ×${count}`)
      .join(', ');
  }
}

export interface Finding {
  readonly says: string;
  readonly input: Buffer | string;
}

export interface SurfaceContext {
  readonly gateway: Gateway;
  readonly callbackPort: number;
  readonly random: Random;
}
