/**
 * downstream/mcp-endpoint — the routes that clients know: `/mcp` and `/servers/<alias>/mcp`.
 *
 * In: exchanges from the door, with a known principal. Out: the act of the right era.
 * Knows nothing of: message contents.
 */
import { type Exchange, type HttpRoute, type RoutePolicy, sendEmpty, sendJson } from '../http/index.ts';
import { defaultSpaceId, type Principal, type Route } from '../model/index.ts';
import { modernRevision } from '../protocol/index.ts';
import type { LegacyRequests } from './legacy-requests.ts';
import type { PostHandler } from './post-handler.ts';
import { errorText } from './wire-text.ts';

export interface EndpointOptions {
  readonly intake: PostHandler;
  readonly legacy: LegacyRequests;
  readonly bodyCapBytes: number;
  /** Does the route address anything? */
  exists(route: Route): boolean;
}

/** The MCP routes, for the door's table. */
export function mcpRoutes(options: EndpointOptions): readonly HttpRoute[] {
  const policy = (name: string): RoutePolicy => ({
    name,
    auth: 'client',
    methods: ['POST', 'GET', 'DELETE'],
    bodyCapBytes: options.bodyCapBytes,
    contentTypes: ['application/json'],
    refusalShape: 'json-rpc',
  });
  return [
    {
      path: '/mcp',
      policy: policy('mcp'),
      handle: (exchange) => handle(exchange, { kind: 'all', spaceId: defaultSpaceId }, options),
    },
    {
      path: '/servers/:alias/mcp',
      policy: policy('server-mcp'),
      handle: (exchange) =>
        handle(
          exchange,
          { kind: 'server', spaceId: defaultSpaceId, alias: exchange.parameters['alias'] ?? '' },
          options,
        ),
    },
  ];
}

function handle(exchange: Exchange, route: Route, options: EndpointOptions): void | Promise<void> {
  const principal = exchange.principal as Principal;
  if (route.kind === 'server' && !options.exists(route)) {
    sendJson(
      exchange,
      404,
      errorText(null, {
        code: -32001,
        message: `There is no enabled server with the alias "${route.alias.slice(0, 64)}"; see: mcpmux list`,
      }),
    );
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
