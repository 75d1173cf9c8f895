/**
 * cli/stdio-bridge/legacy-session — the session of a legacy client: its id, its revision, and what must be said again when it is lost.
 *
 * Owns: what the client said at `initialize`, and what it set since (log level, subscriptions).
 * Knows nothing of: HTTP. A session usually outlives a restart of the daemon; one that did not is opened anew, unseen.
 */
import { isJsonObject, type JsonObject } from '../../base/index.ts';
import type { ClientMessage } from './message.ts';

export class LegacySession {
  /** Undefined before `initialize`, and with a gateway that keeps no sessions. */
  id: string | undefined;
  revision: string | undefined;
  /** Counts up with every id, so that what belongs to an older one can be told. */
  generation = 0;
  #initialize: ClientMessage | undefined;
  #logLevel: ClientMessage | undefined;
  readonly #subscriptions = new Map<string, ClientMessage>();
  #replayCount = 0;

  get headers(): Record<string, string> {
    return {
      ...(this.id === undefined ? {} : { 'mcp-session-id': this.id }),
      ...(this.revision === undefined ? {} : { 'mcp-protocol-version': this.revision }),
    };
  }

  /** The client begins (again): what was before is over. */
  begin(initialize: ClientMessage): void {
    this.#initialize = initialize;
    this.#logLevel = undefined;
    this.#subscriptions.clear();
    this.id = undefined;
    this.revision = undefined;
  }

  /** The gateway has agreed. @param result of `initialize` */
  opened(sessionId: string | undefined, result: unknown): void {
    const revision = isJsonObject(result) ? result['protocolVersion'] : undefined;
    this.id = sessionId;
    this.revision = typeof revision === 'string' ? revision : undefined;
    this.generation += 1;
  }

  /** Remembers what a new session would have to be told. */
  note(message: ClientMessage): void {
    const { method, params } = message;
    const uri = params?.text('uri');
    if (method === 'logging/setLevel') this.#logLevel = message;
    else if (method === 'resources/subscribe' && uri !== undefined) this.#subscriptions.set(uri, message);
    else if (method === 'resources/unsubscribe' && uri !== undefined) this.#subscriptions.delete(uri);
  }

  /** The requests that make a new session what the lost one was; their answers are nobody's business. */
  replay(): { readonly initialize: string; readonly rest: readonly string[] } | undefined {
    if (this.#initialize === undefined) return undefined;
    const again = (message: ClientMessage): string => {
      this.#replayCount += 1;
      return JSON.stringify({
        ...(JSON.parse(message.text) as JsonObject),
        id: `mcpmux-again-${this.#replayCount}`,
      });
    };
    const rest = [...(this.#logLevel === undefined ? [] : [this.#logLevel]), ...this.#subscriptions.values()];
    return { initialize: again(this.#initialize), rest: rest.map(again) };
  }
}
