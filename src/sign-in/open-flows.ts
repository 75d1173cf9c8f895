/**
 * sign-in/open-flows — the open sign-ins. A server has at most one, and each state finds its flow once.
 *
 * They are in memory only, so nothing is left after a crash. Only the hash of a state is kept; the browser and the
 * provider know the state itself.
 * Knows nothing of: flows, beyond their server and their state.
 */
import { createHash } from 'node:crypto';
import type { ServerId } from '../model/index.ts';

interface Keyed {
  readonly server: { readonly id: ServerId };
  readonly stateHash: string;
}

export class OpenFlows<Flow extends Keyed> {
  /** A flow is removed when it has ended. */
  readonly #byServer = new Map<ServerId, Flow>();
  /** A flow is removed by the first callback with its state. */
  readonly #byState = new Map<string, Flow>();

  get size(): number {
    return this.#byServer.size;
  }

  all(): readonly Flow[] {
    return [...this.#byServer.values()];
  }

  ofServer(serverId: ServerId): Flow | undefined {
    return this.#byServer.get(serverId);
  }

  /** Is this flow still the open one of its server? */
  isOpen(flow: Flow): boolean {
    return this.#byServer.get(flow.server.id) === flow;
  }

  /** Is its callback still missing? */
  isAwaited(flow: Flow): boolean {
    return this.#byState.get(flow.stateHash) === flow;
  }

  /** Parameters must not be repeated (RFC 6749, section 3.1). */
  ofCallback(parameters: URLSearchParams): Flow | undefined {
    const states = parameters.getAll('state');
    const [state] = states;
    return states.length === 1 && state !== undefined && state.length <= 256
      ? this.#byState.get(hashState(state))
      : undefined;
  }

  add(flow: Flow): void {
    this.#byServer.set(flow.server.id, flow);
    this.#byState.set(flow.stateHash, flow);
  }

  /** No further callback finds this flow. */
  useUpState(flow: Flow): void {
    this.#byState.delete(flow.stateHash);
  }

  remove(flow: Flow): void {
    if (this.isOpen(flow)) this.#byServer.delete(flow.server.id);
    this.useUpState(flow);
  }
}

export function hashState(state: string): string {
  return createHash('sha256').update(state).digest('base64url');
}
