/**
 * architecture/error-pages.test — every table of errors has its pages, no page is left of what is gone, and all can be read.
 */
import { expect, it } from 'vitest';
import { describedErrors, errorPages } from '../../scripts/docs/error-pages.ts';
import { readRepository } from './tree.ts';

const pages = new Map(errorPages());
const tree = readRepository();

it('has a page for every code of every table, and no other', () => {
  const rooms = [...tree].flatMap(([file, text]) =>
    file.startsWith('src/') && !file.endsWith('.test.ts')
      ? [...text.matchAll(/\bdefineErrors\('([\w-]+)'/g)].map((match) => match[1])
      : [],
  );
  const documented = new Set([...describedErrors.keys()].map((code) => code.split('.')[0]));
  // `upstream` stands in the example of defineErrors itself, too.
  expect(rooms.filter((room) => !documented.has(room))).toEqual([]);
  const written = [...tree.keys()].filter((file) => file.startsWith('docs/errors/'));
  expect(written.filter((file) => !pages.has(file))).toEqual([]);
});

it.each([...pages])('%s says something sensible', (_, text) => {
  expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\[object/);
});

it('says why, and whether to try it again', () => {
  for (const [code, { why }] of describedErrors) expect(pages.get(`docs/errors/${code}.md`)).toContain(why);
});
