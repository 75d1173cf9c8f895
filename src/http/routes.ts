/**
 * http/routes — which paths exist, and under which rules.
 *
 * A path is exact (`/mcp`), has named segments (`/servers/:alias/mcp`), or ends in `/*` (that path and all below it). Every route carries its
 * policy; a route without one stops the start, so that nothing is ever open by omission.
 * Knows nothing of: what the handlers do.
 */
import { httpError } from './errors.ts';
import type { Exchange, PathParameters } from './exchange.ts';
import { type RateName, rates } from './rates.ts';
import type { RefusalShape } from './refusal.ts';

export interface RoutePolicy {
  /** For logs and metrics; one of few. */
  readonly name: string;
  /**
   * `public`: anybody who can reach the port. `client`: a known principal. `admin`: a browser that the person has let in.
   * `self`: the request itself carries what lets it in (a one-time link, a code), and the handler judges it: without, it
   * answers 401 or 403.
   */
  readonly auth: 'public' | 'client' | 'admin' | 'self';
  /** How much of it one caller may have: a row of `rates`. */
  readonly rate: RateName;
  /** Is it there for those who come through a tunnel (`mcpmux expose`)? Default: no. */
  readonly isExposed?: boolean;
  readonly methods: readonly string[];
  readonly bodyCapBytes: number;
  /** Media types of request bodies, lower case, without parameters; empty = no body is taken. */
  readonly contentTypes: readonly string[];
  /** May a POST come without a body, and so without a type? Only where a header that no form can send is asked for. */
  readonly allowsEmptyBody?: boolean;
  /** How the door words its refusals here; default `problem`. */
  readonly refusalShape?: RefusalShape;
  /** A page that links on other sites may lead to: GET is let in although the browser says `cross-site`. */
  readonly allowsNavigation?: boolean;
}

export interface HttpRoute {
  readonly path: string;
  readonly policy: RoutePolicy;
  handle(exchange: Exchange): void | Promise<void>;
}

export interface RouteMatch {
  readonly route: HttpRoute;
  readonly parameters: PathParameters;
}

interface Pattern {
  readonly route: HttpRoute;
  readonly segments: readonly string[];
}

const noParameters: PathParameters = Object.freeze({});

export class RouteTable {
  readonly #exact = new Map<string, RouteMatch>();
  readonly #patterns: Pattern[] = [];
  readonly #prefixes: { readonly prefix: string; readonly match: RouteMatch }[] = [];

  /** @throws http.route_without_policy, http.route_malformed */
  constructor(routes: readonly HttpRoute[]) {
    for (const route of routes) this.#add(route);
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** Every route, for tests that try each of them. */
  get routes(): readonly HttpRoute[] {
    return [
      ...[...this.#exact.values()].map((match) => match.route),
      ...this.#patterns.map((pattern) => pattern.route),
      ...this.#prefixes.map((entry) => entry.match.route),
    ];
  }

  /** The route of a path that is exactly this text. Needs no decoding: the paths of routes are plain. */
  matchExact(rawPath: string): RouteMatch | undefined {
    return this.#exact.get(rawPath);
  }

  /** @param path decoded. Exact paths win over named segments, these over prefixes, longer prefixes over shorter. */
  match(path: string): RouteMatch | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    if (this.#patterns.length > 0) {
      const segments = path.split('/');
      for (const pattern of this.#patterns) {
        const parameters = matchSegments(pattern.segments, segments);
        if (parameters !== undefined) return { route: pattern.route, parameters };
      }
    }
    return this.#prefixes.find(
      ({ prefix }) =>
        path.startsWith(prefix) || (path.length === prefix.length - 1 && prefix.startsWith(path)),
    )?.match;
  }

  #add(route: HttpRoute): void {
    const { path } = route;
    // Asked at run time as well: a route may come from a list that the compiler did not see.
    if ((route.policy as RoutePolicy | undefined) === undefined)
      throw httpError('route_without_policy', { path });
    if (!Object.hasOwn(rates, route.policy.rate))
      throw httpError('route_malformed', { path, reason: 'its policy says no rate' });
    if (!path.startsWith('/')) throw httpError('route_malformed', { path, reason: 'it must begin with "/"' });
    if (route.policy.methods.length === 0)
      throw httpError('route_malformed', { path, reason: 'its policy allows no method' });
    if (this.routes.some((other) => shapeOf(other.path) === shapeOf(path)))
      throw httpError('route_malformed', { path, reason: 'another route has this path' });
    if (path.endsWith('/*'))
      this.#prefixes.push({ prefix: path.slice(0, -1), match: { route, parameters: noParameters } });
    else if (path.includes('/:')) this.#patterns.push({ route, segments: path.split('/') });
    else this.#exact.set(path, { route, parameters: noParameters });
  }
}

/** Two paths of one shape match the same requests. */
function shapeOf(path: string): string {
  return path.replace(/\/:[^/]+/g, '/:');
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): PathParameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  for (let at = 0; at < pattern.length; at += 1) {
    const wanted = pattern[at] as string;
    const given = segments[at] as string;
    if (wanted.charCodeAt(0) === 0x3a ? given === '' : wanted !== given) return undefined;
  }
  const parameters: Record<string, string> = {};
  for (let at = 0; at < pattern.length; at += 1) {
    const wanted = pattern[at] as string;
    if (wanted.charCodeAt(0) === 0x3a) parameters[wanted.slice(1)] = segments[at] as string;
  }
  return parameters;
}
