import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffWords, visibleText } from './word-diff.ts';

describe('diffWords', () => {
  it('tells what stayed, went and came', () => {
    expect(diffWords('Reads a small file.', 'Reads any file now.')).toEqual([
      { kind: 'same', text: 'Reads ' },
      { kind: 'removed', text: 'a small' },
      { kind: 'added', text: 'any' },
      { kind: 'same', text: ' file' },
      { kind: 'added', text: ' now' },
      { kind: 'same', text: '.' },
    ]);
  });

  it('shows characters that nobody sees', () => {
    expect(diffWords('Reads.', 'Reads.\u{e0048}\u{e0069}\u202e')).toEqual([
      { kind: 'same', text: 'Reads.' },
      { kind: 'added', text: '\\u{e0048}\\u{e0069}\\u202e' },
    ]);
  });

  it('gives both texts back, made visible', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (old, now) => {
        const parts = diffWords(old, now);
        const without = (kind: string): string =>
          parts
            .filter((part) => part.kind !== kind)
            .map(({ text }) => text)
            .join('');
        expect(without('removed')).toBe(visibleText(now));
        expect(without('added')).toBe(visibleText(old));
      }),
    );
  });
});

describe('visibleText', () => {
  it.each([
    ['line\nbreak\ttab', 'line\nbreak\ttab'],
    ['zero\u200bwidth', 'zero\\u200bwidth'],
    ['soft\u00adhyphen', 'soft\\u00adhyphen'],
    ['joined\u200dwords', 'joined\\u200dwords'],
    ['\u001b]8;;x\u0007', '\\u001b]8;;x\\u0007'],
    ['👩\u200d💻 ❤\ufe0f', '👩\u200d💻 ❤\ufe0f'],
    ['variation\ufe0f\u{e0101}', 'variation\\ufe0f\\u{e0101}'],
  ])('%j', (text, shown) => expect(visibleText(text)).toBe(shown));
});
