/**
 * base/clean-text — text and URLs of the other side, made fit for one line of a message.
 */

/** Text of the other side, made fit for one line of a log or a page: printable, short, no line breaks. */
export function cleanText(text: string, limit = 200): string {
  const printable = text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim();
  return printable.length > limit ? `${printable.slice(0, limit)}…` : printable;
}

/** A URL for a message: origin and path, nothing that could carry a secret. */
export function showUrl(url: URL | string): string {
  try {
    const parsed = new URL(url);
    return cleanText(`${parsed.origin === 'null' ? parsed.protocol : parsed.origin}${parsed.pathname}`, 300);
  } catch {
    return cleanText(String(url), 100);
  }
}
