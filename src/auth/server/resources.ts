/**
 * auth/server/resources — the URLs that a token may be for: the MCP routes, each of them.
 *
 *     BASE/mcp · BASE/servers/ALIAS/mcp · BASE/spaces/SLUG/mcp · BASE/sets/SLUG/mcp · the same with /sse
 *     BASE/spaces/SLUG/servers/ALIAS/mcp
 *     BASE/   all of them, for clients that name none
 *
 * Knows nothing of: which of them exist at the moment.
 */

const routePath = /^\/(?:spaces\/[^/]+\/)?(?:(?:servers|sets)\/[^/]+\/)?(?:mcp|sse)$/;

/** The paths of MCP routes: their metadata stands at the same path below `/.well-known/…`. */
export function isRoutePath(path: string): boolean {
  return routePath.test(path);
}

/** The resource of a request. The old transport posts beside the URL that it listens on. */
export function resourceOf(base: string, path: string): string {
  return base + (path.endsWith('/messages') ? `${path.slice(0, -'/messages'.length)}/sse` : path);
}

/** @param resource in the form of `normalizeResource` */
export function isResourceOf(base: string, resource: string): boolean {
  if (!resource.startsWith(`${base}/`)) return false;
  const path = resource.slice(base.length);
  return path === '/' || routePath.test(path);
}

/**
 * One form for what clients write in several: upper-case hosts, a slash at the end, the base without one.
 *
 * @returns undefined when it is no URL, or has a query or a fragment
 */
export function normalizeResource(base: string, resource: string): string | undefined {
  if (resource.length > 2_048 || resource.includes('#') || resource.includes('?')) return undefined;
  if (!URL.canParse(resource)) return undefined;
  const { href } = new URL(resource);
  const trimmed = href.replace(/\/+$/, '');
  return trimmed === base ? `${base}/` : trimmed;
}
