/**
 * model/explanation — one answer to "why?": the finding in one sentence, what it rests on, and the next step.
 */
import type { ProblemFix } from './problem.ts';

export interface Explanation {
  readonly about: {
    readonly kind: 'daemon' | 'server' | 'client' | 'call' | 'error';
    readonly id: string | undefined;
    readonly name: string;
  };
  /** Which cause it is, stable: `nothing-listens`. `fine`: nothing is wrong. `unknown`: none that we know. */
  readonly cause: string;
  /** The finding, one sentence. */
  readonly says: string;
  /** What it rests on, in the order in which a person wants to read it. */
  readonly facts: readonly { readonly name: string; readonly says: string }[];
  readonly next: ProblemFix | undefined;
}
