/**
 * sign-in/url-secrets — removes the values of a URL's query from texts for people.
 *
 * Some servers take their key as `?key=…`. Such a value must not be printed, neither in the URL nor in a text that
 * repeats it.
 */
import { cleanText } from '../base/index.ts';

/** Origin, path and the names of the query; if it is not a URL, its beginning. */
export function maskUrl(text: string): string {
  if (!URL.canParse(text)) return cleanText(text, 100);
  const url = new URL(text);
  const names = [...new Set(url.searchParams.keys())].map((name) => `${encodeURIComponent(name)}=…`);
  const origin = url.origin === 'null' ? url.protocol : url.origin;
  return cleanText(`${origin}${url.pathname}${names.length === 0 ? '' : `?${names.join('&')}`}`, 300);
}

/** @returns a function that leaves the values of the URL's query, and its user information, out of a text */
export function maskerOf(text: string): (said: string) => string {
  if (!URL.canParse(text)) return (said) => said;
  const url = new URL(text);
  const raw = url.search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const secrets = [...url.searchParams.values(), ...raw, url.password, decode(url.password)]
    // Shorter values are part of other words by chance, and protect nothing.
    .filter((value) => value.length >= 4)
    .sort((one, other) => other.length - one.length);
  return (said) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '…'), said);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
