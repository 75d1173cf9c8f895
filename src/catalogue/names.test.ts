/**
 * catalogue/names.test — names that every client takes, and that do not change because of others.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignQualifiedNames,
  hashedQualifiedName,
  plainQualifiedName,
  qualifiedNameLimit,
} from './names.ts';

describe('plainQualifiedName', () => {
  it.each([
    ['github', 'create_issue', 'github_create_issue'],
    ['my-server', 'echo', 'my-server_echo'],
    ['a', 'x'.repeat(44), `a_${'x'.repeat(44)}`],
  ])('%s + %s = %s', (alias, originalName, name) => {
    expect(plainQualifiedName(alias, originalName)).toBe(name);
  });

  it.each([
    ['a name that is too long', 'x'.repeat(45)],
    ['a dot', 'files.read'],
    ['a slash', 'files/read'],
    ['other letters', 'grüße'],
  ])('carries a hash for %s', (_, originalName) => {
    expect(plainQualifiedName('a', originalName)).toMatch(/^a_[a-zA-Z0-9_-]*_[0-9a-z]{6}$/);
  });

  it('keeps apart what cleaning would make equal', () => {
    expect(plainQualifiedName('a', 'b.c')).not.toBe(plainQualifiedName('a', 'b/c'));
  });

  it('is the same at every time and in every place', () => {
    expect(plainQualifiedName('files', 'read.text')).toBe('files_read_text_x7s3c9');
  });

  it('always fits every client', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,23}$/),
        fc.string({ minLength: 1, maxLength: 200 }),
        (alias, originalName) => {
          for (const name of [
            plainQualifiedName(alias, originalName),
            hashedQualifiedName(alias, originalName),
          ]) {
            expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
            expect(name.length).toBeLessThanOrEqual(qualifiedNameLimit);
          }
        },
      ),
    );
  });
});

describe('assignQualifiedNames', () => {
  it('keeps a name when a second server offers the same qualified name', () => {
    const first = { alias: 'a', originalName: 'b_c' };
    const second = { alias: 'a_b', originalName: 'c' };
    const names = [...assignQualifiedNames([first, second])];
    expect(names[0]).toEqual(['a_b_c', first]);
    expect(names[1]?.[0]).toMatch(/^a_b_c_[0-9a-z]{6}$/);
    expect(names[1]?.[1]).toBe(second);
  });

  it('gives every item a name of its own', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            alias: fc.constantFrom('a', 'a-b', 'b'),
            originalName: fc.string({ minLength: 1, maxLength: 60 }),
          }),
          { maxLength: 60 },
        ),
        (items) => {
          expect(assignQualifiedNames(items).size).toBe(items.length);
        },
      ),
    );
  });
});
