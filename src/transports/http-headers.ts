/**
 * transports/http-headers — the headers that a person configured, checked, and those of every request.
 *
 * Headers are flat lists (name, value, name, value), the form undici takes without another pass.
 * Knows nothing of: sessions, eras.
 */

import type { Secret } from '../base/index.ts';
import { transportError } from './errors.ts';

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- finding control characters is its very task
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/;
/** They belong to the connection or to the protocol; a fixed value would break both. */
const ours: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ConfiguredHeaders {
  readonly flat: readonly string[];
  /** A fixed Cookie header; not among the others, because those that the server sets join it. */
  readonly cookies: string | undefined;
  /** A fixed Authorization header: sign-in plays no part then. */
  readonly hasAuthorization: boolean;
}

/** @throws transports.bad_header */
export function checkHeaders(headers: Readonly<Record<string, Secret>>): ConfiguredHeaders {
  const flat: string[] = [];
  let hasAuthorization = false;
  let cookies: string | undefined;
  for (const [name, secret] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const value = secret.reveal();
    if (!headerName.test(name))
      throw transportError('bad_header', { header: name, reason: 'that is no header name' });
    if (/[\r\n]/.test(value))
      throw transportError('bad_header', { header: name, reason: 'its value holds a line break' });
    if (forbiddenInValue.test(value)) {
      throw transportError('bad_header', {
        header: name,
        reason: 'its value holds a character that headers cannot carry',
      });
    }
    if (ours.has(lower) || lower.startsWith('mcp-param-')) {
      throw transportError('bad_header', { header: name, reason: 'the protocol sets this header itself' });
    }
    if (lower === 'authorization') hasAuthorization = true;
    if (lower === 'cookie') cookies = value;
    else flat.push(name, value);
  }
  if (!Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent'))
    flat.push('user-agent', 'mcpmux');
  return { flat, cookies, hasAuthorization };
}
