/**
 * sign-in/authorization-url — checks whether a browser may open a URL that a server named.
 *
 * Pure. The URL is checked before and after our parameters are added. A URL that fails is neither opened nor printed.
 *
 * @see MCP, docs/tutorials/security, "Authorization URL validation"; CVE-2025-6514
 */
import { hostOf, isLoopbackHost } from '../network/index.ts';

const maxUrlLength = 8192;

/** @returns what is wrong, or undefined */
export function authorizationUrlFault(text: string): string | undefined {
  if (text.length > maxUrlLength) return 'it is too long';
  if (/[\u0000-\u0020\u007f-\u{10ffff}]/u.test(text))
    return 'it has control characters, spaces or letters that are not ASCII';
  if (!/^https?:\/\//i.test(text)) return 'it is not an http(s) URL';
  // A shell gives these characters a meaning, and no authorization endpoint needs them.
  const shell = /["'`$;|<>\\^(){}!*]/.exec(text);
  if (shell !== null) return `it has the character ${shell[0]}`;
  if (!URL.canParse(text)) return 'it is not a URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'it carries user information';
  if (url.protocol === 'http:' && !isLoopbackHost(hostOf(url))) return 'it is not protected by TLS';
  return undefined;
}
