/**
 * base/estimate-tokens — how many tokens a text is for a model, near enough to compare and to keep to a budget.
 *
 * Every model counts differently; this leans to the high side: a short word, three digits, two marks or one character of
 * Han or Kana are a token each.
 */

const pieces = /[A-Za-z]+|\d+|[^\sA-Za-z\d\u0080-\uffff]+|[\u0080-\uffff]/g;
const wordLetters = 8;
const longWordLetters = 5;

export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(pieces)) {
    const first = piece.charCodeAt(0);
    if (first >= 0x80) tokens += 1;
    else if (first >= 0x30 && first <= 0x39) tokens += Math.ceil(piece.length / 3);
    else if (/[A-Za-z]/.test(piece[0] as string))
      tokens += piece.length <= wordLetters ? 1 : Math.ceil(piece.length / longWordLetters);
    else tokens += Math.ceil(piece.length / 2);
  }
  return tokens;
}

/** The same of text that nobody reads for it: JSON and English are near four bytes a token. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / 4);
}
