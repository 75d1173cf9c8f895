/**
 * downstream/intake — one POST: what is it, in which era, for whom; then the act.
 *
 * In: an exchange that passed the door. Out: exactly one reply.
 * The era is decided for each message by itself. A request is parsed once, and what goes on is what was parsed.
 * Knows nothing of: servers, names.
 */
import { type Logger, McpMuxError, nextCallId } from '../base/index.ts';
import { type Exchange, readBody, sendEmpty, sendJson } from '../http/index.ts';
import type { Principal, Route } from '../model/index.ts';
import {
  classifyPost,
  inspectRequest,
  internalError,
  invalidRequest,
  type PostVerdict,
  parseError,
  type Refusal,
  type RequestId,
} from '../protocol/index.ts';
import type { LegacyRequests } from './legacy-requests.ts';
import type { ModernRequests } from './modern-requests.ts';
import { comeBackSoon } from './reply.ts';
import { errorText } from './wire-text.ts';

export class Intake {
  readonly #legacy: LegacyRequests;
  readonly #modern: ModernRequests;
  readonly #bodyCapBytes: number;
  readonly #logger: Logger;

  constructor(options: {
    readonly legacy: LegacyRequests;
    readonly modern: ModernRequests;
    readonly bodyCapBytes: number;
    readonly logger: Logger;
  }) {
    this.#legacy = options.legacy;
    this.#modern = options.modern;
    this.#bodyCapBytes = options.bodyCapBytes;
    this.#logger = options.logger;
  }

  /** Never throws. */
  async post(exchange: Exchange, principal: Principal, route: Route): Promise<void> {
    const callId = nextCallId();
    exchange.callId = callId;
    let body: Buffer;
    try {
      body = await readBody(exchange, this.#bodyCapBytes);
    } catch (error) {
      refuseBody(exchange, error);
      return;
    }
    const inspected = inspectRequest(body);
    if (!inspected.ok) {
      sendJson(exchange, 400, errorText(null, { code: inspected.code, message: inspected.reason }));
      return;
    }
    let message: unknown;
    try {
      message = JSON.parse(body.toString('utf8'));
    } catch {
      sendJson(exchange, 400, errorText(null, { code: parseError, message: 'the body is no JSON' }));
      return;
    }
    const sessionId = exchange.header('mcp-session-id');
    const verdict = classifyPost({
      message,
      header: (name) => exchange.header(name),
      sessionId,
      // One server's own URL carries whatever that server and its client agree on.
      allowsUnknownMethods: route.kind === 'server',
    });
    try {
      await this.#act(exchange, principal, route, verdict, sessionId, callId);
    } catch (error) {
      const isRequest = verdict.refuse === undefined && verdict.kind === 'request';
      this.#broke(exchange, error, callId, isRequest ? verdict.id : null);
    }
  }

  #act(
    exchange: Exchange,
    principal: Principal,
    route: Route,
    verdict: PostVerdict,
    sessionId: string | undefined,
    callId: string,
  ): Promise<void> | void {
    if (verdict.refuse !== undefined) {
      writeRefusal(exchange, verdict.refuse);
      return;
    }
    if (verdict.era === 'legacy') {
      return this.#legacy.post(exchange, { principal, route, verdict, sessionId, callId });
    }
    if (verdict.kind === 'notification') {
      // Modern clients cancel by closing the stream; over HTTP a notification asks nothing of us.
      sendEmpty(exchange, 202);
      return;
    }
    return this.#modern.request(exchange, principal, route, verdict, callId);
  }

  #broke(exchange: Exchange, error: unknown, callId: string, id: RequestId | null): void {
    const known = error instanceof McpMuxError;
    this.#logger[known ? 'warn' : 'error'](
      { call: callId, error: error instanceof Error ? error.message : String(error) },
      'request failed',
    );
    if (exchange.response.headersSent) {
      exchange.response.destroy();
      return;
    }
    const message = known ? error.message : 'the gateway failed on this request; its log says more';
    const text = errorText(id, { code: internalError, message, data: { source: 'gateway', call: callId } });
    if (known && error.kind === 'unavailable') sendJson(exchange, 503, text, comeBackSoon);
    else sendJson(exchange, 500, text);
  }
}

export function writeRefusal(exchange: Exchange, refusal: Refusal): void {
  sendJson(
    exchange,
    refusal.httpStatus,
    errorText(refusal.id, {
      code: refusal.code,
      message: refusal.message,
      ...(refusal.data !== undefined && { data: refusal.data }),
    }),
  );
}

function refuseBody(exchange: Exchange, error: unknown): void {
  if (exchange.isGone) return;
  const isTooLarge = error instanceof McpMuxError && error.kind === 'too-large';
  const message = error instanceof Error ? error.message : 'the body could not be read';
  sendJson(
    exchange,
    isTooLarge ? 413 : 400,
    errorText(null, {
      code: isTooLarge ? invalidRequest : parseError,
      message,
      ...(error instanceof McpMuxError && { data: { code: error.code } }),
    }),
    isTooLarge ? { connection: 'close' } : undefined,
  );
}
