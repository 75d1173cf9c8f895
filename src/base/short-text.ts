/**
 * base/short-text — text of somebody else's, cut to what an error message or a log line may hold of it.
 */

/** Enough to recognise any real name, URI or method. */
export const shortLength = 200;

/** `text` itself when it is short, otherwise its beginning and a sign that there was more. */
export function shortText(text: string, length = shortLength): string {
  if (text.length <= length) return text;
  // Not through the middle of a character that takes two units.
  const unit = text.charCodeAt(length - 1);
  return `${text.slice(0, unit >= 0xd800 && unit <= 0xdbff ? length - 1 : length)}…`;
}
