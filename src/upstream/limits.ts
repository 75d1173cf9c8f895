/**
 * upstream/limits — the timeouts and numbers of one server: defaults, ranges, and what a person may override.
 */
import type { ServerLimits } from '../model/index.ts';

export interface LimitRow {
  readonly defaultValue: number;
  readonly min: number;
  readonly max: number;
  readonly says: string;
}

/** Milliseconds, except `concurrency`. */
export const limitTable = {
  connectTimeoutMs: {
    defaultValue: 60_000,
    min: 1_000,
    max: 600_000,
    says: 'from start to the end of the handshake; npx and uvx may download first',
  },
  listTimeoutMs: {
    defaultValue: 60_000,
    min: 1_000,
    max: 600_000,
    says: 'for each of the four lists, all pages',
  },
  callTimeoutMs: {
    defaultValue: 60_000,
    min: 1_000,
    max: 3_600_000,
    says: 'without an answer or progress; each progress starts it anew',
  },
  maxCallMs: {
    defaultValue: 600_000,
    min: 1_000,
    max: 86_400_000,
    says: 'for a call in all, progress or not',
  },
  concurrency: { defaultValue: 64, min: 1, max: 1_024, says: 'calls in flight at one server' },
} as const satisfies Record<string, LimitRow>;

export type EffectiveLimits = { readonly [K in keyof typeof limitTable]: number };

/** The defaults with `base` (settings of the daemon) and then the server's own overrides laid over them. */
export function effectiveLimits(own: ServerLimits, base: Partial<EffectiveLimits> = {}): EffectiveLimits {
  const pick = (name: keyof typeof limitTable): number =>
    own[name] ?? base[name] ?? limitTable[name].defaultValue;
  return {
    connectTimeoutMs: pick('connectTimeoutMs'),
    listTimeoutMs: pick('listTimeoutMs'),
    callTimeoutMs: pick('callTimeoutMs'),
    maxCallMs: pick('maxCallMs'),
    concurrency: pick('concurrency'),
  };
}
