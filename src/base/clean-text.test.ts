import { describe, expect, it } from 'vitest';
import { cleanText, escapeCharacter, steeringCharacters } from './clean-text.ts';

const tags = Array.from('run this', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join(
  '',
);

describe('text of the other side', () => {
  it.each([
    ['tag characters', `a${tags}b`, 'a b'],
    ['marks that reorder', 'a\u202eb\u2066c\u061cd', 'a b c d'],
    ['colours and bells', 'a\u001b[31mb\u0007', 'a [31mb'],
    ['line breaks', 'a\r\nb\u2028c', 'a b c'],
    ['invisible joints', 'a\u200bb\ufeffc', 'a b c'],
    ['other languages and emoji', 'größe 東京 👩\u200d💻', 'größe 東京 👩\u200d💻'],
  ])('R76 loses %s', (_, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it('R76 is cut at 200 characters', () => {
    expect(cleanText('x'.repeat(1_000_000))).toBe(`${'x'.repeat(200)}…`);
  });

  it.each([
    ['\u0007', '\\u0007'],
    ['\u202e', '\\u202e'],
    [String.fromCodePoint(0xe0041), '\\u{e0041}'],
  ])('R76 %j is written as %s', (character, written) => {
    expect(character.replace(steeringCharacters, escapeCharacter)).toBe(written);
  });
});
