/**
 * cli/limit-text — limits of a server in the units that people give them in, and the options that set them.
 */
import { formatDuration } from './format-duration.ts';

const options: Readonly<Record<string, string>> = {
  connectTimeoutMs: '--connect-timeout',
  listTimeoutMs: '--list-timeout',
  callTimeoutMs: '--call-timeout',
  maxCallMs: '--max-call',
  idleStopMs: '--idle-stop',
  memoryBudgetBytes: '--memory-budget',
  concurrency: '--concurrency',
};

const labels: Readonly<Record<string, string>> = {
  connectTimeoutMs: 'connect timeout',
  listTimeoutMs: 'list timeout',
  callTimeoutMs: 'call timeout',
  maxCallMs: 'longest call',
  idleStopMs: 'stops when idle',
  memoryBudgetBytes: 'memory budget',
  concurrency: 'calls at a time',
};

export function limitLabel(name: string): string {
  return labels[name] ?? name;
}

/** `5 min`, `256 MiB`, `8`. */
export function limitValue(name: string, value: number): string {
  if (name.endsWith('Ms')) return value === 0 ? 'never' : exactDuration(value);
  if (name.endsWith('Bytes')) return value === 0 ? 'none' : `${value / (1024 * 1024)} MiB`;
  return String(value);
}

/** A sentence of the daemon about a limit, in the words and units of the options. */
export function limitSentence(message: string): string {
  const found = /^(\w+) must be between (\d+) and (\d+)(.*), not (\d+)$/.exec(message);
  const name = found?.[1] ?? '';
  const option = options[name];
  if (found === null || option === undefined) return message;
  const unit = name.endsWith('Ms') ? 1_000 : name.endsWith('Bytes') ? 1024 * 1024 : 1;
  const word = name.endsWith('Ms') ? ' seconds' : name.endsWith('Bytes') ? ' MiB' : '';
  const [minimum, maximum, given] = [found[2], found[3], found[5]].map((text) => Number(text) / unit);
  return `${option} must be between ${minimum} and ${maximum}${word}${found[4]}, not ${given}`;
}

function exactDuration(spanMs: number): string {
  const text = formatDuration(spanMs);
  // Only a unit that loses nothing: 90 s is not "1 min".
  const unitMs = text.endsWith('d')
    ? 86_400_000
    : text.endsWith('h')
      ? 3_600_000
      : text.endsWith('min')
        ? 60_000
        : 1_000;
  return spanMs % unitMs === 0 ? text : `${spanMs / 1_000} s`;
}
