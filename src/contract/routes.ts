/**
 * contract/routes — every route of the admin API v1 as data: method, path, kind of answer.
 *
 * Browser-safe and free of packages. The shapes are in contract/schemas (zod) and contract/types (TypeScript).
 */

export type RouteMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface RouteFacts {
  readonly method: RouteMethod;
  /** `:name` stands for one encoded segment. */
  readonly path: string;
  readonly says: string;
  readonly tag: 'daemon' | 'servers' | 'tools' | 'keys' | 'settings' | 'logs';
  readonly successStatus: 200 | 201 | 202 | 204;
  /** `log`: JSON, or lines of JSON with `follow=1`. `events`: a server-sent event stream. */
  readonly answer: 'json' | 'empty' | 'log' | 'events';
}

function route(
  method: RouteMethod,
  path: string,
  tag: RouteFacts['tag'],
  says: string,
  rest: Partial<Pick<RouteFacts, 'successStatus' | 'answer'>> = {},
): RouteFacts {
  return { method, path: `/api/v1${path}`, tag, says, successStatus: 200, answer: 'json', ...rest };
}

export const routes = {
  getStatus: route('GET', '/status', 'daemon', 'The daemon and the state of every server.'),
  stopDaemon: route('POST', '/stop', 'daemon', 'Drains and stops the daemon.', { successStatus: 202 }),
  streamEvents: route('GET', '/events', 'daemon', 'What happens, as server-sent events with a sequence.', {
    answer: 'events',
  }),
  listServers: route('GET', '/servers', 'servers', 'All installed servers.'),
  addServer: route('POST', '/servers', 'servers', 'Installs a server; it starts to connect by itself.', {
    successStatus: 201,
  }),
  getServer: route('GET', '/servers/:server', 'servers', 'One server (id, name or alias) in detail.'),
  changeServer: route('PATCH', '/servers/:server', 'servers', 'Enables, disables or tunes a server.'),
  removeServer: route('DELETE', '/servers/:server', 'servers', 'Removes a server and its credentials.', {
    successStatus: 204,
    answer: 'empty',
  }),
  refreshServer: route(
    'POST',
    '/servers/:server/refresh',
    'servers',
    'Connects and discovers again; answers when it is ready or has failed.',
  ),
  awaitServer: route(
    'GET',
    '/servers/:server/settled',
    'servers',
    'Answers when the state no longer changes by itself, or after timeoutMs.',
  ),
  listFeatures: route(
    'GET',
    '/servers/:server/features',
    'servers',
    'Tools, prompts, resources and templates of one server.',
  ),
  getServerLog: route('GET', '/servers/:server/log', 'logs', "One server's newest log lines.", {
    answer: 'log',
  }),
  getLog: route('GET', '/log', 'logs', 'The newest log lines of all servers.', { answer: 'log' }),
  listTools: route(
    'GET',
    '/tools',
    'tools',
    'All tools as clients see them, or the best matches of a query.',
  ),
  callTool: route('POST', '/tools/:tool/call', 'tools', 'Calls a tool by the name clients know it by.'),
  listKeys: route('GET', '/keys', 'keys', 'The API keys, without their text.'),
  createKey: route('POST', '/keys', 'keys', 'Makes an API key; its text is in this answer only.', {
    successStatus: 201,
  }),
  revokeKey: route('DELETE', '/keys/:key', 'keys', 'Revokes a key (id or name) at once.'),
  listSettings: route('GET', '/settings', 'settings', 'Every setting with its value and where it came from.'),
} as const satisfies Record<string, RouteFacts>;

export type RouteId = keyof typeof routes;

/** Paths beside the versioned API. */
export const openApiPath = '/api/v1/openapi.json';
export const metricsPath = '/metrics';
export const livePath = '/livez';
export const readyPath = '/readyz';

/** The path of a route with its parameters filled in and the query attached. */
export function pathOf(
  id: RouteId,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const path = routes[id].path.replace(/:([a-z]+)/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  }
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}
