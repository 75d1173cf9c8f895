/**
 * sign-in/open-flows — the sign-ins that are open: one a server, each found by its state once.
 *
 * In memory only: after a crash there is nothing to clean up. Of a state the hash is kept; the state itself is known to
 * the browser and the provider alone.
 * Knows nothing of: what a flow is for, beyond its server and its state.
 */
import { createHash } from 'node:crypto';
import type { ServerId } from '../model/index.ts';

interface Keyed {
  readonly server: { readonly id: ServerId };
  readonly stateHash: string;
}

export class OpenFlows<Flow extends Keyed> {
  /** A flow leaves when it has ended. */
  readonly #byServer = new Map<ServerId, Flow>();
  /** A flow leaves with the first callback that names it. */
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

  /** Is this very flow still the one of its server? */
  isOpen(flow: Flow): boolean {
    return this.#byServer.get(flow.server.id) === flow;
  }

  /** Has nothing come back for it yet? */
  isAwaited(flow: Flow): boolean {
    return this.#byState.get(flow.stateHash) === flow;
  }

  /** A repeated state is no answer of a well-behaved server (RFC 6749, section 3.1). */
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

  /** From here on no callback finds it. */
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
