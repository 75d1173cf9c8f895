/**
 * downstream/modern-listeners — the open `subscriptions/listen` streams, and what each asked to hear.
 *
 * Every message on a stream carries the id of the listen request; nothing is sent that was not asked for.
 * Knows nothing of: where the news come from.
 *
 * @see MCP 2026-07-28, basic/patterns/subscriptions
 */
import type { JsonObject } from '../base/index.ts';
import type { EventStream } from '../http/index.ts';
import type { Caller, Principal } from '../model/index.ts';
import { RawJson, type RequestId, subscriptionIdKey, withSubscriptionId } from '../protocol/index.ts';
import { keyRevoked } from './key-revoked.ts';
import { refusalText } from './reply.ts';
import { notificationText } from './wire-text.ts';

export interface ListenFilter {
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
  /** Resource URIs as the client knows them. */
  readonly uris: ReadonlySet<string>;
}

/** What the client asked for; unknown keys are ignored. */
export function readFilter(notifications: JsonObject): ListenFilter {
  const uris = notifications['resourceSubscriptions'];
  return {
    tools: notifications['toolsListChanged'] === true,
    prompts: notifications['promptsListChanged'] === true,
    resources: notifications['resourcesListChanged'] === true,
    uris: new Set(Array.isArray(uris) ? uris.filter((uri): uri is string => typeof uri === 'string') : []),
  };
}

/** The part of it that will be honoured, as the acknowledgement says it. */
export function describeFilter(filter: ListenFilter): JsonObject {
  return {
    ...(filter.tools && { toolsListChanged: true }),
    ...(filter.prompts && { promptsListChanged: true }),
    ...(filter.resources && { resourcesListChanged: true }),
    ...(filter.uris.size > 0 && { resourceSubscriptions: [...filter.uris] }),
  };
}

export class ModernListener {
  readonly id: RequestId;
  readonly caller: Caller;
  readonly filter: ListenFilter;
  readonly #stream: EventStream;

  constructor(id: RequestId, caller: Caller, filter: ListenFilter, stream: EventStream) {
    this.id = id;
    this.caller = caller;
    this.filter = filter;
    this.#stream = stream;
  }

  /** The acknowledgement is always the first message. */
  acknowledge(): void {
    const notifications = describeFilter(this.filter);
    this.notify('notifications/subscriptions/acknowledged', RawJson.ofValue({ notifications }));
  }

  notify(method: string, params: RawJson | undefined): void {
    this.#stream.send({
      event: 'message',
      data: notificationText(method, withSubscriptionId(params, this.id)),
    });
  }

  revoke(): void {
    this.#stream.send({ event: 'message', data: refusalText(this.id, keyRevoked) });
    this.#stream.end();
  }

  /** Ends it properly: the empty result says that it was not an accident. */
  end(): void {
    this.#stream.send({
      event: 'message',
      data: JSON.stringify({
        jsonrpc: '2.0',
        id: this.id,
        result: { resultType: 'complete', _meta: { [subscriptionIdKey]: this.id } },
      }),
    });
    this.#stream.end();
  }
}

export class ModernListeners {
  readonly #listeners = new Set<ModernListener>();

  get size(): number {
    return this.#listeners.size;
  }

  all(): Iterable<ModernListener> {
    return this.#listeners;
  }

  add(listener: ModernListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: ModernListener): void {
    this.#listeners.delete(listener);
  }

  /** Nobody may listen for this principal any more. */
  revokeAllOf(isTheirs: (principal: Principal) => boolean): void {
    for (const listener of [...this.#listeners]) if (isTheirs(listener.caller.principal)) listener.revoke();
  }

  endAll(): void {
    for (const listener of [...this.#listeners]) listener.end();
    this.#listeners.clear();
  }
}
