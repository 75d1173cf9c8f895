/**
 * sign-in/metadata-fetch — fetches a JSON document from one address.
 *
 * Many web sites answer every path with a page and status 200. So a body that is not a JSON object counts as absent. The
 * content type does not matter. One redirect on the same host is followed. Other redirects are not followed.
 *
 * Knows nothing of: what the document is about.
 */
import { cleanText, describeError, isJsonObject, isMcpMuxError, type JsonObject } from '../base/index.ts';
import type { SafeFetch } from '../network/index.ts';

export type FetchedDocument =
  | { readonly kind: 'document'; readonly json: JsonObject }
  | { readonly kind: 'absent'; readonly reason: string }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly error: unknown;
      /** No connection was made, so other addresses on the same host are not tried. */
      readonly isUnreachable: boolean;
    };

export async function fetchDocument(
  fetch: SafeFetch,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<FetchedDocument> {
  try {
    return await judge(await fetchAcrossRedirect(fetch, url, { headers }));
  } catch (error) {
    const reason = cleanText(describeError(error));
    // This is how safe-fetch begins its messages about a response that it cannot use.
    const isAnswer = isMcpMuxError(error) && String(error.facts['reason']).startsWith('the answer ');
    return { kind: 'failed', reason, error, isUnreachable: !isAnswer };
  }
}

/** Follows one redirect to the same scheme, host and port. A POST is repeated only where the status keeps its method. */
export async function fetchAcrossRedirect(
  fetch: SafeFetch,
  url: string,
  init: NonNullable<Parameters<SafeFetch>[1]>,
): Promise<Response> {
  const response = await fetch(url, init);
  const isGet = (init.method ?? 'GET') === 'GET';
  const statuses = isGet ? [301, 302, 303, 307, 308] : [307, 308];
  const location = response.headers.get('location');
  if (!statuses.includes(response.status) || location === null || !URL.canParse(location, url))
    return response;
  const target = new URL(location, url);
  return target.origin === new URL(url).origin ? fetch(target, init) : response;
}

async function judge(response: Response): Promise<FetchedDocument> {
  const { status } = response;
  if (status >= 300 && status < 400)
    return { kind: 'absent', reason: `redirect (HTTP ${status}), not followed` };
  if ((status >= 400 && status < 500) || status === 502) return { kind: 'absent', reason: `HTTP ${status}` };
  if (!response.ok) {
    const reason = `HTTP ${status}`;
    return { kind: 'failed', reason, error: new Error(reason), isUnreachable: false };
  }
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const json = parse(await response.text());
  if (isJsonObject(json)) return { kind: 'document', json };
  if (type !== 'application/json' && !type.endsWith('+json')) {
    const shown = cleanText(type || 'no content type', 60);
    return { kind: 'absent', reason: `HTTP ${status}, but not JSON (${shown})` };
  }
  const reason = json === undefined ? 'the document is not valid JSON' : 'the document is not a JSON object';
  return { kind: 'failed', reason, error: new Error(reason), isUnreachable: false };
}

/** @returns undefined if it is not JSON */
function parse(text: string): unknown {
  try {
    // A byte order mark is allowed.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
