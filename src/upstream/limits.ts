/**
 * upstream/limits — the timeouts and numbers of one server: defaults, ranges, and what a person may override.
 */
import type { ServerLimits } from '../model/index.ts';

export interface LimitRow {
  readonly unit: 'ms' | 'bytes' | 'count';
  readonly defaultValue: number;
  readonly min: number;
  readonly max: number;
  /** What 0 means, where 0 is allowed beside the range. */
  readonly zeroMeans?: string;
  readonly says: string;
}

export const limitTable = {
  connectTimeoutMs: {
    unit: 'ms',
    defaultValue: 60_000,
    min: 1_000,
    max: 600_000,
    says: 'from start to the end of the handshake; npx and uvx may download first',
  },
  listTimeoutMs: {
    unit: 'ms',
    defaultValue: 60_000,
    min: 1_000,
    max: 600_000,
    says: 'for each of the four lists, all pages',
  },
  callTimeoutMs: {
    unit: 'ms',
    defaultValue: 600_000,
    min: 1_000,
    max: 3_600_000,
    says: 'without an answer or progress; each progress starts it anew',
  },
  maxCallMs: {
    unit: 'ms',
    defaultValue: 600_000,
    min: 1_000,
    max: 86_400_000,
    says: 'for a call in all, progress or not',
  },
  pingIntervalMs: {
    unit: 'ms',
    defaultValue: 30_000,
    min: 1_000,
    max: 3_600_000,
    zeroMeans: 'it is never asked',
    says: 'between two pings of a connected server; one that is gone is noticed by them',
  },
  concurrency: {
    unit: 'count',
    defaultValue: 64,
    min: 1,
    max: 1_024,
    says: 'calls in flight at one server; more wait, and the clients take turns',
  },
  maxConnections: {
    unit: 'count',
    defaultValue: 64,
    min: 1,
    max: 1_024,
    says: 'connections for calls to a server over HTTP; more calls wait for one. A value given counts its event streams, too, and with 1 it gets none',
  },
  idleStopMs: {
    unit: 'ms',
    defaultValue: 0,
    min: 1_000,
    max: 30 * 86_400_000,
    zeroMeans: 'it is kept running',
    says: 'without a call; then it is stopped, its lists stay, and the next call starts it',
  },
  memoryBudgetBytes: {
    unit: 'bytes',
    defaultValue: 0,
    min: 16 * 1024 * 1024,
    max: 1024 ** 4,
    zeroMeans: 'no budget of its own',
    says: 'resident memory of all processes of the server; over it the server is started anew',
  },
} as const satisfies Record<string, LimitRow>;

export type LimitName = keyof typeof limitTable;
export type EffectiveLimits = { readonly [K in LimitName]: number };

/** Is `value` one that the limit may have? */
export function isWithinLimit(name: LimitName, value: number): boolean {
  const row: LimitRow = limitTable[name];
  if (row.zeroMeans !== undefined && value === 0) return true;
  return Number.isFinite(value) && value >= row.min && value <= row.max;
}

/** The defaults with `base` (settings of the daemon) and then the server's own overrides laid over them. */
export function effectiveLimits(own: ServerLimits, base: Partial<EffectiveLimits> = {}): EffectiveLimits {
  const pick = (name: LimitName): number => own[name] ?? base[name] ?? limitTable[name].defaultValue;
  return {
    connectTimeoutMs: pick('connectTimeoutMs'),
    listTimeoutMs: pick('listTimeoutMs'),
    callTimeoutMs: pick('callTimeoutMs'),
    maxCallMs: pick('maxCallMs'),
    pingIntervalMs: pick('pingIntervalMs'),
    concurrency: pick('concurrency'),
    maxConnections: pick('maxConnections'),
    idleStopMs: pick('idleStopMs'),
    memoryBudgetBytes: pick('memoryBudgetBytes'),
  };
}
