/**
 * http/door — the one ordered chain that every request passes before it reaches a room.
 *
 *     raw head → framing → target → Host → Origin, Sec-Fetch-Site → route and policy → rate of the address → who is it →
 *     rate of the principal → method → body's type and size → handler
 *
 * In: request and response of Node. Out: a call of the route's handler, or a refusal.
 * Owns: the order. A step never depends on a later one, and no handler runs before the last.
 * Knows nothing of: MCP, keys, where we listen.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ByteBudget, describeError, type Logger } from '../base/index.ts';
import type { Principal } from '../model/index.ts';
import type { DoorLimits } from './door-limits.ts';
import type { Entrance } from './entrance.ts';
import { httpError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { decodePath, framingFault, type Head, readHead, readTarget } from './head.ts';
import { discardBody } from './read-body.ts';
import {
  bodyTooLarge,
  methodNotAllowed,
  type OAuthChallenge,
  type Refusal,
  type RefusalShape,
  refusalOf,
  refusals,
  tooMany,
  unauthenticated,
  unsupportedType,
} from './refusal.ts';
import { sendRefusal } from './respond.ts';
import type { HttpRoute, RoutePolicy, RouteTable } from './routes.ts';

/** Says who a bearer token stands for; undefined = nobody we know, a refusal = known, and not let in. */
export type Authenticate = (
  token: string | undefined,
  exchange: Exchange,
) => Principal | Refusal | undefined | Promise<Principal | Refusal | undefined>;

export interface DoorOptions {
  readonly routes: RouteTable;
  /** The values a Host header may have: lower case, with port where the client must send one. */
  hosts(): ReadonlySet<string>;
  /** By which way a Host of ours comes in; without it everything is of this machine. */
  entranceOf?(host: string): Entrance;
  /** May this peer speak here at all? Without it everybody may. */
  admitsPeer?(request: IncomingMessage): boolean;
  /** Counts and refuses; without it nothing is counted. */
  readonly limits?: DoorLimits;
  /** The values an Origin header may have. */
  origins(): ReadonlySet<string>;
  readonly authenticate: Authenticate;
  /** Judges who comes to routes for the person; undefined = let in. Without it there may be no such route. */
  admitPerson?(exchange: Exchange): Refusal | undefined;
  /** Where a client without a good token finds how to get one; undefined = it is not to begin an OAuth flow. */
  challengeOf?(exchange: Exchange, token: string | undefined): OAuthChallenge | undefined;
  /** What clients may make us keep; undefined = nothing is counted. */
  readonly memory?: ByteBudget;
  readonly logger: Logger;
  /** Told after each refusal; quick. */
  onRefused?(refusal: Refusal, route: string | undefined, request: IncomingMessage): void;
}

export class Door {
  readonly #options: DoorOptions;
  readonly #logger: Logger;

  constructor(options: DoorOptions) {
    this.#options = options;
    const unguarded = options.routes.routes.find(({ policy }) => policy.auth === 'admin');
    if (unguarded !== undefined && options.admitPerson === undefined)
      throw httpError('route_malformed', { path: unguarded.path, reason: 'nobody says who may use it' });
    this.#logger = options.logger.child({ room: 'http' });
  }

  /** The request listener of an `http.Server`. Never throws. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const head = readHead(request.rawHeaders);
    if ('status' in head) {
      this.#refuse(request, response, head, undefined);
      return;
    }
    const fault = framingFault(request.httpVersion, head.transferEncoding);
    if (fault !== undefined) {
      this.#refuse(request, response, fault, undefined);
      return;
    }
    let target = request.url as string;
    let { host } = head;
    if (target.charCodeAt(0) !== 0x2f) {
      const absolute = readTarget(target);
      if (absolute === undefined) {
        this.#refuse(request, response, refusals.badTarget, undefined);
        return;
      }
      target = absolute.rest;
      host = absolute.authority ?? host;
    }
    if (this.#options.admitsPeer?.(request) === false) {
      this.#refuse(request, response, refusals.notByProxy, undefined);
      return;
    }
    const hosts = this.#options.hosts();
    const queryAt = target.indexOf('?');
    const rawPath = queryAt === -1 ? target : target.slice(0, queryAt);
    const quick = this.#options.routes.matchExact(rawPath);
    let path = quick === undefined ? decodePath(rawPath) : rawPath;
    if (path === undefined) {
      this.#refuse(request, response, refusals.badTarget, undefined);
      return;
    }
    if (!hosts.has(host)) {
      host = host.toLowerCase();
      if (!hosts.has(host)) {
        this.#refuse(request, response, refusals.badHost, undefined);
        return;
      }
    }
    if (head.origin !== undefined && !this.#options.origins().has(head.origin)) {
      this.#refuse(request, response, refusals.badOrigin, undefined);
      return;
    }
    let match = quick ?? this.#options.routes.match(path);
    if (match === undefined && path.length > 1 && path.endsWith('/')) {
      // People and proxies add a slash; what follows from the path is that of the route.
      path = path.slice(0, -1);
      match = this.#options.routes.match(path);
    }
    if (head.isCrossSite && !(match?.route.policy.allowsNavigation === true && request.method === 'GET')) {
      this.#refuse(request, response, refusals.crossSite, undefined);
      return;
    }
    if (match === undefined) {
      this.#refuse(request, response, refusals.notFound, undefined);
      return;
    }
    const query = queryAt === -1 ? '' : target.slice(queryAt + 1);
    const exchange = new Exchange(request, response, path, query, match.parameters);
    exchange.memory = this.#options.memory;
    exchange.host = host;
    const entrance = this.#options.entranceOf?.(host);
    if (entrance !== undefined) {
      exchange.entrance = entrance;
      if (entrance.kind === 'tunnel' && match.route.policy.isExposed !== true) {
        this.#refuse(request, response, refusals.notFound, match.route.policy);
        return;
      }
    }
    const { limits } = this.#options;
    if (limits !== undefined) {
      exchange.limits = limits;
      const waitMs = limits.byAddress(exchange, match.route.policy.rate);
      if (waitMs > 0) {
        this.#refuse(request, response, tooMany(waitMs), match.route.policy);
        return;
      }
    }
    switch (match.route.policy.auth) {
      case 'public':
      case 'self':
        this.#enter(exchange, head, match.route);
        break;
      case 'admin':
        this.#admitPerson(exchange, head, match.route);
        break;
      case 'client':
        this.#identify(exchange, head, match.route);
    }
  };

  #admitPerson(exchange: Exchange, head: Head, route: HttpRoute): void {
    const refusal = this.#options.admitPerson?.(exchange);
    if (refusal === undefined) this.#enter(exchange, head, route);
    // Not counted: nobody guesses a session, and a page that was locked must go on hearing that it is.
    else this.#refuse(exchange.request, exchange.response, refusal, route.policy);
  }

  #identify(exchange: Exchange, head: Head, route: HttpRoute): void {
    const token = bearerToken(head.authorization);
    let principal: ReturnType<Authenticate>;
    try {
      principal = this.#options.authenticate(token, exchange);
    } catch (error) {
      this.#fail(exchange, route, error);
      return;
    }
    if (!(principal instanceof Promise)) {
      this.#admit(principal, token, exchange, head, route);
      return;
    }
    principal.then(
      (known) => this.#admit(known, token, exchange, head, route),
      (error: unknown) => this.#fail(exchange, route, error),
    );
  }

  #admit(
    principal: Principal | Refusal | undefined,
    token: string | undefined,
    exchange: Exchange,
    head: Head,
    route: HttpRoute,
  ): void {
    if (principal === undefined) {
      const refusal = unauthenticated(token !== undefined, this.#options.challengeOf?.(exchange, token));
      // Without a credential nothing was tried.
      if (token === undefined) this.#refuse(exchange.request, exchange.response, refusal, route.policy);
      else this.#turnAway(exchange, refusal, route.policy);
      return;
    }
    if ('status' in principal) {
      this.#refuse(exchange.request, exchange.response, principal, route.policy);
      return;
    }
    exchange.principal = principal;
    const waitMs = this.#options.limits?.byPrincipal(exchange, principal, route.policy.rate) ?? 0;
    if (waitMs > 0) {
      this.#refuse(exchange.request, exchange.response, tooMany(waitMs), route.policy);
      return;
    }
    this.#enter(exchange, head, route);
  }

  /** A credential was wrong. Too many of them from one address, and it has to wait. */
  #turnAway(exchange: Exchange, refusal: Refusal, policy: RoutePolicy): void {
    const waitMs = exchange.failedAttempt();
    this.#refuse(exchange.request, exchange.response, waitMs > 0 ? tooMany(waitMs) : refusal, policy);
  }

  /** The last checks, then the handler. */
  #enter(exchange: Exchange, head: Head, route: HttpRoute): void {
    const refusal = judgeShape(exchange.method, head, route.policy);
    if (refusal !== undefined) {
      this.#refuse(exchange.request, exchange.response, refusal, route.policy);
      return;
    }
    // An HTTP/1.0 client knows no interim answer (RFC 9110 §10.1.1).
    if (head.expectsContinue && exchange.request.httpVersionMinor > 0) exchange.response.writeContinue();
    try {
      const done = route.handle(exchange);
      if (done instanceof Promise) done.catch((error: unknown) => this.#fail(exchange, route, error));
    } catch (error) {
      this.#fail(exchange, route, error);
    }
  }

  /** A handler threw: what it may say is said, the rest goes to the log. */
  #fail(exchange: Exchange, route: HttpRoute, error: unknown): void {
    const refusal = refusalOf(error);
    if (refusal === undefined) return;
    if (refusal.status === 500)
      this.#logger.error(
        { route: route.policy.name, method: exchange.method, callId: exchange.callId, error },
        `a request failed: ${describeError(error)}`,
      );
    if (exchange.response.headersSent) exchange.response.destroy();
    else this.#refuse(exchange.request, exchange.response, refusal, route.policy);
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    refusal: Refusal,
    policy: RoutePolicy | undefined,
  ): void {
    const shape: RefusalShape = policy?.refusalShape ?? 'problem';
    sendRefusal(response, refusal, shape);
    discardBody(request);
    this.#logger.debug(
      { code: refusal.code, status: refusal.status, route: policy?.name, method: request.method },
      'a request was refused',
    );
    this.#options.onRefused?.(refusal, policy?.name, request);
  }
}

/** The token of `Authorization: Bearer …`; undefined for any other scheme. */
function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length < 8) return undefined;
  if (authorization.charCodeAt(6) !== 0x20 || authorization.slice(0, 6).toLowerCase() !== 'bearer')
    return undefined;
  const token = authorization.slice(7).trim();
  return token === '' ? undefined : token;
}

/** Method, media type and declared size, as the policy wants them. */
function judgeShape(method: string, head: Head, policy: RoutePolicy): Refusal | undefined {
  if (!policy.methods.includes(method)) return methodNotAllowed(policy.methods);
  const hasBody =
    head.transferEncoding !== undefined || (head.contentLength !== undefined && head.contentLength !== '0');
  if (!hasBody && (method !== 'POST' || policy.allowsEmptyBody === true)) return undefined;
  if (head.contentEncoding !== undefined && head.contentEncoding.toLowerCase() !== 'identity')
    return refusals.encodedBody;
  if (hasBody || policy.contentTypes.length > 0) {
    if (head.contentType === undefined || !policy.contentTypes.includes(mediaType(head.contentType)))
      return unsupportedType(policy.contentTypes);
    if (!isUtf8Type(head.contentType)) return refusals.notUtf8Charset;
  }
  if (head.contentLength !== undefined && Number(head.contentLength) > policy.bodyCapBytes)
    return bodyTooLarge(policy.bodyCapBytes);
  return undefined;
}

/** `Application/JSON; charset=utf-8` → `application/json`. */
function mediaType(contentType: string): string {
  if (contentType === 'application/json') return contentType;
  const end = contentType.indexOf(';');
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Does the type name no charset, or UTF-8 only? */
function isUtf8Type(contentType: string): boolean {
  if (!contentType.includes(';')) return true;
  return [...contentType.matchAll(/;\s*charset\s*=\s*("[^"]*"|[^;\s]*)/gi)].every(([, charset = '']) =>
    /^"?utf-?8"?$/i.test(charset),
  );
}

/** The Host values of a loopback listener: its two addresses and `localhost`, with the port. */
export function loopbackHosts(port: number): ReadonlySet<string> {
  const names = ['localhost', '127.0.0.1', '[::1]'];
  const hosts = names.map((name) => `${name}:${port}`);
  // Clients leave the port out when it is the scheme's own.
  return new Set(port === 80 ? [...hosts, ...names] : hosts);
}

/** The Origin values of pages that a loopback listener serves itself. */
export function loopbackOrigins(port: number): ReadonlySet<string> {
  return new Set([...loopbackHosts(port)].map((host) => `http://${host}`));
}
