/**
 * upstream/errors — what can go wrong with a server that is not the doing of its wire.
 *
 * `server` is always the name a person gave it.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

export const upstreamError = defineErrors('upstream', {
  connect_timed_out: {
    why: 'A first start may have to download a package, and a slow machine needs long for it. A program that is no MCP server on stdio never finishes either.',
    kind: 'timeout',
    retry: 'safe',
    says: (f) => `server "${f.server}" did not finish starting within ${f.timeoutMs} ms${lastSaid(f.stderr)}`,
    hint: (f) =>
      `see: mcpmux logs ${shellQuote(f.server)}; to let it take longer: mcpmux tune ${shellQuote(f.server)} --connect-timeout SECONDS`,
  },
  timed_out: {
    why: 'The server works longer than a call may take, or hangs. Each progress message gives it more time; a server that tells none has the whole time at once.',
    kind: 'timeout',
    retry: 'unknown',
    says: (f) =>
      `server "${f.server}" did not answer ${f.method} within ${f.timeoutMs} ms; it was told to stop${lastSaid(f.stderr)}`,
    hint: (f) => timeoutHint(f.server, f.method, f.isInAll === true),
  },
  sign_in_impossible: {
    kind: 'invalid',
    says: (f) => `there is nothing to sign in to at "${f.server}": ${f.reason}`,
  },
  secret_unresolved: {
    why: 'A value of the server names a secret by reference (a variable, a file, a keychain entry, a command), and it could not be read there.',
    kind: 'invalid',
    says: (f) => `server "${f.server}": ${f.place} needs ${f.reference}, and ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  input_missing: {
    why: 'Its configuration has a placeholder for a value that nobody has given yet.',
    kind: 'invalid',
    says: (f) => `server "${f.server}" needs to be told: ${f.inputs}`,
    hint: (f) => `run: mcpmux tune ${f.alias} ${f.flags}`,
  },
  over_memory: {
    why: 'Its processes grew beyond what it may hold. Many servers leak slowly; a restart every now and then is enough for those.',
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) =>
      `server "${f.server}" was stopped: its processes hold ${f.usedMiB} MiB of memory, ${f.of === 'total' ? 'and all servers together may hold' : 'and it may hold'} ${f.limitMiB} MiB`,
    hint: (f) =>
      f.of === 'total'
        ? 'see: mcpmux ps; memoryTotalBytes (MCPMUX_MEMORY_TOTAL_BYTES) is the limit'
        : `see: mcpmux ps; to let it have more: mcpmux tune ${shellQuote(f.server)} --memory-budget MiB`,
  },
  over_buffered: {
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) =>
      `server "${f.server}" was stopped: it left ${f.bufferedMiB} MiB of unfinished messages waiting, ${f.of === 'total' ? `the most of all, and all servers together may leave ${f.limitMiB} MiB` : `more than ${f.limitMiB} MiB`}`,
    hint: () => 'let it answer in smaller parts, or raise bufferedTotalBytes (MCPMUX_BUFFERED_TOTAL_BYTES)',
  },
  not_ready: {
    why: 'The server could not be connected, so no call reaches it. Why, its state says.',
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" is ${f.status}${f.reason ? `: ${f.reason}` : ''}`,
    hint: (f) => f.nextStep as string | undefined,
  },
  gone: {
    why: 'The connection was there and broke: the program crashed, its machine went away, or a network in between did.',
    kind: 'unavailable',
    retry: 'unknown',
    says: (f) => `server "${f.server}" was connected and does not answer any more: ${f.reason}`,
    hint: (f) => `see: mcpmux logs ${shellQuote(f.server)}`,
  },
  refused: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" refused the connection: ${f.reason} (${f.code})`,
    hint: (f) => `see: mcpmux logs ${shellQuote(f.server)}`,
  },
  ended_at_probe: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `server "${f.server}" ended when it was asked which revisions it speaks`,
  },
  crash_loop: {
    why: 'A server that ends again and again is left alone, so that it costs nothing. A call tries it once from time to time.',
    kind: 'unavailable',
    says: (f) =>
      `server "${f.server}" ended ${f.times} times in ${f.minutes} minutes and is not started again by itself`,
    hint: (f) => `see: mcpmux logs ${shellQuote(f.server)}, then: mcpmux refresh ${shellQuote(f.server)}`,
  },
  wrong_era: {
    why: 'It is older or newer than every revision of MCP that McpMux speaks.',
    kind: 'unavailable',
    says: (f) => `server "${f.server}" offers no protocol revision that we speak (${f.offered})`,
  },
});

function lastSaid(stderr: unknown): string {
  return typeof stderr === 'string' ? `; it last said: ${stderr}` : '';
}

/** A person who knows that the server needs longer can say so. */
function timeoutHint(server: unknown, method: unknown, isInAll: boolean): string {
  const flag =
    method === 'initialize' || method === 'server/discover'
      ? '--connect-timeout'
      : isInAll
        ? '--max-call'
        : '--call-timeout';
  return `to let it take longer: mcpmux tune ${shellQuote(server)} ${flag} SECONDS`;
}
