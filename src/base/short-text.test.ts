/**
 * base/short-text.test — what is left of long text.
 */
import { expect, it } from 'vitest';
import { shortText } from './short-text.ts';

it.each([
  ['leaves short text alone', 'abc', 'abc'],
  ['leaves text of just that length alone', 'abcd', 'abcd'],
  ['cuts longer text and says so', 'abcde', 'abcd…'],
  ['does not cut a character in two', 'abc😀x', 'abc…'],
])('%s', (_, text, expected) => {
  expect(shortText(text, 4)).toBe(expected);
});
