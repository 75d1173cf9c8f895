/**
 * http/exchange — one request and its answer, as handlers see them.
 *
 * Thin on purpose: one is made for every request. The head has been checked before a handler sees it.
 * Knows nothing of: MCP.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ByteBudget } from '../base/index.ts';
import type { Principal } from '../model/index.ts';
import { clientAddress, type Entrance, localEntrance } from './entrance.ts';

export type PathParameters = Readonly<Record<string, string>>;

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Decoded once; no empty segment, no dot segment. */
  readonly path: string;
  /** What follows the `?`, not decoded; empty without one. */
  readonly query: string;
  /** The named segments of the route's path. */
  readonly parameters: PathParameters;
  /** By which of our names the request came: lower case, one of those the door knows. */
  host = '';
  /** By which way. */
  entrance: Entrance = localEntrance;
  /** Counts failed attempts; undefined = nobody does. */
  limits: { failed(exchange: Exchange): number } | undefined = undefined;
  /** Who calls; undefined on routes that need nobody. */
  principal: Principal | undefined = undefined;
  /** One id through all rooms; set by whoever begins the call. */
  callId: string | undefined = undefined;
  /** What the memory of this request is taken from; undefined = it is not counted. */
  memory: ByteBudget | undefined = undefined;
  #heldBytes = 0;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: string,
    parameters: PathParameters,
  ) {
    this.request = request;
    this.response = response;
    this.method = request.method as string;
    this.path = path;
    this.query = query;
    this.parameters = parameters;
  }

  /**
   * The value of a header as it was sent.
   *
   * @param name lower case
   * @returns the value; of others than Host, Origin, Authorization, Content-* and Mcp-*, which the door refuses when they
   *          are repeated, repeated values are joined by `, `
   */
  header(name: string): string | undefined {
    // Node has read them all by now, to look at `Expect` and `Connection`; another walk over the raw ones costs more.
    const value = this.request.headers[name];
    return typeof value === 'object' ? value[0] : value;
  }

  /**
   * Takes memory for this request until its answer is complete or its client has gone.
   *
   * @returns false when there is no room for it
   */
  hold(bytes: number): boolean {
    const { memory, response } = this;
    if (memory === undefined) return true;
    if (response.closed) return false;
    const owner = this.principal?.id ?? '';
    if (!memory.demand(owner, bytes)) return false;
    if (this.#heldBytes === 0) response.once('close', () => memory.give(owner, this.#heldBytes));
    this.#heldBytes += bytes;
    return true;
  }

  /** A credential was wrong: counts it. @returns 0, or how many ms its address has to wait: then say 429 instead */
  failedAttempt(): number {
    return this.limits?.failed(this) ?? 0;
  }

  /** Who is at the other end, as far as we can believe it: for rates and the audit, never for permission. */
  get address(): string {
    return clientAddress(
      this.entrance,
      this.request.socket.remoteAddress ?? '',
      this.entrance.kind === 'local' ? undefined : this.header('x-forwarded-for'),
    );
  }

  /** Has the client gone, or was the answer cut? */
  get isGone(): boolean {
    return this.response.destroyed || (this.response.closed && !this.response.writableFinished);
  }

  /** Calls `listener` once when the client goes away before the answer is complete; at once when it has gone already. */
  onGone(listener: () => void): void {
    if (this.isGone) {
      listener();
      return;
    }
    this.response.once('close', () => {
      if (!this.response.writableFinished) listener();
    });
  }
}
