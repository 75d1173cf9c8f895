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
  /** Why it happens, for its page; where it is absent, what its kind says is enough. */
  readonly why?: string;
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

/** Every code of the rooms that are loaded. */
const known = new Map<string, ErrorRow>();

const tables = new WeakMap<
  object,
  { readonly room: string; readonly table: Readonly<Record<string, ErrorRow>> }
>();

/** Facts as their names: `server "SERVER" did not answer within TIMEOUT ms`. */
const anyFacts = new Proxy({} as ErrorFacts, {
  get: (_, name) =>
    typeof name === 'string'
      ? name
          .replace(/Ms$|^is(?=[A-Z])/, '')
          .replace(/([a-z])([A-Z])/g, '$1_$2')
          .toUpperCase()
      : undefined,
});

/** What an error means in general, why it happens, and what to do. */
export interface ErrorDescription {
  readonly kind: ErrorKind;
  readonly retry: Retry;
  /** With the names of the facts in place of facts. */
  readonly says: string;
  readonly hint: string | undefined;
  readonly why: string;
}

/** @returns undefined: no room that is loaded has such a code */
export function describeErrorCode(code: string): ErrorDescription | undefined {
  const row = known.get(code);
  return row === undefined ? undefined : describeRow(row);
}

/** The codes of every room that is loaded. */
export function knownErrorCodes(): readonly string[] {
  return [...known.keys()];
}

/** Every code of a room's table. */
export function describeErrorTable(factory: ErrorFactory<never>): ReadonlyMap<string, ErrorDescription> {
  const { room, table } = tables.get(factory) ?? { room: '', table: {} };
  return new Map(Object.entries(table).map(([name, row]) => [`${room}.${name}`, describeRow(row)]));
}

function describeRow(row: ErrorRow): ErrorDescription {
  return {
    kind: row.kind,
    retry: row.retry ?? 'no',
    says: row.says(anyFacts),
    hint: row.hint?.(anyFacts),
    why: row.why ?? whyOfKind[row.kind],
  };
}

const whyOfKind: Readonly<Record<ErrorKind, string>> = {
  invalid: 'What was given cannot be used as it is. It fails the same way each time until it is changed.',
  unauthenticated: 'Whoever asks has not shown who they are, or what they showed is no longer accepted.',
  denied: 'It is known who asks, and they may not do this.',
  'not-found': 'There is nothing of that name, or whoever asks does not get to see it.',
  conflict: 'It collides with something that is there already, or that changed in the meantime.',
  'too-large': 'A limit protects everybody else from what is too large.',
  timeout: 'Somebody took longer than they are given. It may have been carried out nevertheless.',
  unavailable: 'Something that is needed does not work at the moment. Often it does later.',
  cancelled: 'Whoever asked gave it up.',
  internal: 'This is a fault of McpMux.',
};

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
  for (const [name, row] of Object.entries(table)) known.set(`${room}.${name}`, row);
  const factory: ErrorFactory<keyof Table & string> = (name, facts = {}, cause) => {
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
  tables.set(factory, { room, table });
  return factory;
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
