/**
 * base/errors — one error class, one table of failures a room.
 *
 * Knows nothing of: HTTP statuses, JSON-RPC codes, exit codes. Those exist at the doors only.
 */

/** What sort of failure it is. Doors turn a kind into a number; rooms never do. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'timeout'
  | 'unavailable'
  | 'cancelled'
  | 'internal';

/** May the same thing be tried again? `safe`: nothing had begun. `unknown`: it may have run. `no`: it will fail again. */
export type Retry = 'safe' | 'unknown' | 'no';

export type ErrorFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ErrorRow {
  readonly kind: ErrorKind;
  readonly retry?: Retry;
  /** The message: what was tried, on what, what happened. Never a token, header value, argument or result. */
  says(facts: ErrorFacts): string;
  /** The one thing a person can do now. */
  hint?(facts: ErrorFacts): string | undefined;
}

export class McpMuxError extends Error {
  override readonly name = 'McpMuxError';
  /** `<room>.<failure>`, stable. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly retry: Retry;
  readonly hint: string | undefined;
  readonly facts: ErrorFacts;

  constructor(
    code: string,
    row: { kind: ErrorKind; retry: Retry; message: string; hint: string | undefined },
    facts: ErrorFacts,
    cause?: unknown,
  ) {
    super(row.message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.kind = row.kind;
    this.retry = row.retry;
    this.hint = row.hint;
    this.facts = facts;
  }
}

export type ErrorFactory<Name extends string> = (
  name: Name,
  facts?: ErrorFacts,
  cause?: unknown,
) => McpMuxError;

/**
 * Makes a room's error factory from its table.
 *
 * @example
 *   export const upstreamError = defineErrors('upstream', {
 *     timed_out: { kind: 'timeout', retry: 'unknown', says: (f) => `server "${f.server}" did not answer in ${f.timeoutMs} ms` },
 *   });
 *   throw upstreamError('timed_out', { server: 'github', timeoutMs: 60_000 });
 */
export function defineErrors<Table extends Readonly<Record<string, ErrorRow>>>(
  room: string,
  table: Table,
): ErrorFactory<keyof Table & string> {
  return (name, facts = {}, cause) => {
    const row = table[name] as ErrorRow;
    return new McpMuxError(
      `${room}.${name}`,
      {
        kind: row.kind,
        retry: row.retry ?? 'no',
        message: row.says(facts),
        hint: row.hint?.(facts),
      },
      facts,
      cause,
    );
  };
}

/** Is it ours, and (when a code is given) that very failure? */
export function isMcpMuxError(error: unknown, code?: string): error is McpMuxError {
  return error instanceof McpMuxError && (code === undefined || error.code === code);
}

/** The text of whatever was thrown, for logs. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String(error);
}
