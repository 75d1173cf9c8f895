/**
 * catalogue/search/words.test — how texts become words, and what an unknown word is taken for.
 */
import { expect, it } from 'vitest';
import { editDistance, notionsOf } from './query.ts';
import { headAndRest } from './searched-text.ts';
import { splitEastAsian } from './thesaurus.ts';
import { pairsOf, stem, wordsOf } from './words.ts';

it.each([
  ['read_text_file', ['read', 'text', 'file']],
  ['getHTTPResponse2', ['get', 'http', 'response2']],
  ['API-post-page', ['api', 'post', 'page']],
  ["capture d'écran", ['capture', 'd', 'ecran']],
  ['Größe', ['grosse']],
  ['ファイルを読む file', ['ファイルを読む', 'file']],
  ['  ', []],
])('takes %j apart', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

it.each([
  ['branches', 'branch'],
  ['create', 'creating'],
  ['delete', 'deleted'],
  ['entity', 'entities'],
  ['run', 'running'],
  ['file', 'files'],
])('gives %s and %s one stem', (one, other) => {
  expect(stem(one)).toBe(stem(other));
});

it.each([
  ['status', 'stat'],
  ['class', 'clas'],
  ['string', 'str'],
])('keeps %s apart from %s', (one, other) => {
  expect(stem(one)).not.toBe(other);
});

it.each([
  ['branch', 'brnach', 1],
  ['delete', 'delte', 1],
  ['screenshot', 'screenshoot', 1],
  ['read', 'write', 3],
])('counts the mistakes from %s to %s', (one, other, distance) => {
  expect(editDistance(one, other, 2)).toBe(distance);
});

it('finds known words in text without spaces, the longest first', () => {
  expect(splitEastAsian('创建文件夹')).toEqual({ known: ['创建', '文件夹'], rest: [] });
  expect(splitEastAsian('饕餮文件')).toEqual({ known: ['文件'], rest: ['饕餮'] });
  expect(pairsOf('数据库')).toEqual(['数据', '据库']);
});

function meant(query: string, ...vocabulary: string[]): string[][] {
  const known = new Set(vocabulary.map(stem));
  const notions = notionsOf(query, { has: (one) => known.has(one), stems: () => known });
  return notions.map(({ alternatives }) => alternatives.map(({ stems }) => stems.join('+')));
}

it('takes a word that is known as it is', () => {
  expect(meant('file', 'file', 'filex')).toEqual([['fil']]);
});

it('looks for an unknown word in other languages, in two words, among misspellings and beginnings', () => {
  expect(meant('Datei', 'file')).toEqual([['fil']]);
  expect(meant('readfile', 'read', 'file')).toEqual([['read'], ['fil']]);
  expect(meant('brnach', 'branch')).toEqual([['branch']]);
  expect(meant('histog', 'histogram')).toEqual([['histogram']]);
});

it('keeps a notion that nobody knows, so that it counts as missing', () => {
  expect(meant('pizza', 'file')).toEqual([[]]);
});

it('passes over what says nothing, unless nothing else is said', () => {
  expect(meant('please show me the file', 'file', 'get')).toContainEqual(['fil']);
  expect(meant('who', 'who')).toEqual([['who']]);
});

it('reads the first sentence of a description as what it says first', () => {
  const [first, rest] = ['Lists all branches of a repository.', ' Use it for…'];
  expect(headAndRest(`\n  ${first} ${rest}`)).toEqual([first, rest]);
  expect(headAndRest('Hi. This lists all branches of it.')[0].length).toBe(24);
  expect(headAndRest('x'.repeat(1_000))[0].length).toBe(160);
});
