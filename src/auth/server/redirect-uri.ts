/**
 * auth/server/redirect-uri — where an authorization answer may go: the rules for what a client registers.
 *
 * https anywhere; http to this machine only, by one of its three names; a scheme of an app in reverse-DNS form
 * (RFC 8252 §7.1), or one of the few known ones that are older than the rule.
 * What a request asks for is then compared exactly with what was registered; only the port of http to this machine is free.
 */

const maxLength = 2_048;
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);
const neverSchemes = new Set([
  'javascript:',
  'data:',
  'file:',
  'vbscript:',
  'ws:',
  'wss:',
  'blob:',
  'about:',
  'ftp:',
  'view-source:',
  'chrome:',
]);
/** Callbacks of known apps whose schemes are not in reverse-DNS form. */
const knownCallbacks = new Set([
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'cursor://anysphere.cursor-retrieval/oauth/user-mcp/callback',
  'windsurf://codeium.windsurf/oauth/callback',
  'vscode://vscode.github-authentication/did-authenticate',
]);

export type RedirectKind = 'web' | 'loopback' | 'app';

/** @returns what is wrong with it, or its kind */
export function judgeRedirectUri(uri: string): { readonly fault: string } | { readonly kind: RedirectKind } {
  if (uri.length > maxLength) return { fault: `it is longer than ${maxLength} characters` };
  if (/[\u0000-\u0020\u007f-\u009f\\]/.test(uri)) return { fault: 'it holds characters that no address has' };
  if (!URL.canParse(uri)) return { fault: 'it is no URL' };
  const url = new URL(uri);
  if (uri.includes('#')) return { fault: 'it has a fragment' };
  if (neverSchemes.has(url.protocol)) return { fault: `the scheme ${url.protocol} is never allowed` };
  if (url.username !== '' || url.password !== '' || /^[a-z][a-z0-9+.-]*:\/\/[^/?]*@/i.test(uri))
    return { fault: 'it names a user' };
  const path = /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?]*)?([^?]*)/i.exec(uri)?.[1] ?? '';
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    return { fault: 'its path has dot segments' };
  switch (url.protocol) {
    case 'https:':
      if (url.hostname.endsWith('.')) return { fault: 'its host ends with a dot' };
      return loopbackHosts.has(url.hostname)
        ? { fault: 'addresses of this machine use http' }
        : { kind: 'web' };
    case 'http:':
      return isLoopback(url) && uri.toLowerCase().startsWith(`http://${url.hostname}`)
        ? { kind: 'loopback' }
        : { fault: 'http is for localhost, 127.0.0.1 and [::1] only' };
    default:
      return url.protocol.includes('.') || knownCallbacks.has(uri)
        ? { kind: 'app' }
        : { fault: 'the scheme of an app is in reverse-DNS form, such as com.example.app:/callback' };
  }
}

/** For people: which place the answer goes to. */
export function describeRedirect(uri: string): {
  readonly host: string;
  readonly says: string;
  readonly kind: RedirectKind;
} {
  const verdict = judgeRedirectUri(uri);
  const kind = 'kind' in verdict ? verdict.kind : 'web';
  const url = new URL(uri);
  switch (kind) {
    case 'loopback':
      return { kind, host: url.host, says: 'a program on the machine of this browser' };
    case 'app':
      return {
        kind,
        host: url.protocol,
        says: `the program that is registered for ${url.protocol.slice(0, -1)} there`,
      };
    case 'web':
      return { kind, host: url.host, says: 'a website' };
  }
}

function isLoopback(url: URL): boolean {
  return loopbackHosts.has(url.hostname);
}
