/**
 * sign-in/authorization-url — is a URL that a server named fit to be opened by a person's browser?
 *
 * Pure. It is checked as given, before anything is added, and again as built: what fails is never opened or printed.
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
  if (!/^https?:\/\//i.test(text)) return 'it is no http(s) URL';
  // Legal in a URL or not, these mean something to a shell and nothing to an authorization endpoint.
  const shell = /["'`$;|<>\\^(){}!*]/.exec(text);
  if (shell !== null) return `it has the character ${shell[0]}`;
  if (!URL.canParse(text)) return 'it is no URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'it carries user information';
  if (url.protocol === 'http:' && !isLoopbackHost(hostOf(url))) return 'it is not protected by TLS';
  return undefined;
}
