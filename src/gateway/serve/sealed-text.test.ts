/**
 * gateway/serve/sealed-text.test — only what we sealed opens, only for whom, only here.
 */
import { describe, expect, it } from 'vitest';
import { Sealer } from './sealed-text.ts';

describe('Sealer', () => {
  const sealer = new Sealer('cursor');
  const text = sealer.seal({ offset: 7 }, 'alice');

  it('opens what it sealed for the same principal', () => {
    expect(sealer.open(text, 'alice')).toEqual({ offset: 7 });
  });

  it('never seals the same thing to the same text', () => {
    expect(sealer.seal({ offset: 7 }, 'alice')).not.toBe(text);
  });

  it.each([
    ['another principal', () => sealer.open(text, 'bob')],
    ['another process', () => new Sealer('cursor').open(text, 'alice')],
    ['another purpose', () => new Sealer('parked').open(text, 'alice')],
    ['a cut text', () => sealer.open(text.slice(0, -2), 'alice')],
    ['a text with more at its end', () => sealer.open(`${text}A`, 'alice')],
    ['no text of ours', () => sealer.open('abc', 'alice')],
    ['nothing', () => sealer.open('', 'alice')],
  ])('does not open for %s', (_, open) => {
    expect(open()).toBeUndefined();
  });

  it('does not open with any single character changed', () => {
    for (let at = 0; at < text.length; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
      expect(sealer.open(changed, 'alice')).toBeUndefined();
    }
  });
});
