/**
 * upstream/pool — all server instances: finds or makes the one a call needs, keeps the number that start at once small.
 *
 * In: installed servers, calls for a leg. Out: legs and states.
 * Owns: the map of instances, the turn-taking at start.
 * Knows nothing of: feature sets, downstream sessions, storage of servers.
 */
import type { JsonObject } from '../base/index.ts';
import type { InstalledServer, ServerId } from '../model/index.ts';
import { upstreamError } from './errors.ts';
import { FoldersTold } from './folders-told.ts';
import type { InstanceContext } from './instance-context.ts';
import { ServerInstance } from './server-instance.ts';
import { StartQueue } from './start-queue.ts';

export class UpstreamPool {
  readonly #instances = new Map<ServerId, ServerInstance>();
  readonly #context: InstanceContext;

  constructor(
    context: Omit<InstanceContext, 'takeTurn' | 'callWaits' | 'folders'>,
    startConcurrency?: number,
  ) {
    const starts = new StartQueue(context.clock, startConcurrency);
    this.#context = {
      ...context,
      folders: new FoldersTold((owner) => context.sessions.has(owner)),
      takeTurn: (work, isCalled) => starts.run(work, isCalled),
      callWaits: () => starts.look(),
    };
  }

  get(id: ServerId): ServerInstance | undefined {
    return this.#instances.get(id);
  }

  /** @throws upstream.not_ready when there is no such instance */
  require(id: ServerId): ServerInstance {
    const instance = this.#instances.get(id);
    if (instance === undefined) throw upstreamError('not_ready', { server: id, status: 'not installed' });
    return instance;
  }

  all(): Iterable<ServerInstance> {
    return this.#instances.values();
  }

  /** The instance of `server`, made when it is new, brought up to date when it is known. */
  put(server: InstalledServer): ServerInstance {
    const known = this.#instances.get(server.id);
    if (known !== undefined) {
      known.change(server);
      return known;
    }
    const instance = new ServerInstance(server, this.#context);
    this.#instances.set(server.id, instance);
    return instance;
  }

  /** Stops it and forgets it. */
  async remove(id: ServerId): Promise<void> {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    await instance.end({ keepOffered: false });
    this.#instances.delete(id);
  }

  /** A client says something that concerns the servers it works with alone. */
  notifyOwn(owner: string, method: string, params: JsonObject | undefined): void {
    if (method === 'notifications/roots/list_changed') this.#context.folders.forget(owner);
    for (const instance of this.#instances.values())
      for (const leg of instance.legsOf(owner)) leg.notify(method, params);
  }

  /** A client is gone: its private legs end. */
  async releaseOwner(owner: string): Promise<void> {
    this.#context.folders.forget(owner);
    await Promise.all([...this.#instances.values()].map((instance) => instance.releaseOwner(owner)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.end({ keepOffered: true })));
    this.#instances.clear();
  }
}
