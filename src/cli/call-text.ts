/**
 * cli/call-text — a call in words: when, who, what, how long, how it ended.
 */
import type { CallDto } from '../contract/index.ts';
import { type Paint, type Style, sanitizeToLine } from './style.ts';

const nameWidth = 36;

/** `05:35:40`; of another day with the date. */
export function clockTime(at: number, now: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const today = new Date(now);
  const isToday = date.toDateString() === today.toDateString();
  return isToday ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** `412 ms`, `7.84 s`, `12 min`. */
export function spanText(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_024 * 1_024) return `${(bytes / 1_024).toFixed(1)} KiB`;
  return `${(bytes / 1_024 / 1_024).toFixed(1)} MiB`;
}

/** The app where it names itself, else whose key it is. */
export function whoCalled(call: Pick<CallDto, 'app' | 'principal'>): string {
  return sanitizeToLine(call.app ?? call.principal.name);
}

export function whatWasCalled(call: CallDto): string {
  const name = call.name ?? call.method;
  const server = call.server?.alias;
  const shown =
    server === undefined || name.startsWith(`${server}_`) || call.method === 'resources/read'
      ? name
      : `${server}: ${name}`;
  return cutMiddle(sanitizeToLine(shown), nameWidth);
}

const words: Readonly<Record<CallDto['outcome'], string>> = {
  ok: 'ok',
  'tool-error': 'tool error',
  error: 'failed',
  timeout: 'timed out',
  cancelled: 'cancelled',
  refused: 'refused',
  asked: 'asked for input',
};

/** In a word, with what was said about a failure. */
export function outcomeText(call: CallDto): string {
  const word = words[call.outcome];
  const said = call.said ?? (call.outcome === 'refused' ? refusalText(call.code) : null);
  return said === null || call.outcome === 'timeout' ? word : `${word}: ${sanitizeToLine(said)}`;
}

function refusalText(code: string | null): string | null {
  return code?.startsWith('gateway.unknown_') === true ? 'not among what this client sees' : code;
}

export function outcomePaint(outcome: CallDto['outcome'], style: Style): Paint {
  switch (outcome) {
    case 'ok':
      return style.green;
    case 'tool-error':
    case 'cancelled':
    case 'asked':
      return style.yellow;
    case 'error':
    case 'timeout':
    case 'refused':
      return style.red;
  }
}

function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
