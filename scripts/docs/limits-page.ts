/**
 * scripts/docs/limits-page — docs/limits.md: every limit with its default, range and what a person reads when it is passed.
 *
 * The numbers and the error texts are those of the source. A limit of the tables below that has no error text here does
 * not compile.
 */

import { type NumberSetting, type SettingName, settingsTable, waysToSet } from '../../src/config/settings.ts';
import { clientMemoryLimits } from '../../src/daemon/compose/foundation.ts';
import { downstreamError } from '../../src/downstream/errors.ts';
import { maxListeners } from '../../src/downstream/modern-requests.ts';
import { replayBufferBytes } from '../../src/downstream/replay-buffer.ts';
import { parkedForMs, parkedPerPrincipal } from '../../src/gateway/serve/parked-calls.ts';
import { httpError } from '../../src/http/errors.ts';
import { defaultListenerLimits } from '../../src/http/listeners.ts';
import { failedAttempts, maxBuckets, rates } from '../../src/http/rates.ts';
import { answerLimits, requestLimits } from '../../src/protocol/json-bytes.ts';
import { transportError } from '../../src/transports/index.ts';
import { defaultWireLimits, type WireLimits } from '../../src/transports/limits.ts';
import { wireLimitDescriptions } from '../../src/transports/wire-limit-descriptions.ts';
import { maxItemBytes } from '../../src/upstream/discovery.ts';
import { upstreamError } from '../../src/upstream/errors.ts';
import { minQueueLimit, queueLimitPerSlot } from '../../src/upstream/fair-queue.ts';
import { type LimitName, type LimitRow, limitTable } from '../../src/upstream/limits.ts';

type Unit = LimitRow['unit'];
const server = 'files';
const mebibyte = 1024 * 1024;

/** What is read when a limit of a server is passed; `note` where nothing fails. */
const ofServer: Readonly<Record<LimitName, { readonly error?: Error; readonly note?: string }>> = {
  connectTimeoutMs: { error: upstreamError('connect_timed_out', { server, timeoutMs: 60_000 }) },
  listTimeoutMs: { error: upstreamError('timed_out', { server, method: 'tools/list', timeoutMs: 60_000 }) },
  callTimeoutMs: { error: upstreamError('timed_out', { server, method: 'tools/call', timeoutMs: 600_000 }) },
  maxCallMs: {
    error: upstreamError('timed_out', { server, method: 'tools/call', timeoutMs: 600_000, isInAll: true }),
  },
  pingIntervalMs: { error: upstreamError('gone', { server, reason: 'nothing listens at example.com' }) },
  concurrency: { error: transportError('busy', { server, reason: 'too many calls wait for it already' }) },
  maxConnections: { note: 'nothing fails: further calls wait for a connection' },
  idleStopMs: {
    note: 'nothing fails: its state says "it was stopped because nobody used it; the next call starts it"',
  },
  memoryBudgetBytes: {
    error: upstreamError('over_memory', { server, usedMiB: 300, limitMiB: 256, of: 'server' }),
  },
};

/** The settings that are limits, and what is read when they are passed. */
const settingLimits: Partial<Readonly<Record<SettingName, Error | string>>> = {
  maxMessageBytes: transportError('too_large', { server, limitBytes: settingsDefault('maxMessageBytes') }),
  bufferedTotalBytes: upstreamError('over_buffered', {
    server,
    bufferedMiB: 300,
    limitMiB: 512,
    of: 'total',
  }),
  memoryBudgetBytes: upstreamError('over_memory', { server, usedMiB: 300, limitMiB: 256, of: 'server' }),
  memoryTotalBytes: upstreamError('over_memory', { server, usedMiB: 9_000, limitMiB: 16_384, of: 'total' }),
  startConcurrency: 'further servers wait for their turn',
  bodyCapBytes: httpError('body_too_large', { capBytes: settingsDefault('bodyCapBytes') }),
  maxSessions: downstreamError('too_many_sessions', { limit: settingsDefault('maxSessions') }),
  sessionIdleMs: 'the session is gone: HTTP 404, the client begins again with `initialize`',
  auditDays: 'older entries are removed; `mcpmux audit verify` begins after them',
  requestsPerSecond: 'HTTP 429 with `Retry-After`',
  shutdownGraceMs: 'what still runs is cut',
};

interface Fixed {
  readonly says: string;
  readonly value: number;
  readonly unit: Unit;
  readonly passed: string;
}

const door: readonly Fixed[] = [
  {
    says: 'the head of a request, in all',
    value: defaultListenerLimits.headersTimeoutMs,
    unit: 'ms',
    passed: 'HTTP 408',
  },
  {
    says: 'a request with its body, in all',
    value: defaultListenerLimits.requestTimeoutMs,
    unit: 'ms',
    passed: 'HTTP 408',
  },
  {
    says: 'the head of a request',
    value: defaultListenerLimits.maxHeaderBytes,
    unit: 'bytes',
    passed: 'HTTP 431',
  },
  { says: 'headers of a request', value: 100, unit: 'count', passed: 'HTTP 431' },
  {
    says: 'connections, per address',
    value: defaultListenerLimits.maxConnections,
    unit: 'count',
    passed: 'HTTP 503 with `Retry-After`',
  },
  {
    says: 'file descriptors of the process that connections leave free',
    value: defaultListenerLimits.spareDescriptors,
    unit: 'count',
    passed: 'HTTP 503 with `Retry-After`',
  },
  {
    says: 'an idle connection',
    value: defaultListenerLimits.keepAliveTimeoutMs,
    unit: 'ms',
    passed: 'it is closed',
  },
  { says: 'depth of a request', value: requestLimits.maxDepth, unit: 'count', passed: 'HTTP 400, -32600' },
  { says: 'keys of a request', value: requestLimits.maxKeys, unit: 'count', passed: 'HTTP 400, -32600' },
];

const clientMemory = clientMemoryLimits(Number.POSITIVE_INFINITY, 0);

const held: readonly Fixed[] = [
  {
    says: 'what all clients together make us keep: sessions, subscriptions, streams to come back to, bodies of open requests (an eighth of the heap where that is less)',
    value: clientMemory.totalBytes,
    unit: 'bytes',
    passed: `sessions that are not used make room, then HTTP 503 with \`Retry-After\`: ${textOf(downstreamError('memory_full', { whom: 'all of them' }))}`,
  },
  {
    says: 'the same, of one key',
    value: clientMemory.ownerBytes,
    unit: 'bytes',
    passed: 'the same, for that key alone',
  },
  {
    says: 'the text of a tool, prompt or resource in a list of a server',
    value: maxItemBytes,
    unit: 'bytes',
    passed: 'it is not offered, the others are; `mcpmux show` says so',
  },
  {
    says: `calls that wait for one server, for each of its \`concurrency\` (${minQueueLimit} at least; who has fewer than its share may still wait)`,
    value: queueLimitPerSlot,
    unit: 'count',
    passed: `HTTP 503 with Retry-After: ${textOf(ofServer.concurrency.error!)}`,
  },
  {
    says: 'calls of one principal that wait for input of their client',
    value: parkedPerPrincipal,
    unit: 'count',
    passed: '-32603, and nothing is parked',
  },
  {
    says: 'how long such a call waits for its client',
    value: parkedForMs,
    unit: 'ms',
    passed: 'the server is told to stop; the next attempt: -32602, "it has expired or was used before"',
  },
  {
    says: 'open `subscriptions/listen` streams',
    value: maxListeners,
    unit: 'count',
    passed: `-32603, "there are ${maxListeners} open listen streams already"`,
  },
  {
    says: 'what is kept of each stream of a legacy session, to be resumed',
    value: replayBufferBytes,
    unit: 'bytes',
    passed: 'the oldest is dropped',
  },
  {
    says: 'depth of an answer of a server',
    value: answerLimits.maxDepth,
    unit: 'count',
    passed: 'the call fails',
  },
];

const rateRows = [...Object.values(rates).filter(({ burst }) => burst > 0), failedAttempts]
  .map(({ says, by, perSecond, burst }) => `| ${says} | ${by} | ${frequency(perSecond)} | ${burst} |`)
  .join('\n');

function frequency(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond} a second`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${perMinute} a minute` : `${Math.round(perSecond * 3_600)} an hour`;
}

/** The whole page. */
export function renderLimitsPage(): string {
  const servers = (Object.keys(limitTable) as LimitName[]).map((name) => {
    const row: LimitRow = limitTable[name];
    const { error, note } = ofServer[name];
    const zero = row.zeroMeans === undefined ? '' : `; 0: ${row.zeroMeans}`;
    return `| \`${name}\` | ${row.says} | ${amount(row.defaultValue, row.unit)} | ${amount(row.min, row.unit)} – ${amount(row.max, row.unit)}${zero} | ${error === undefined ? note : textOf(error)} |`;
  });
  const settings = (Object.keys(settingLimits) as SettingName[]).map((name) => {
    const row = settingsTable[name] as NumberSetting;
    const unit = row.unit === 'port' ? 'count' : row.unit;
    const passed = settingLimits[name]!;
    return `| \`${name}\` | ${waysToSet(name)} | ${amount(row.default, unit)} | ${amount(row.min, unit)} – ${amount(row.max, unit)} | ${typeof passed === 'string' ? passed : textOf(passed)} |`;
  });
  const wires = (Object.keys(wireLimitDescriptions) as (keyof WireLimits)[]).map((name) => {
    const { unit, says, passed } = wireLimitDescriptions[name];
    return `| \`${name}\` | ${says} | ${amount(defaultWireLimits[name], unit)} | ${passed} |`;
  });
  const fixed = (rows: readonly Fixed[]): string =>
    rows
      .map(({ says, value, unit, passed }) => `| ${says} | ${amount(value, unit)} | ${passed} |`)
      .join('\n');
  return `# Limits

<!-- Generated from the tables in the source by \`npm run docs\` (scripts/docs/limits-page.ts). Change the tables, not this page. -->

Everything that could grow has a limit, and whoever meets one is told which. Texts in quotes are what a person reads.

## Of one server

Given with a server when it is added or changed (\`limits\` of the admin API). Where a server says nothing, the setting of
the same name holds, then the default.

| limit | what it bounds | default | range | when it is passed |
|---|---|---|---|---|
${servers.join('\n')}

Over its memory budget a server is ended like one that crashed: its calls fail with the reason, its log and state say it,
and it is started anew after a pause that grows. After five such ends in a row it
stays stopped: a person starts it again, or a call that comes a minute later, which tries once. The state says from when on.

## Of the daemon

What each is for stands in [configuration](configuration.md).

| setting | set with | default | range | when it is passed |
|---|---|---|---|---|
${settings.join('\n')}

## Of a connection to a server

| limit | what it bounds | value | when it is passed |
|---|---|---|---|
${wires.join('\n')}

## Of the port for clients

| what is bounded | value | when it is passed |
|---|---|---|
${fixed(door)}

## Of how often

A caller has so many requests at once; then they come back at the given frequency. One that has none left gets HTTP 429 with
\`Retry-After\`. On this machine all programs share one address, so nothing is counted by address there but wrong credentials; the setting
\`requestsPerSecond\` counts clients. An IPv6 address stands for its /64. At most ${maxBuckets.toLocaleString('en')} callers are remembered for each row.

| what | by | comes back | at once |
|---|---|---|---|
${rateRows}

## Of what is kept

| what is bounded | value | when it is passed |
|---|---|---|
${fixed(held)}
`;
}

function textOf(error: Error): string {
  return `"${error.message.replaceAll('|', '\\|')}"`;
}

function settingsDefault(name: SettingName): number {
  return (settingsTable[name] as NumberSetting).default;
}

function amount(value: number, unit: Unit): string {
  if (value === 0) return '0';
  if (unit === 'bytes') {
    for (const [size, word] of [
      [mebibyte * mebibyte, 'TiB'],
      [mebibyte * 1024, 'GiB'],
      [mebibyte, 'MiB'],
      [1024, 'KiB'],
    ] as const) {
      if (value >= size && value % size === 0) return `${value / size} ${word}`;
    }
    return `${value} bytes`;
  }
  if (unit === 'ms') {
    for (const [size, word] of [
      [86_400_000, 'd'],
      [3_600_000, 'h'],
      [60_000, 'min'],
      [1_000, 's'],
    ] as const) {
      if (value >= size && value % size === 0) return `${value / size} ${word}`;
    }
    return `${value} ms`;
  }
  return value.toLocaleString('en');
}
