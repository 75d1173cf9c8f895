/**
 * gateway/serve/clients-seen — which clients have introduced themselves since the start, for explanation only.
 *
 * What a client says of itself is a claim; nothing is decided by it here.
 */
import type { Clock, JsonObject } from '../../base/index.ts';
import type { Caller, ClientFacts, Route } from '../../model/index.ts';

/** The one that was seen longest ago is forgotten first. */
const clientsKept = 200;

/** What a client says of itself beyond this is left out: a tree of it can take twenty times the memory of its text. */
const keptBytes = 4 * 1024;

export interface SeenClient {
  readonly name: string;
  readonly version: string | undefined;
  readonly principal: string;
  readonly client: ClientFacts;
  readonly route: Route;
  /** Epoch ms. */
  readonly lastSeenAt: number;
}

export class ClientsSeen {
  readonly #clock: Clock;
  readonly #seen = new Map<string, SeenClient>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A client has introduced itself: `initialize`, `server/discover`, or its first list. */
  note(caller: Caller): void {
    const { info, era, revision } = caller.client;
    const name = typeof info?.['name'] === 'string' ? info['name'].slice(0, 100) : 'unnamed';
    const key = `${name}\u0000${caller.principal.id}\u0000${era}`;
    this.#seen.delete(key);
    this.#seen.set(key, {
      name,
      version: typeof info?.['version'] === 'string' ? info['version'].slice(0, 50) : undefined,
      principal: caller.principal.name,
      client: { era, revision, info: small(info), capabilities: small(caller.client.capabilities) ?? {} },
      route: caller.route,
      lastSeenAt: this.#clock.now(),
    });
    if (this.#seen.size > clientsKept) {
      const oldest = this.#seen.keys().next().value;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
  }

  /** Latest first. */
  all(): readonly SeenClient[] {
    return [...this.#seen.values()].reverse();
  }
}

function small(value: JsonObject | undefined): JsonObject | undefined {
  return value === undefined || JSON.stringify(value).length > keptBytes ? undefined : value;
}
