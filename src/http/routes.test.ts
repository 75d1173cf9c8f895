import { describe, expect, it } from 'vitest';
import { decodePath } from './head.ts';
import { type HttpRoute, type RoutePolicy, RouteTable } from './routes.ts';

const policy: RoutePolicy = {
  name: 'x',
  auth: 'client',
  rate: 'none',
  methods: ['GET'],
  bodyCapBytes: 0,
  contentTypes: [],
};

function route(path: string): HttpRoute {
  return { path, policy, handle() {} };
}

describe('a route table', () => {
  const table = new RouteTable([
    route('/files/*'),
    route('/files/special/*'),
    route('/servers/:alias/mcp'),
    route('/servers/main/mcp'),
    route('/mcp'),
  ]);

  const cases: readonly (readonly [path: string, route: string | undefined, parameters?: object])[] = [
    ['/mcp', '/mcp'],
    ['/servers/git/mcp', '/servers/:alias/mcp', { alias: 'git' }],
    ['/servers/main/mcp', '/servers/main/mcp'],
    ['/files/a/b.js', '/files/*'],
    ['/files/special/a', '/files/special/*'],
    ['/files/', '/files/*'],
    ['/files', '/files/*'],
    ['/file', undefined],
    ['/filesystem', undefined],
    ['/servers//mcp', undefined],
    ['/servers/a/b/mcp', undefined],
    ['/mcp/', undefined],
    ['/MCP', undefined],
    ['/constructor', undefined],
    ['/servers/__proto__/mcp', '/servers/:alias/mcp', { alias: '__proto__' }],
  ];
  for (const [path, expected, parameters = {}] of cases) {
    it(`leads ${path} to ${expected ?? 'nothing'}`, () => {
      const match = table.match(path);
      expect(match?.route.path).toBe(expected);
      if (match !== undefined) expect(match.parameters).toEqual(parameters);
    });
  }

  it('does not start with a route that has no policy', () => {
    const open = { path: '/open', handle() {} } as unknown as HttpRoute;
    expect(() => new RouteTable([open])).toThrow(
      expect.objectContaining({ code: 'http.route_without_policy' }),
    );
  });

  it('does not start with two routes for the same requests', () => {
    for (const paths of [
      ['/a', '/a'],
      ['/a/:x/b', '/a/:y/b'],
    ]) {
      expect(() => new RouteTable(paths.map(route))).toThrow(
        expect.objectContaining({ code: 'http.route_malformed' }),
      );
    }
  });

  it('does not start with a route that allows no method', () => {
    const useless = { ...route('/a'), policy: { ...policy, methods: [] } };
    expect(() => new RouteTable([useless])).toThrow(
      expect.objectContaining({ code: 'http.route_malformed' }),
    );
  });
});

describe('a path', () => {
  const cases: readonly (readonly [raw: string, decoded: string | undefined])[] = [
    ['/', '/'],
    ['/mcp', '/mcp'],
    ['/a.b/..c/c..', '/a.b/..c/c..'],
    ['/%41', '/A'],
    ['/%2541', '/%41'],
    ['/%E2%82%AC', '/€'],
    ['/..', undefined],
    ['/a/.', undefined],
    ['/a/./b', undefined],
    ['/%2e%2E/b', undefined],
    ['/a%2Fb', undefined],
    ['/a%5cb', undefined],
    ['/a\\b', undefined],
    ['/a%00', undefined],
    ['/a%7f', undefined],
    ['/a#b', undefined],
    ['/a%23b', undefined],
    ['//a', undefined],
    ['/%', undefined],
    ['/%ff', undefined],
    ['mcp', undefined],
    ['', undefined],
    ['*', undefined],
    ['http://x/mcp', undefined],
  ];
  for (const [raw, decoded] of cases) {
    it(`${JSON.stringify(raw)} is ${decoded === undefined ? 'refused' : `read as ${decoded}`}`, () => {
      expect(decodePath(raw)).toBe(decoded);
    });
  }
});
