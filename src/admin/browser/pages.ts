/**
 * admin/browser/pages — answers for `/admin` and everything below it that is a page or a file.
 *
 * They hold nothing secret, so anybody who can reach the port may have them; what they show comes from the API, which asks
 * who it is. Behind a proxy with a sub-path their own addresses are written with it.
 */
import { type Exchange, type HttpRoute, type RoutePolicy, setAnswerHeaders } from '../../http/index.ts';
import type { DashboardFiles, StaticFile } from './dashboard-files.ts';
import { pagePolicy, placeholderPage, unlockPage, unlockScript, unlockStyle } from './unlock-page.ts';

export interface PagesOptions {
  readonly files: DashboardFiles;
  /** The path under which the browser of this request sees `/admin`. */
  readonly baseOf: (exchange: Exchange) => string;
}

export function pageRoutes({ files, baseOf }: PagesOptions): readonly HttpRoute[] {
  const handle = async (exchange: Exchange): Promise<void> => {
    const path = exchange.path.slice('/admin'.length).replace(/^\//, '');
    const base = baseOf(exchange);
    switch (path) {
      case 'unlock':
        return sendPage(exchange, unlockPage(base));
      case 'unlock.css':
        return send(exchange, ownFile(unlockStyle, 'text/css; charset=utf-8'));
      case 'unlock.js':
        return send(exchange, ownFile(unlockScript, 'text/javascript; charset=utf-8'));
    }
    // Through a tunnel there is no dashboard: the page that lets a browser in is there for consent.
    if (exchange.entrance.kind === 'tunnel') return sendPage(exchange, notFoundPage, 404);
    const file = await files.find(path);
    if (file === undefined) {
      if (/\.[a-z0-9]+$/.test(path)) return sendPage(exchange, notFoundPage, 404);
      return sendPage(exchange, placeholderPage(base));
    }
    if (file.type.startsWith('text/html')) return sendPage(exchange, atBase(file.bytes.toString(), base));
    send(exchange, file);
  };
  return [{ path: '/admin/*', policy: pagesPolicy, handle }];
}

const pagesPolicy: RoutePolicy = {
  name: 'admin-pages',
  auth: 'public',
  rate: 'page',
  isExposed: true,
  methods: ['GET'],
  bodyCapBytes: 0,
  contentTypes: [],
  // Links of other programs may lead here; without the proof of a session there is nothing to see.
  allowsNavigation: true,
};

const notFoundPage = '<!doctype html><title>Not here</title><p>There is no such file.</p>';

/** Vite's `./assets/…` would be looked for beside the page, which client routes move. */
function atBase(html: string, base: string): string {
  return html
    .replace(/\b(src|href)="(?:\.\/|\/admin\/)/g, `$1="${base}/`)
    .replace('<head>', `<head><meta name="mcpmux-base" content="${base}">`);
}

function ownFile(text: string, type: string): Pick<StaticFile, 'bytes' | 'type'> {
  return { bytes: Buffer.from(text), type };
}

function sendPage({ response }: Exchange, html: string, status = 200): void {
  setAnswerHeaders(response);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': pagePolicy,
    'x-frame-options': 'DENY',
  });
  response.end(html);
}

function send(
  exchange: Exchange,
  { bytes, type, etag, isImmutable = false }: Pick<StaticFile, 'bytes' | 'type'> & Partial<StaticFile>,
): void {
  const { response } = exchange;
  setAnswerHeaders(response);
  const caching = isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  const common = { 'cache-control': caching, ...(etag === undefined ? {} : { etag }) };
  if (etag !== undefined && exchange.header('if-none-match') === etag) {
    response.writeHead(304, common);
    response.end();
    return;
  }
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, ...common });
  response.end(bytes);
}
