/**
 * base/clean-text — text and URLs of the other side, made fit for one line of a message.
 */

/**
 * Characters that steer whoever shows them instead of being shown: control characters, line separators, marks that reorder
 * text, and the invisible tag characters, in which a whole sentence can hide.
 */
export const steeringCharacters =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Such a character as text: `\u202e`, `\u{e0041}`. */
export function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
}

const runs = new RegExp(`(?:${steeringCharacters.source})+`, 'gu');

/** Text of the other side, made fit for one line of a log or a page: printable, short, no line breaks. */
export function cleanText(text: string, limit = 200): string {
  const printable = text.replace(runs, ' ').trim();
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
