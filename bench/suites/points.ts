/**
 * bench/suites/points — what is measured at each target: data, so that a new point is one more line.
 */
import type { Work } from '../load/message.ts';
import type { Target } from '../targets/target.ts';

export interface Point {
  readonly name: string;
  readonly work: Work;
  readonly connections: number;
  /** Which targets take part; undefined = all. */
  readonly takes?: (target: Target) => boolean;
  /** Rounds of this point are longer than others by this factor: it has few calls a second. */
  readonly longer?: number;
  /** After the rounds of all, so many more for those alone that a goal compares here. */
  readonly closer?: { readonly rounds: number; readonly takes: (target: Target) => boolean };
}

/** The bare relays that are the measure of small calls, and the gateway as it runs by default. */
const isCompared = ({ role, name }: Target): boolean =>
  (role === 'bare' && !name.includes('splice')) || (role === 'gateway' && name.endsWith('with a key'));

const smallBytes = 200;

export const callPoints: readonly Point[] = [
  {
    name: '200 B, c=1',
    work: { kind: 'echo', textBytes: smallBytes },
    connections: 1,
    // One caller waits for a whole chain of wake-ups, so its p50 doubles and halves with the neighbours' load; in a round
    // of all targets half a minute lies between two that are compared.
    closer: { rounds: 10, takes: isCompared },
  },
  { name: '200 B, c=16', work: { kind: 'echo', textBytes: smallBytes }, connections: 16 },
  { name: '200 B, c=64', work: { kind: 'echo', textBytes: smallBytes }, connections: 64 },
];

/** A stdio relay that parses is no floor for large messages; the one that splices is. */
const takesLarge = (target: Target): boolean => !target.name.startsWith('bare relay, stdio, parse');

export const sizePoints: readonly Point[] = [
  {
    name: '10 KB, c=16',
    work: { kind: 'echo', textBytes: 10_240 },
    connections: 16,
    takes: takesLarge,
  },
  {
    name: '1 MB result, c=4',
    work: { kind: 'blob', textBytes: 1_048_576 },
    connections: 4,
    takes: takesLarge,
    longer: 2,
  },
  {
    name: '1 MB request, c=4',
    work: { kind: 'sink', textBytes: 1_048_576 },
    connections: 4,
    takes: takesLarge,
    longer: 2,
  },
  {
    name: '1 MB echo, c=4',
    work: { kind: 'echo', textBytes: 1_048_576 },
    connections: 4,
    takes: takesLarge,
    longer: 2,
  },
];

export function listPoints(tools: number): readonly Point[] {
  return [{ name: `tools/list, ${tools} tools, c=1`, work: { kind: 'list', tools }, connections: 1 }];
}
