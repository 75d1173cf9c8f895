/**
 * gateway/manage/installed-server-list — the installed servers in memory, in listing order.
 *
 * The store is written first; then this list, then what runs.
 */
import type { InstalledServer, ServerId } from '../../model/index.ts';
import type { InstalledServers } from '../serve/views.ts';

export class InstalledServerList implements InstalledServers {
  #servers: readonly InstalledServer[] = [];
  #version = 0;

  all(): readonly InstalledServer[] {
    return this.#servers;
  }

  get version(): number {
    return this.#version;
  }

  get(id: ServerId): InstalledServer | undefined {
    return this.#servers.find((server) => server.id === id);
  }

  /** Puts it in its place; oldest first. */
  put(server: InstalledServer): void {
    const others = this.#servers.filter((other) => other.id !== server.id);
    this.#replace(
      [...others, server].sort((a, b) => a.createdAt - b.createdAt || a.name.localeCompare(b.name)),
    );
  }

  remove(id: ServerId): void {
    this.#replace(this.#servers.filter((server) => server.id !== id));
  }

  #replace(servers: readonly InstalledServer[]): void {
    this.#servers = servers;
    this.#version += 1;
  }
}
