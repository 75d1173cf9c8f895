/**
 * downstream/mcp-endpoint — the routes that clients know: `/mcp`, `/spaces/<slug>/mcp`, `/sets/<slug>/mcp` and a server's own.
 *
 * In: exchanges from the door, with a known principal. Out: the act of the right era.
 * Knows nothing of: message contents.
 */
import { type Exchange, type HttpRoute, type RoutePolicy, sendEmpty, sendJson } from '../http/index.ts';
import type { Principal, Route } from '../model/index.ts';
import { modernRevision } from '../protocol/index.ts';
import type { LegacyRequests } from './legacy-requests.ts';
import type { PostHandler } from './post-handler.ts';
import { nothingAt, routePaths } from './route-paths.ts';
import { errorText } from './wire-text.ts';

export interface EndpointOptions {
  readonly intake: PostHandler;
  readonly legacy: LegacyRequests;
  readonly bodyCapBytes: number;
  /** Does the route address anything for this principal? */
  exists(principal: Principal, route: Route): boolean;
}

/** The MCP routes, for the door's table. */
export function mcpRoutes(options: EndpointOptions): readonly HttpRoute[] {
  const policy = (name: string): RoutePolicy => ({
    name,
    auth: 'client',
    rate: 'client',
    isExposed: true,
    methods: ['POST', 'GET', 'DELETE'],
    bodyCapBytes: options.bodyCapBytes,
    contentTypes: ['application/json'],
    refusalShape: 'json-rpc',
  });
  return routePaths.map(({ path, name, routeOf }) => ({
    path: `${path}/mcp`,
    policy: policy(name),
    handle: (exchange) => handle(exchange, routeOf(exchange), options),
  }));
}

function handle(exchange: Exchange, route: Route, options: EndpointOptions): void | Promise<void> {
  const principal = exchange.principal as Principal;
  if (route.kind !== 'all' && !options.exists(principal, route)) {
    sendJson(exchange, 404, errorText(null, { code: -32001, message: nothingAt(route) }));
    return;
  }
  switch (exchange.method) {
    case 'POST':
      return options.intake.post(exchange, principal, route);
    case 'GET':
    case 'DELETE':
      // The modern era has neither.
      if (exchange.header('mcp-protocol-version') === modernRevision) {
        sendEmpty(exchange, 405, { allow: 'POST' });
        return;
      }
      return exchange.method === 'GET'
        ? options.legacy.get(exchange, principal, route)
        : options.legacy.delete(exchange, principal, route);
    default:
      sendEmpty(exchange, 405, { allow: 'POST, GET, DELETE' });
  }
}
