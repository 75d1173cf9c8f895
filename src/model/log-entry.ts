/**
 * model/log-entry — one line of a server's own log.
 */

/** RFC 5424 names as MCP uses them, folded to what a person filters by. */
export type ServerLogLevel = 'debug' | 'info' | 'warn' | 'error';
export const serverLogLevels: readonly ServerLogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Where it comes from: our own doing, the child's stderr, the server's log notifications, HTTP, sign-in. */
export type ServerLogSource = 'connection' | 'stderr' | 'server' | 'http' | 'oauth' | 'protocol';

export interface ServerLogEntry {
  /** Epoch ms. */
  readonly at: number;
  readonly level: ServerLogLevel;
  readonly source: ServerLogSource;
  /** One line; control characters escaped, secrets replaced. */
  readonly message: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}
