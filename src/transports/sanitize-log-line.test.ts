import { describe, expect, it } from 'vitest';
import { guessLevel, sanitizeLogLine } from './sanitize-log-line.ts';

describe('toReadableLine', () => {
  it.each([
    ['colours go', '\x1b[31mred\x1b[0m alert', 'red alert'],
    ['a window title goes', '\x1b]0;title\x07text', 'text'],
    ['R60 line breaks become blanks', 'a\r\nb', 'a b'],
    ['R60 and so do the blanks around them', 'Error: x\n    at y\n\n    at z', 'Error: x at y at z'],
    ['R60 also one alone', 'a\rb', 'a b'],
    ['control characters are shown', 'a\x00b\x1b', 'a\\x00b\\x1b'],
    ['marks that reorder text are shown', 'a\u202eb', 'a\\u202eb'],
    ['tabs and other languages stay', 'a\tгрün 日本', 'a\tгрün 日本'],
    ['trailing space goes', 'text  ', 'text'],
  ])('%s', (_, text, expected) => {
    expect(sanitizeLogLine(text)).toBe(expected);
  });

  it('cuts what is too long', () => {
    expect(sanitizeLogLine('x'.repeat(100), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});

describe('guessLevel', () => {
  it.each([
    ['Error: no such file', 'error'],
    ['thread main panicked at', 'error'],
    ['Traceback (most recent call last):', 'error'],
    ['[WARN] deprecated', 'warn'],
    ['DEBUG handling request', 'debug'],
    ['Server running on stdio', 'info'],
    ['terrorists and errorless words', 'info'],
  ])('%s → %s', (line, level) => {
    expect(guessLevel(line)).toBe(level);
  });
});
