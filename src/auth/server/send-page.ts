/**
 * auth/server/send-page — answers for pages and files, and what a page needs to know of its own address.
 *
 * Knows nothing of: what stands on a page.
 */
import { type Exchange, publicBase, setAnswerHeaders } from '../../http/index.ts';
import { pagePolicy } from './pages.ts';

export function sendPage(exchange: Exchange, html: string, status = 200): void {
  sendHtml(exchange.response, html, status);
}

export function sendHtml(response: Exchange['response'], html: string, status: number): void {
  setAnswerHeaders(response);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': pagePolicy,
    'x-frame-options': 'DENY',
  });
  response.end(html);
}

export function sendFile(
  { response }: Exchange,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  setAnswerHeaders(response);
  response.writeHead(200, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache',
  });
  response.end(text);
}

export function pathOf(exchange: Exchange): string {
  return new URL(publicBase(exchange)).pathname.replace(/\/$/, '');
}

/** Of what is stored or asked for as a text, or as a list of one. */
export function textOf(value: unknown, otherwise = ''): string {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : otherwise;
}

export function queryOf({ query }: Exchange): string {
  return query === '' ? '' : `?${query}`;
}

const problem = (status: number, code: string, title: string, detail: string) => ({
  type: `urn:mcpmux:problem:${code}`,
  title,
  status,
  code,
  detail,
});
export const notFound = problem(404, 'auth.no_such_page', 'Not found', 'There is nothing at this path.');
export const expired = problem(
  400,
  'auth.request_expired',
  'Bad request',
  'This request is not open here any more. Start again in the client.',
);
export const locked = problem(
  401,
  'admin.locked',
  'Locked',
  'This browser is not let in any more. Load this page again.',
);
export const noDecision = problem(
  400,
  'auth.bad_decision',
  'Bad request',
  'This is no decision that this page makes.',
);
