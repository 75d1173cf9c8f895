/**
 * downstream/route-paths — the paths under which clients reach MCP, and what each addresses.
 *
 * Knows nothing of: what is there; slugs and aliases are the client's text.
 */
import type { Exchange } from '../http/index.ts';
import type { Route } from '../model/index.ts';

const everywhere: Route = { kind: 'all' };

/** What stands before `/mcp`, and before the two paths of the old transport. */
export const routePaths: readonly {
  readonly path: string;
  /** Of the policy. */
  readonly name: string;
  readonly routeOf: (exchange: Exchange) => Route;
}[] = [
  { path: '', name: 'mcp', routeOf: () => everywhere },
  {
    path: '/spaces/:space',
    name: 'space-mcp',
    routeOf: ({ parameters }) => ({ kind: 'space', space: parameters['space'] ?? '' }),
  },
  {
    path: '/sets/:set',
    name: 'set-mcp',
    routeOf: ({ parameters }) => ({ kind: 'set', set: parameters['set'] ?? '' }),
  },
  {
    path: '/servers/:alias',
    name: 'server-mcp',
    routeOf: ({ parameters }) => ({ kind: 'server', alias: parameters['alias'] ?? '' }),
  },
  {
    path: '/spaces/:space/servers/:alias',
    name: 'space-server-mcp',
    routeOf: ({ parameters }) => ({
      kind: 'server',
      alias: parameters['alias'] ?? '',
      space: parameters['space'] ?? '',
    }),
  },
];

/** Said the same way whether it is not there or not open to whoever asks. */
export function nothingAt(route: Route): string {
  switch (route.kind) {
    case 'all':
      return 'There is nothing here';
    case 'space':
      return `There is no Space "${route.space.slice(0, 64)}"; see: mcpmux space list`;
    case 'set':
      return `There is no FeatureSet "${route.set.slice(0, 64)}"; see: mcpmux set list`;
    case 'server':
      return `There is no enabled server with the alias "${route.alias.slice(0, 64)}"; see: mcpmux list`;
  }
}
