/**
 * cli/table.test — columns, colours, wrapping, and which names are near.
 */
import { describe, expect, it } from 'vitest';
import { suggestNames } from '../contract/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { formatAgo, formatDuration } from './format-duration.ts';
import { quoteShellWord } from './launch-description.ts';
import { createStyle, sanitizeLines, sanitizeToLine, widthOf } from './style.ts';
import { renderTable, shorten } from './table.ts';

describe('a table', () => {
  it('measures text as a terminal shows it: colours take no room, wide characters take two', () => {
    const { red } = createStyle(true);
    const rows = [
      ['a', 'x'],
      [red('bb'), 'y'],
      ['日本', 'z'],
    ];
    expect(renderTable(undefined, rows)).toBe(`a     x\n${red('bb')}    y\n日本  z`);
    expect(widthOf(red('bb'))).toBe(2);
  });

  it('wraps the last column under itself and leaves longer words whole', () => {
    const rows = [['name', 'one two three four five six seven averyveryverylongwordindeed']];
    expect(renderTable(undefined, rows, { width: 32, indent: '  ' })).toBe(
      ['  name  one two three four five', '        six seven', '        averyveryverylongwordindeed'].join(
        '\n',
      ),
    );
  });

  it('puts numbers to the right and ends no line with blanks', () => {
    const table = renderTable(
      ['N', 'W', ''],
      [
        ['1', 'a', ''],
        ['100', 'b', ''],
      ],
      { rightAligned: [0] },
    );
    expect(table).toBe('  N  W\n  1  a\n100  b');
  });

  it('shortens by columns', () => {
    expect(shorten('日本語の説明', 7)).toBe('日本語…');
    expect(shorten('short', 7)).toBe('short');
  });
});

describe('text from strangers', () => {
  it.each([
    ['a\u001b[31mb', 'a\\u001b[31mb'],
    ['a\u009bb', 'a\\u009bb'],
    ['a\u202eb', 'a\\u202eb'],
    ['a\r\n  b\n', 'a b '],
    ['plain ü 日本', 'plain ü 日本'],
  ])('%j becomes %j on one line', (text, shown) => {
    expect(sanitizeToLine(text)).toBe(shown);
  });

  it('keeps its line breaks and tabs where there is room for them', () => {
    expect(sanitizeLines('a\r\n\tb\u0000')).toBe('a\n\tb\\u0000');
  });

  it.each([
    ['npx', 'npx'],
    ['@scope/pkg@1.0', '@scope/pkg@1.0'],
    ['two words', "'two words'"],
    ["it's", `'it'\\''s'`],
    ['$(rm -rf)', "'$(rm -rf)'"],
    ['a\nb', "'a\\nb'"],
    ['', "''"],
  ])('%j is written %s for a shell', (word, written) => {
    expect(quoteShellWord(word)).toBe(written);
  });
});

describe('near names', () => {
  it.each([
    ['githb', ['github', 'gitlab', 'files'], ['github']],
    ['stauts', ['status', 'show', 'stop'], ['status']],
    ['GIT', ['github', 'gitlab'], ['github', 'gitlab']],
    ['x', ['a', 'github'], ['a']],
    ['completely', ['other'], []],
  ])('%s among %j are %j', (typed, names, near) => {
    expect(suggestNames(typed, names)).toEqual(near);
  });

  it('are told as a question', () => {
    expect(didYouMean('ab', ['abc', 'abd'])).toBe('did you mean "abc" or "abd"?');
    expect(didYouMean('zzz', ['abc'])).toBeUndefined();
  });
});

describe('times', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('%i ms are %s', (spanMs, words) => {
    expect(formatDuration(spanMs)).toBe(words);
  });

  it('are just now below a second', () => {
    expect([formatAgo(1000, 1500), formatAgo(1000, 4000)]).toEqual(['just now', '3 s ago']);
  });
});
