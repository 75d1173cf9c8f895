/**
 * downstream/post-handler — one POST: what is it, in which era, for whom; then the act.
 *
 * In: an exchange that passed the door. Out: exactly one reply.
 * The era is decided for each message by itself. A request is inspected once, and what was inspected goes on as it is.
 * Knows nothing of: servers, names.
 */
import { type ErrorKind, type Logger, McpMuxError, nextCallId } from '../base/index.ts';
import { type Exchange, sendEmpty, sendJson, takeBody } from '../http/index.ts';
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
  type RequestVerdict,
} from '../protocol/index.ts';
import { keyRevoked } from './key-revoked.ts';
import type { LegacyRequests } from './legacy-requests.ts';
import type { ModernRequests } from './modern-requests.ts';
import { Reply, retryAfterHeaders } from './reply.ts';
import { errorText } from './wire-text.ts';

export class PostHandler {
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
  post(exchange: Exchange, principal: Principal, route: Route): void {
    exchange.callId = nextCallId();
    takeBody(
      exchange,
      this.#bodyCapBytes,
      (body) => this.#read(exchange, principal, route, body),
      (error) => refuseBody(exchange, error),
    );
  }

  #read(exchange: Exchange, principal: Principal, route: Route, body: Buffer): void {
    const broke = (error: unknown): void => this.#broke(exchange, error, null);
    try {
      const inspecting = inspectRequest(body);
      if (inspecting instanceof Promise)
        inspecting.then((inspected) => this.#classify(exchange, principal, route, inspected)).catch(broke);
      else this.#classify(exchange, principal, route, inspecting);
    } catch (error) {
      broke(error);
    }
  }

  #classify(exchange: Exchange, principal: Principal, route: Route, inspected: RequestVerdict): void {
    let id: RequestId | null = null;
    const broke = (error: unknown): void => this.#broke(exchange, error, id);
    try {
      if (!inspected.ok) {
        sendJson(exchange, 400, errorText(null, { code: inspected.code, message: inspected.reason }));
        return;
      }
      const sessionId = exchange.header('mcp-session-id');
      const verdict = classifyPost({
        body: inspected,
        header: (name) => exchange.header(name),
        sessionId,
        // One server's own URL carries whatever that server and its client agree on.
        allowsUnknownMethods: route.kind === 'server',
      });
      if (verdict.refuse === undefined && verdict.kind === 'request') id = verdict.id;
      // It may have been shut out while its body was on its way.
      if (!principal.isLive) {
        new Reply(exchange).refuse(id, keyRevoked);
        return;
      }
      this.#act(exchange, principal, route, verdict, sessionId)?.catch(broke);
    } catch (error) {
      broke(error);
    }
  }

  #act(
    exchange: Exchange,
    principal: Principal,
    route: Route,
    verdict: PostVerdict,
    sessionId: string | undefined,
  ): Promise<void> | undefined {
    const callId = exchange.callId as string;
    if (verdict.refuse !== undefined) {
      writeRefusal(exchange, verdict.refuse);
      return undefined;
    }
    if (verdict.era === 'legacy') {
      return this.#legacy.post(exchange, { principal, route, verdict, sessionId, callId });
    }
    if (verdict.kind === 'notification') {
      // Modern clients cancel by closing the stream; over HTTP a notification asks nothing of us.
      sendEmpty(exchange, 202);
      return undefined;
    }
    return this.#modern.request(exchange, principal, route, verdict, callId);
  }

  #broke(exchange: Exchange, error: unknown, id: RequestId | null): void {
    const { callId: call } = exchange;
    const known = error instanceof McpMuxError;
    this.#logger[known ? 'warn' : 'error'](
      { call, error: error instanceof Error ? error.message : String(error) },
      'request failed',
    );
    if (exchange.response.headersSent) {
      exchange.response.destroy();
      return;
    }
    const message = known ? error.message : 'the gateway failed on this request; its log says more';
    const text = errorText(id, { code: internalError, message, data: { source: 'gateway', call } });
    if (known && error.kind === 'unavailable') sendJson(exchange, 503, text, retryAfterHeaders);
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

function refuseBody(exchange: Exchange, error: McpMuxError): void {
  if (exchange.isGone) return;
  const [status, code] = bodyFaults[error.kind] ?? [400, parseError];
  const text = errorText(null, { code, message: error.message, data: { code: error.code } });
  if (status === 413) sendJson(exchange, status, text, { connection: 'close' });
  else sendJson(exchange, status, text, status === 503 ? retryAfterHeaders : undefined);
}

const bodyFaults: Partial<Readonly<Record<ErrorKind, readonly [status: number, code: number]>>> = {
  'too-large': [413, invalidRequest],
  unavailable: [503, internalError],
};
