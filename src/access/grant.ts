/**
 * access/grant — what one caller may see, and which rule said so.
 *
 * Today a grant follows from the URL alone: everything enabled in the Space, or one server.
 * Feature sets, mappings and paths narrow it here, and nowhere else.
 * Knows nothing of: connections, lists, who the caller's client is.
 */
import type { InstalledServer, Route } from '../model/index.ts';

export interface Grant {
  /** Equal for callers who see the same; the key of shared views. */
  readonly key: string;
  /** In listing order: oldest installation first. */
  readonly servers: readonly InstalledServer[];
  readonly usesOriginalNames: boolean;
  /** The rule that decided, in words. */
  readonly rule: string;
}

/**
 * @param installed every server of the Space, oldest first
 * @returns undefined when the route addresses nothing that exists (said the same way whether it is disabled or absent)
 */
export function resolveGrant(route: Route, installed: readonly InstalledServer[]): Grant | undefined {
  const enabled = installed.filter((server) => server.isEnabled && server.spaceId === route.spaceId);
  switch (route.kind) {
    case 'all':
      return {
        key: `all:${route.spaceId}`,
        servers: enabled,
        usesOriginalNames: false,
        rule: 'the URL /mcp shows every enabled server of the Space',
      };
    case 'server': {
      const server = enabled.find((candidate) => candidate.alias === route.alias);
      if (server === undefined) return undefined;
      return {
        key: `server:${server.id}`,
        servers: [server],
        usesOriginalNames: true,
        rule: `the URL shows the server "${server.name}" alone, under its own names`,
      };
    }
  }
}
