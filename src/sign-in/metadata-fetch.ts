/**
 * sign-in/metadata-fetch — asks one address for a JSON document.
 *
 * A web site answers any path with a page, often with status 200: what is no JSON object counts as "not there", whatever
 * its content type says. One redirect on the same host is followed; others are not, because they lead to where nobody
 * sent us.
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
      /** No connection was made, so there is no use in asking the same host for something else. */
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
    // The words of safe-fetch for an answer that came and cannot be used.
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
    return { kind: 'absent', reason: `HTTP ${status}, but no JSON (${shown})` };
  }
  const reason = json === undefined ? 'the document is not valid JSON' : 'the document is no JSON object';
  return { kind: 'failed', reason, error: new Error(reason), isUnreachable: false };
}

/** @returns undefined for what is no JSON */
function parse(text: string): unknown {
  try {
    // A byte order mark in front is no error of the document.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
