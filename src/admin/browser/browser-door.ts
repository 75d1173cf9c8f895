/**
 * admin/browser/browser-door — the person's way in by a browser: links and codes in, sessions out, and the routes for both.
 *
 *     mcpmux open ──link──▶ /admin/unlock#link=… ──POST /admin/session──▶ cookie + proof ──▶ /admin/api/v1/…
 *
 * Whoever comes first is nobody: without a link or a code, both of which only the user of the daemon can read, no browser
 * becomes the person's.
 * Owns: links, codes, sessions. Knows nothing of: what the admin API does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, type Closeable, isMcpMuxError, type McpMuxError } from '../../base/index.ts';
import {
  type Exchange,
  type HttpRoute,
  peerUserId,
  type Refusal,
  type RoutePolicy,
  readBody,
  sendEmpty,
  sendJson,
  sendProblem,
  setAnswerHeaders,
} from '../../http/index.ts';
import { adminError } from '../errors.ts';
import { problemOf } from '../problem.ts';
import { type AdminCookieNames, adminCookieNames, readCookies, setCookie } from './admin-cookie.ts';
import { type AdminSession, AdminSessions, idleLockMs, type SessionEnd } from './admin-sessions.ts';
import { DashboardFiles } from './dashboard-files.ts';
import { type LinkReach, OneTimeLinks } from './one-time-links.ts';
import { pageRoutes } from './pages.ts';
import { UnlockCodes } from './unlock-codes.ts';

export const proofHeader = 'x-mcpmux-proof';
/** A request that the person did not cause (a poll, a stream that comes back) says so, and does not keep the session open. */
export const backgroundHeader = 'x-mcpmux-background';

/** What happened at this door; for the audit. */
export type BrowserDoorEvent =
  | { readonly type: 'admin.code_asked'; readonly address: string }
  | { readonly type: 'admin.browser_let_in'; readonly session: AdminSession }
  | { readonly type: 'admin.browser_refused'; readonly code: string; readonly address: string }
  | { readonly type: 'admin.browser_left'; readonly session: AdminSession; readonly why: SessionEnd };

export interface BrowserDoorOptions {
  readonly clock: Clock;
  /** Stays the same from start to start and tells installations apart. */
  readonly installation: string;
  readonly dashboardFolder: string;
  /** Under which URL a browser elsewhere comes here, without a slash at the end; undefined = it cannot. */
  publicBase(): string | undefined;
  /** The URL of this machine for links: `http://127.0.0.1:PORT`. */
  readonly localUrl: string;
  /** Shows a line to whoever sits at the daemon's terminal. @returns false when it has none */
  showOnTerminal(text: string): boolean;
  /** The admin API behind the door; undefined while it is not there yet. */
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** Told before the answer leaves, which waits for it. Never rejects. */
  tell(event: BrowserDoorEvent): Promise<void>;
}

export interface MadeLink {
  readonly url: string;
  readonly expiresAt: number;
}

export class BrowserDoor implements Closeable {
  readonly #options: BrowserDoorOptions;
  readonly #names: AdminCookieNames;
  readonly #links: OneTimeLinks;
  readonly #codes: UnlockCodes;
  readonly #sessions: AdminSessions;
  /** Of requests that were let in by a session. */
  readonly #callers = new WeakMap<IncomingMessage, AdminSession>();

  constructor(options: BrowserDoorOptions) {
    this.#options = options;
    this.#names = adminCookieNames(options.installation);
    this.#links = new OneTimeLinks(options.clock);
    this.#codes = new UnlockCodes(options.clock);
    this.#sessions = new AdminSessions(options.clock, (session, why) => {
      void options.tell({ type: 'admin.browser_left', session, why });
    });
  }

  /** @param isPublic for the public address instead of this machine. @throws admin.no_public_address */
  makeLink(isPublic: boolean): MadeLink {
    const base = isPublic ? this.#options.publicBase() : this.#options.localUrl;
    if (base === undefined) throw adminError('no_public_address');
    const { text, expiresAt } = this.#links.make(isPublic ? 'public' : 'local');
    return { url: `${base}/admin/unlock#link=${text}`, expiresAt };
  }

  makeCode(): { readonly code: string; readonly expiresAt: number } {
    const { digits, expiresAt } = this.#codes.make();
    return { code: digits, expiresAt };
  }

  sessions(): readonly AdminSession[] {
    return this.#sessions.list();
  }

  /** @param id undefined = all. @returns how many were ended. @throws admin.no_such_browser */
  end(id?: string): number {
    if (id === undefined) return this.#sessions.endAll();
    const ended = this.#sessions.end(id);
    if (ended === 0) throw adminError('no_such_browser', { id });
    return ended;
  }

  /** The session that let this request in; undefined for the socket's. */
  callerOf(request: IncomingMessage): AdminSession | undefined {
    return this.#callers.get(request);
  }

  /**
   * Is this the person's browser? Of pages only: a page may be shown on this word. What changes something, or tells
   * something that is secret, also needs `isPerson`.
   */
  sessionOf(exchange: Exchange): AdminSession | undefined {
    return this.#found(exchange)?.session;
  }

  /** Is this the person, by a page of ours? Cookie and proof. */
  isPerson(exchange: Exchange): boolean {
    const found = this.#found(exchange);
    return found !== undefined && this.#sessions.isProven(found.cookie, exchange.header(proofHeader));
  }

  /** The address of the page that lets a browser in and then goes on to `next`, a path of ours. */
  unlockAddress(exchange: Exchange, next: string): string {
    return `${this.#pathOf(exchange)}/unlock?next=${encodeURIComponent(next)}`;
  }

  /** For the door: judges requests to routes with `auth: 'admin'`. */
  readonly admit = (exchange: Exchange): Refusal | undefined => {
    const session = this.isPerson(exchange) ? this.sessionOf(exchange) : undefined;
    if (session === undefined) return locked;
    if (exchange.header(backgroundHeader) === undefined) this.#sessions.touch(session);
    this.#callers.set(exchange.request, session);
    return undefined;
  };

  routes(): readonly HttpRoute[] {
    return [
      {
        path: '/admin/session',
        policy: sessionPolicy('admin-session', ['POST'], 'self', 'page'),
        handle: (exchange) => this.#answer(exchange, () => this.#letIn(exchange)),
      },
      {
        path: '/admin/session/code',
        policy: sessionPolicy('admin-code', ['POST'], 'public', 'costly'),
        handle: (exchange) => this.#answer(exchange, () => this.#showCode(exchange)),
      },
      {
        path: '/admin/session/current',
        policy: sessionPolicy('admin-session-current', ['GET', 'DELETE'], 'admin', 'person'),
        handle: (exchange) => this.#answer(exchange, () => this.#current(exchange)),
      },
      {
        path: '/admin/api/*',
        policy: {
          name: 'admin-api',
          auth: 'admin',
          rate: 'person',
          methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
          bodyCapBytes: 4 * 1024 * 1024,
          contentTypes: ['application/json'],
          allowsEmptyBody: true,
        },
        handle: (exchange) => this.#pass(exchange),
      },
      ...pageRoutes({
        files: new DashboardFiles(this.#options.dashboardFolder),
        baseOf: (exchange) => this.#pathOf(exchange),
      }),
    ];
  }

  close(): void {
    this.#sessions.close();
  }

  /** Hands a request to the admin API, under the path that it has on the socket. */
  #pass(exchange: Exchange): void {
    const { request, response } = exchange;
    const at = request.url?.indexOf('/admin/api/') ?? -1;
    if (at === -1) {
      refuse(exchange, adminError('no_such_route', { method: exchange.method, path: exchange.path }));
      return;
    }
    const session = this.callerOf(request);
    if (session !== undefined) response.once('close', this.#sessions.holdOpen(session, response));
    request.url = request.url?.slice(at + '/admin'.length) ?? '/';
    setAnswerHeaders(response);
    this.#options.serve(request, response);
  }

  /** A link or a code becomes a session. */
  async #letIn(exchange: Exchange): Promise<void> {
    const wanted = readWish(await readBody(exchange, wishCapBytes));
    const { address } = exchange;
    const how = wanted.link === undefined ? 'code' : 'link';
    if (wanted.link === undefined) this.#redeemCode(wanted.code, wanted.challenge);
    else await this.#redeemLink(exchange, wanted.link);
    const browser = (exchange.header('user-agent') ?? '').slice(0, 200);
    const replaced = this.#found(exchange)?.cookie;
    const { session, cookie, proof } = this.#sessions.open(how, { browser, address }, replaced);
    await this.#options.tell({ type: 'admin.browser_let_in', session });
    const name = this.#cookieName(exchange);
    sendJson(
      exchange,
      200,
      { proof, ...describe(session) },
      { 'set-cookie': setCookie(name, cookie, name === this.#names.secure) },
    );
  }

  async #redeemLink(exchange: Exchange, text: string): Promise<void> {
    const reach: LinkReach = exchange.entrance.kind === 'local' ? 'local' : 'public';
    const verdict = this.#links.redeem(text, reach);
    switch (verdict) {
      case 'used':
        throw adminError('link_used');
      case 'expired':
        throw adminError('link_expired');
      case 'unknown':
        throw adminError('link_unknown');
      case 'elsewhere':
        throw adminError('link_elsewhere', { isPublic: reach === 'public' });
      case 'good':
    }
    if (reach === 'public') return;
    const userId = await peerUserId(exchange.request.socket);
    // Root may do everything here anyway; a proxy inside a container is root as well.
    if (userId !== undefined && userId !== 0 && userId !== process.getuid?.())
      throw adminError('link_of_another_user');
  }

  #redeemCode(code: string, challenge: string | undefined): void {
    const verdict = this.#codes.redeem(code, challenge);
    if (verdict === 'good') return;
    throw verdict === 'wrong' ? adminError('code_wrong') : adminError('code_gone');
  }

  async #showCode(exchange: Exchange): Promise<void> {
    const asked = this.#codes.ask();
    if ('waitMs' in asked) {
      const seconds = Math.ceil(asked.waitMs / 1000);
      refuse(exchange, adminError('too_many_codes', { seconds }), { 'retry-after': String(seconds) });
      return;
    }
    const { digits, challenge, expiresAt } = asked;
    const isShown = this.#options.showOnTerminal(
      `A browser asks to open the dashboard. Code: ${digits.slice(0, 3)} ${digits.slice(3)} (good for two minutes). Not you? Do nothing.`,
    );
    await this.#options.tell({ type: 'admin.code_asked', address: exchange.address });
    sendJson(exchange, 200, { challenge, expiresAt, isShown });
  }

  #current(exchange: Exchange): void {
    const session = this.callerOf(exchange.request) as AdminSession;
    if (exchange.method === 'GET') {
      sendJson(exchange, 200, describe(session));
      return;
    }
    this.#sessions.end(session.id);
    const name = this.#cookieName(exchange);
    sendEmpty(exchange, 204, { 'set-cookie': setCookie(name, undefined, name === this.#names.secure) });
  }

  /** Runs `act`; what it throws on purpose becomes a problem. */
  async #answer(exchange: Exchange, act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!isMcpMuxError(error) || !error.code.startsWith('admin.')) throw error;
      await this.#options.tell({
        type: 'admin.browser_refused',
        code: error.code,
        address: exchange.address,
      });
      const waitMs = exchange.failedAttempt();
      if (waitMs === 0) refuse(exchange, error);
      else
        refuse(exchange, adminError('too_many_tries'), { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
    }
  }

  #found(exchange: Exchange): { readonly cookie: string; readonly session: AdminSession } | undefined {
    for (const cookie of readCookies(exchange.header('cookie'), this.#cookieName(exchange))) {
      const session = this.#sessions.find(cookie);
      if (session !== undefined) return { cookie, session };
    }
    return undefined;
  }

  #cookieName(exchange: Exchange): string {
    return exchange.entrance.base?.startsWith('https:') === true ? this.#names.secure : this.#names.plain;
  }

  #pathOf(exchange: Exchange): string {
    return `${exchange.entrance.path}/admin`;
  }
}

const locked: Refusal = {
  status: 401,
  code: 'admin.locked',
  kind: 'unauthenticated',
  message: 'This browser is not let in, or was not used for 15 minutes.',
  nextStep: 'run: mcpmux open',
  headers: ['www-authenticate', 'McpMux-Link realm="mcpmux"'],
};

const wishCapBytes = 2_048;

function sessionPolicy(
  name: string,
  methods: readonly string[],
  auth: RoutePolicy['auth'],
  rate: RoutePolicy['rate'],
): RoutePolicy {
  // Also through a tunnel: who lets a client in from there has to be let in first.
  const isExposed = true;
  return {
    name,
    auth,
    rate,
    isExposed,
    methods,
    bodyCapBytes: wishCapBytes,
    contentTypes: ['application/json'],
  };
}

type Wish =
  | { readonly link: string }
  | { readonly link?: undefined; readonly code: string; readonly challenge: string | undefined };

/** @throws admin.bad_json, admin.bad_request */
function readWish(body: Buffer): Wish {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (cause) {
    throw adminError('bad_json', {}, cause);
  }
  const { link, code, challenge } = (value ?? {}) as Record<string, unknown>;
  if (typeof link === 'string' && link.length <= 200) return { link };
  if (typeof code === 'string' && /^\d{6}$/.test(code))
    return { code, challenge: typeof challenge === 'string' ? challenge : undefined };
  throw adminError('nothing_to_redeem');
}

function describe({ id, how, endsAt, freshUntil }: AdminSession): object {
  return { id, how, endsAt, freshUntil, idleLockMs };
}

function refuse(exchange: Exchange, error: McpMuxError, headers?: Record<string, string>): void {
  const problem = problemOf(error);
  sendProblem(exchange, problem.status, problem, headers);
}
