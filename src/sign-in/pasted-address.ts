/**
 * sign-in/pasted-address — reads the address that a person pasted from the browser of another machine.
 *
 * Knows nothing of: flows, whether the address belongs to one.
 */
import { signInError } from './errors.ts';

/**
 * @param redirectUri where it should begin, for the error; undefined = not known
 * @throws sign-in.bad_paste
 */
export function readPastedAddress(pasted: string, redirectUri: string | undefined): URL {
  const bad = (reason: string) => signInError('bad_paste', { reason, redirectUri });
  const text = pasted.trim().replace(/^["'<]+|["'>]+$/g, '');
  if (text.length > 16_384) throw bad('it is too long');
  if (!URL.canParse(text)) throw bad('it is not a URL');
  const url = new URL(text);
  if (!url.searchParams.has('state')) throw bad('it has no "state"');
  if (!url.searchParams.has('code') && !url.searchParams.has('error'))
    throw bad('it has neither "code" nor "error"');
  return url;
}
