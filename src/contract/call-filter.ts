/**
 * contract/call-filter — how a filter over calls is typed, the same in the command line, the API and on the page:
 *
 *     status:error server:github client:"Claude Code" duration:>500ms since:10m issue
 *
 * Several values of one word are joined by commas. A word without a colon is looked for in names.
 * Browser-safe. Knows nothing of: how calls are stored.
 */

import type { CallFilter, CallOutcomeName } from '../model/index.ts';
import { suggestNames } from './suggest-names.ts';

/** Every word with its meaning, for help, completion and pages. */
export const callFilterWords = {
  status: 'ok, error (any failure), tool-error, failed, timeout, refused, cancelled, asked',
  server: 'alias or id of a server',
  tool: 'name of a tool, prompt or resource; * stands for anything',
  client: 'name of a client, or what the app calls itself',
  folder: 'a folder, with those in it',
  space: 'a Space',
  method: 'method of MCP, such as tools/call',
  duration: '>500ms, <2s, 1s..5s',
  since: '10m, 2h, 3d, 14:30, 2026-12-01, or a date with time',
  until: 'the same',
  code: 'an error code, such as upstream.timed_out',
  session: 'number of a work session',
  trace: 'W3C trace id',
} as const;

type Word = keyof typeof callFilterWords;

const statuses: Readonly<Record<string, readonly CallOutcomeName[]>> = {
  ok: ['ok'],
  error: ['tool-error', 'error', 'timeout', 'refused'],
  failed: ['error'],
  'tool-error': ['tool-error'],
  timeout: ['timeout'],
  refused: ['refused'],
  cancelled: ['cancelled'],
  asked: ['asked'],
};

/** A filter that cannot be read: which part, and what it may have meant. */
export class CallFilterError extends Error {
  override readonly name = 'CallFilterError';
  readonly part: string;
  readonly hint: string;

  constructor(message: string, part: string, hint: string) {
    super(message);
    this.part = part;
    this.hint = hint;
  }
}

/**
 * Reads a filter.
 *
 * @param now epoch ms, for `10m` and `14:30`
 * @param zoneMinutes how far local time is ahead of UTC, for `14:30`; default: that of this machine
 * @throws CallFilterError
 */
export function parseCallFilter(
  text: string,
  now: number,
  zoneMinutes = -new Date(now).getTimezoneOffset(),
): CallFilter {
  const filter: { -readonly [Key in keyof CallFilter]: CallFilter[Key] } = {};
  const add = (
    key: 'servers' | 'tools' | 'clients' | 'folders' | 'spaces' | 'methods' | 'words',
    values: readonly string[],
  ): void => {
    filter[key] = [...(filter[key] ?? []), ...values];
  };
  for (const { word, value, part } of wordsOf(text)) {
    const values = value.split(',').filter((one) => one !== '');
    if (values.length === 0 && word !== undefined)
      throw new CallFilterError(
        `"${part}" says nothing after the colon`,
        part,
        `${word}: takes ${hintOf(word)}`,
      );
    switch (word) {
      case undefined: {
        if (/^[<>]/.test(part)) Object.assign(filter, durationOf(part, part));
        else add('words', [value]);
        break;
      }
      case 'status':
        filter.outcomes = [...(filter.outcomes ?? []), ...values.flatMap((one) => outcomesOf(one, part))];
        break;
      case 'server':
        add('servers', values);
        break;
      case 'tool':
        add('tools', values);
        break;
      case 'client':
        add('clients', values);
        break;
      case 'folder':
        add('folders', values);
        break;
      case 'space':
        add('spaces', values);
        break;
      case 'method':
        add('methods', values);
        break;
      case 'duration':
        Object.assign(filter, durationOf(value, part));
        break;
      case 'since':
        filter.since = momentOf(value, part, now, zoneMinutes);
        break;
      case 'until':
        filter.until = momentOf(value, part, now, zoneMinutes);
        break;
      case 'code':
        filter.code = value;
        break;
      case 'session':
        filter.session = numberOf(value, part);
        break;
      case 'trace':
        filter.trace = value.toLowerCase();
        break;
    }
  }
  return filter;
}

interface TypedWord {
  readonly word: Word | undefined;
  readonly value: string;
  /** As it was typed. */
  readonly part: string;
}

function wordsOf(text: string): TypedWord[] {
  const found = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return found.map((part) => {
    const colon = part.indexOf(':');
    const isQuoted = part.startsWith('"');
    if (colon <= 0 || isQuoted) return { word: undefined, value: part.replaceAll('"', ''), part };
    const name = part.slice(0, colon).toLowerCase();
    if (!Object.hasOwn(callFilterWords, name)) {
      const near = suggestNames(name, Object.keys(callFilterWords))[0];
      throw new CallFilterError(
        `there is no filter "${name}:"`,
        part,
        near === undefined
          ? `filters are ${Object.keys(callFilterWords).join(', ')}`
          : `did you mean ${near}:${part.slice(colon + 1)}`,
      );
    }
    return { word: name as Word, value: part.slice(colon + 1).replaceAll('"', ''), part };
  });
}

function hintOf(word: Word): string {
  return callFilterWords[word];
}

function outcomesOf(value: string, part: string): readonly CallOutcomeName[] {
  const outcomes = statuses[value.toLowerCase()];
  if (outcomes !== undefined) return outcomes;
  const near = suggestNames(value, Object.keys(statuses))[0];
  throw new CallFilterError(
    `there is no status "${value}"`,
    part,
    near === undefined ? `status: takes ${callFilterWords.status}` : `did you mean status:${near}`,
  );
}

const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

function spanOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|min|m|h|d|w)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMs[match[2] ?? 'ms'] as number);
}

function durationOf(value: string, part: string): Pick<CallFilter, 'minMs' | 'maxMs'> {
  const between = /^(.+)\.\.(.+)$/.exec(value);
  const low = spanOf(between?.[1] ?? value.replace(/^>=?/, ''));
  if (between !== null) {
    const high = spanOf(between[2] ?? '');
    if (low !== undefined && high !== undefined) return { minMs: low, maxMs: high };
  } else if (value.startsWith('<')) {
    const high = spanOf(value.replace(/^<=?/, ''));
    if (high !== undefined) return { maxMs: high };
  } else if (low !== undefined) return { minMs: low };
  throw new CallFilterError(`"${part}" is no duration`, part, `duration: takes ${callFilterWords.duration}`);
}

function numberOf(value: string, part: string): number {
  const number = Number(value.replace(/^#/, ''));
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new CallFilterError(`"${part}" is no number`, part, `mcpmux sessions shows the numbers`);
}

function momentOf(value: string, part: string, now: number, zoneMinutes: number): number {
  const span = /\d$/.test(value) ? undefined : spanOf(value);
  if (span !== undefined) return now - span;
  const zoneMs = zoneMinutes * 60_000;
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(value);
  if (clock !== null) {
    const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
    if (hours < 24 && minutes < 60 && seconds < 60) {
      const day = Math.floor((now + zoneMs) / unitMs.d!) * unitMs.d!;
      const at = day + ((hours * 60 + minutes) * 60 + seconds) * 1_000 - zoneMs;
      // In the evening somebody may look for what was before midnight.
      return at > now ? at - unitMs.d! : at;
    }
  }
  const isLocal = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/.test(value);
  const at = Date.parse(isLocal ? `${value.includes('T') ? value : `${value}T00:00`}Z` : value);
  if (/^\d{4}-/.test(value) && !Number.isNaN(at)) return isLocal ? at - zoneMs : at;
  throw new CallFilterError(
    `"${part}" is no moment`,
    part,
    `${part.split(':')[0]}: takes ${callFilterWords.since}`,
  );
}
