/**
 * transports/transport — one wire to one server, in whichever shape. It carries framed messages.
 *
 * Knows nothing of: what the messages mean, who called, eras beyond the headers they need.
 */
import type { JsonObject, McpMuxError, Secret } from '../base/index.ts';
import type { Era, Revision } from '../model/index.ts';
import type { JsonPiece } from '../protocol/index.ts';

export interface OutgoingMessage {
  /** Exactly one serialised JSON-RPC message, no line break in it: in one piece, or in several when it is long. */
  readonly pieces: readonly JsonPiece[];
  /** Our id, when it is a request that wants an answer. */
  readonly id?: number;
  readonly method?: string;
  /** Nothing else waits for an answer of this server: gathering this message with others would only delay it. */
  readonly isAlone?: boolean;
  /** What `Mcp-Name` must say (original tool or prompt name, URI, task id); HTTP in the modern era only. */
  readonly name?: string;
  /** `Mcp-Param-*` headers, already encoded; HTTP in the modern era only. */
  readonly paramHeaders?: Readonly<Record<string, string>>;
}

export type ClosedReason =
  /** We closed it. */
  | { readonly kind: 'asked' }
  /** The child ended. */
  | {
      readonly kind: 'exited';
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly lastStderr: readonly string[];
    }
  /** The server no longer knows our session (HTTP 404 with a session id). */
  | { readonly kind: 'session-lost' }
  /** Anything else; the error says what. */
  | { readonly kind: 'failed'; readonly error: McpMuxError };

export interface TransportEvents {
  /**
   * One complete message: the bytes of exactly one JSON value, not parsed.
   * @param causedBy id of the request on whose own answer stream it came; undefined where the wire has no such association
   */
  message(bytes: Buffer, causedBy: number | undefined): void;
  /** Request `id` will get no answer on this wire (refused, cut, too large). At most once an id, never after its answer. */
  requestFailed(id: number, error: McpMuxError): void;
  /** The end of the wire. Exactly once; nothing comes after it. */
  closed(reason: ClosedReason): void;
  /** Something a person may want to know about this server. Never a secret. */
  log(
    level: 'debug' | 'info' | 'warn' | 'error',
    source: 'connection' | 'stderr' | 'http' | 'protocol',
    message: string,
    facts?: Readonly<Record<string, string | number | boolean>>,
  ): void;
}

/** Where the Authorization header of an HTTP server comes from, when it is not a fixed header. */
export interface Authorization {
  /** The header's value to send now; undefined = send none. Synchronous while a good token is at hand. */
  current(): Secret | undefined | Promise<Secret | undefined>;
  /**
   * The server refused `used` before it began (HTTP 401, or 403 insufficient_scope).
   * @param wwwAuthenticate the challenge, as received
   * @returns a value to try once more with, or undefined: a person must sign in
   */
  renew(
    used: Secret | undefined,
    status: 401 | 403,
    wwwAuthenticate: string | undefined,
  ): Promise<Secret | undefined>;
}

export interface Transport {
  readonly wire: 'stdio' | 'http' | 'sse' | 'in-process';
  /** Gets ready to send: spawns the child, opens the SSE stream; Streamable HTTP has nothing to do. @throws upstream.* */
  open(events: TransportEvents, signal: AbortSignal): Promise<void>;
  /** Hands one message to the wire, in order. @throws transports.busy when its write queue is over the cap, transports.closed */
  send(message: OutgoingMessage): void;
  /** Nobody waits for request `id` any more. HTTP: aborts its POST. Others: nothing. */
  abandon(id: number): void;
  /** The handshake is done. HTTP: sets headers; in the legacy era opens the standing GET stream. */
  agreed(era: Era, revision: Revision): void;
  /** Closes with the full stop ladder. Safe to call twice; resolves when nothing of it is left. */
  close(): Promise<void>;
  /** The child's process id, where there is one. */
  readonly pid: number | undefined;
  /** The last lines the child wrote to stderr, oldest first; where there is a child. */
  readonly lastStderr?: readonly string[];
  /** Stops reading what the server sends, or goes on; where there is anything to hold. */
  hold?(isHeld: boolean): void;
  /** Bytes received or queued but not yet handed on. */
  readonly bufferedBytes: number;
}

/** A server inside this process: gets each message parsed, answers through `reply`. */
export interface InProcessServer {
  receive(message: JsonObject, reply: (message: JsonObject) => void): void;
}
