/**
 * access/folder-path.test — one folder has one text, however it is written.
 */
import { expect, it } from 'vitest';
import { isWithin, looksLikeFolder, normalizeFolder, parentFolder } from './folder-path.ts';

it.each([
  ['/home/me/code', '/home/me/code'],
  ['/home/me/code/', '/home/me/code'],
  ['//home//me///code', '/home/me/code'],
  ['/home/me/./code/../notes', '/home/me/notes'],
  ['/../../home', '/home'],
  ['/Home/Me', '/Home/Me'],
  ['/home/me/100%25', '/home/me/100%25'],
  ['file:///home/me/my%20code', '/home/me/my code'],
  ['file://localhost/home/me', '/home/me'],
  ['FILE:/home/me', '/home/me'],
  ['file:///home/me/code?x#y', '/home/me/code'],
  ['C:\\Code\\App', 'c:\\code\\app'],
  ['C:/Code/App/', 'c:\\code\\app'],
  ['/C:/Code/App', 'c:\\code\\app'],
  ['//C:/Code/App', 'c:\\code\\app'],
  ['c:\\code\\.\\x\\..\\app\\\\', 'c:\\code\\app'],
  ['file:///c%3A/Code/App', 'c:\\code\\app'],
  ['file:///C:/Code/My%20App', 'c:\\code\\my app'],
  ['file://C:/Code', 'c:\\code'],
  ['\\\\Server\\Share\\Team', '\\\\server\\share\\team'],
  ['\\\\server\\share', '\\\\server\\share'],
  ['file://Server/Share/Team', '\\\\server\\share\\team'],
  ['file:////server/share/team', '\\\\server\\share\\team'],
  ['\\\\?\\C:\\Code', 'c:\\code'],
  ['\\\\?\\UNC\\server\\share\\x', '\\\\server\\share\\x'],
  ['/home/ä/日本', '/home/ä/日本'],
])('writes %s as %s', (text, folder) => {
  expect(normalizeFolder(text)).toEqual({ ok: true, folder });
  expect(normalizeFolder(folder)).toEqual({ ok: true, folder });
});

it.each([
  ['', 'empty'],
  ['code/app', 'not absolute'],
  ['~/code', 'not absolute'],
  ['C:code', 'not absolute'],
  ['/', 'root of the file system'],
  ['/..', 'root of the file system'],
  ['file:///', 'root of the file system'],
  ['C:\\', 'whole drive'],
  ['c:', 'whole drive'],
  ['\\\\server', 'no folder on it'],
  ['C:\\a<b', 'characters'],
  ['C:\\a:b', 'characters'],
  ['/a\nb', 'control characters'],
  ['/a\u0000b', 'control characters'],
  ['file:///a%00b', 'control characters'],
  ['file:///a%zz', 'names no folder'],
  [`/${'x'.repeat(5_000)}`, 'longer than'],
])('refuses %j and says why', (text, reason) => {
  const verdict = normalizeFolder(text);
  expect(verdict.ok ? verdict.folder : verdict.reason).toContain(reason);
  expect(verdict.ok).toBe(false);
});

it.each([
  ['/a/b', '/a'],
  ['/a', undefined],
  ['c:\\a\\b', 'c:\\a'],
  ['c:\\a', undefined],
  ['\\\\s\\share\\x', '\\\\s\\share'],
  ['\\\\s\\share', undefined],
])('knows that %s lies in %s', (folder, parent) => expect(parentFolder(folder)).toBe(parent));

it.each([
  ['/a/b', '/a', true],
  ['/a', '/a', true],
  ['/ab', '/a', false],
  ['c:\\a\\b', 'c:\\a', true],
  ['c:\\ab', 'c:\\a', false],
])('says whether %s is within %s: %s', (folder, outer, verdict) =>
  expect(isWithin(folder, outer)).toBe(verdict),
);

it.each([
  ['/a', true],
  ['file:///a', true],
  ['C:\\a', true],
  ['\\\\s\\x', true],
  ['ci-runner', false],
  ['client:abc', false],
])('takes %s for a folder: %s', (text, verdict) => expect(looksLikeFolder(text)).toBe(verdict));
