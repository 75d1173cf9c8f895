/**
 * downstream/modern-requests — requests of the modern era: stateless, each with all it needs.
 *
 * Knows nothing of: sessions. What a caller sees follows from credential and URL.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http
 */
import { Cancellation, heapBytesOf, isJsonObject } from '../base/index.ts';
import { type CallHandler, invalidParamsAnswer, resultAnswer } from '../gateway/index.ts';
import { EventStream, type Exchange } from '../http/index.ts';
import type { Answer, Caller, Principal, Route } from '../model/index.ts';
import {
  headerMismatch,
  type ModernRequest,
  modernRevisions,
  validateParamHeaders,
} from '../protocol/index.ts';
import type { CallKeepalive } from './call-keepalive.ts';
import { ModernScope } from './call-scopes.ts';
import { readClaims } from './claims.ts';
import { type ListenFilter, ModernListener, type ModernListeners, readFilter } from './modern-listeners.ts';
import type { Notifier } from './notifier.ts';
import { acceptsEvents, Reply, refuseStream } from './reply.ts';
import { memoryFullAnswer } from './session-requests.ts';

/** What we are does not change often; a client may ask again after this long. */
const discoverTtlMs = 60_000;
/** Open listen streams in all. */
export const maxListeners = 4_096;
/** Bytes of what one of them may ask for. */
const maxFilterBytes = 1024 * 1024;
/** Resources that one of them may name. */
const maxUris = 1_000;

export class ModernRequests {
  readonly #serve: CallHandler;
  readonly #listeners: ModernListeners;
  readonly #notifier: Notifier;
  readonly #longCalls: CallKeepalive;

  constructor(options: {
    readonly serve: CallHandler;
    readonly listeners: ModernListeners;
    readonly notifier: Notifier;
    readonly longCalls: CallKeepalive;
  }) {
    this.#longCalls = options.longCalls;
    this.#serve = options.serve;
    this.#listeners = options.listeners;
    this.#notifier = options.notifier;
  }

  async request(
    exchange: Exchange,
    principal: Principal,
    route: Route,
    request: ModernRequest,
    callId: string,
  ): Promise<void> {
    const caller: Caller = {
      principal,
      route,
      client: {
        era: 'modern',
        revision: request.revision,
        info: request.meta.clientInfo,
        capabilities: request.meta.clientCapabilities,
      },
      sessionKey: undefined,
      ...readClaims(exchange),
    };
    const reply = new Reply(exchange, { isModern: true });
    switch (request.method) {
      case 'server/discover':
        reply.answer(request.id, this.#discover(caller));
        return;
      case 'subscriptions/listen':
        await this.#listen(exchange, reply, caller, request);
        return;
      default:
        await this.#call(exchange, reply, caller, request, callId);
    }
  }

  async #call(
    exchange: Exchange,
    reply: Reply,
    caller: Caller,
    request: ModernRequest,
    callId: string,
  ): Promise<void> {
    const mismatch = this.#paramHeaderFault(exchange, caller, request);
    if (mismatch !== undefined) {
      reply.answer(request.id, { kind: 'error', error: { code: headerMismatch, message: mismatch } });
      return;
    }
    const cancellation = new Cancellation();
    // Closing the stream is the modern way to cancel.
    exchange.onGone(() => cancellation.cancel('the client closed the stream'));
    const scope = new ModernScope(
      callId,
      request.id,
      caller,
      cancellation,
      reply,
      request.meta.progressToken,
      request.meta.logLevel,
      this.#longCalls,
    );
    const answer = await this.#serve.answer({ method: request.method, params: request.params, scope });
    scope.finish();
    if (!cancellation.isCancelled) reply.answer(request.id, answer);
  }

  /** `Mcp-Param-*` that the tool's schema asks for must say what the arguments say. */
  #paramHeaderFault(exchange: Exchange, caller: Caller, request: ModernRequest): string | undefined {
    if (request.method !== 'tools/call') return undefined;
    const name = request.params.text('name');
    const target = name === undefined ? undefined : this.#serve.viewFor(caller)?.view.tools.get(name);
    if (target === undefined || target.paramHeaders.length === 0) return undefined;
    return validateParamHeaders(
      target.paramHeaders,
      (header) => exchange.header(header.toLowerCase()),
      request.params.object('arguments'),
    );
  }

  #discover(caller: Caller): Answer {
    const serverInfo = this.#serve.describeServerTo(caller);
    if (serverInfo === undefined) return invalidParamsAnswer('There is no such server');
    return resultAnswer({
      resultType: 'complete',
      supportedVersions: [...modernRevisions],
      capabilities: serverInfo.capabilities,
      ...(serverInfo.instructions !== undefined && { instructions: serverInfo.instructions }),
      ttlMs: discoverTtlMs,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': this.#serve.serverInfo },
    });
  }

  async #listen(exchange: Exchange, reply: Reply, caller: Caller, request: ModernRequest): Promise<void> {
    const notifications = request.params.read('notifications', maxFilterBytes);
    if (!isJsonObject(notifications)) {
      reply.answer(request.id, invalidParamsAnswer('subscriptions/listen needs notifications'));
      return;
    }
    if (!acceptsEvents(exchange)) {
      refuseStream(exchange, request.id);
      return;
    }
    if (this.#listeners.size >= maxListeners) {
      reply.answer(request.id, {
        kind: 'error',
        error: {
          code: -32603,
          message: `there are ${maxListeners} open listen streams already`,
          data: { source: 'gateway' },
        },
      });
      return;
    }
    const wanted = readFilter(notifications);
    if (wanted.uris.size > maxUris) {
      reply.answer(
        request.id,
        invalidParamsAnswer(`subscriptions/listen takes ${maxUris} resources at most`),
      );
      return;
    }
    let bytes = 0;
    for (const uri of wanted.uris) bytes += heapBytesOf(uri);
    if (!exchange.hold(bytes)) {
      reply.answer(request.id, memoryFullAnswer());
      return;
    }
    const { filter, releases } = await this.#honourable(caller, wanted);
    const stream = new EventStream(exchange);
    stream.open();
    const listener = new ModernListener(request.id, caller, filter, stream);
    this.#notifier.watch(listener);
    this.#listeners.add(listener);
    // At once when the client left while the servers were asked.
    stream.onClose(() => {
      this.#listeners.remove(listener);
      for (const release of releases) release();
    });
    listener.acknowledge();
  }

  /** What we can keep: lists always; resources that somebody has. Subscribed before the acknowledgement says so. */
  async #honourable(
    caller: Caller,
    wanted: ListenFilter,
  ): Promise<{ readonly filter: ListenFilter; readonly releases: readonly (() => void)[] }> {
    const capabilities = this.#serve.describeServerTo(caller)?.capabilities ?? {};
    const uris = new Set<string>();
    const releases: (() => void)[] = [];
    await Promise.all(
      [...wanted.uris].map(async (uri) => {
        const subscribed = await this.#serve.subscribe(caller, uri).catch((): undefined => {
          // Its server is going: what cannot be kept is not promised, and the rest can be.
        });
        if (subscribed === undefined || 'refusal' in subscribed) return;
        uris.add(uri);
        releases.push(subscribed.release);
      }),
    );
    const has = (key: string): boolean => isJsonObject(capabilities[key]);
    return {
      filter: {
        tools: wanted.tools && has('tools'),
        prompts: wanted.prompts && has('prompts'),
        resources: wanted.resources && has('resources'),
        uris,
      },
      releases,
    };
  }
}
