/**
 * access/client-profiles.test — which client is which, and what of a list it could not use.
 */
import { expect, it } from 'vitest';
import { qualifiedNameLimit } from '../catalogue/index.ts';
import { clientProfiles, profileOf, warningsFor } from './client-profiles.ts';

it.each([
  ['claude-code', 'claudecode'],
  ['Claude Code', 'claudecode'],
  ['Cursor 1.7', 'cursor'],
  ['cursor-vscode', 'cursor'],
  ['Visual Studio Code', 'visualstudiocode'],
  ['Visual Studio Code - Insiders', 'visualstudiocode'],
  ['gemini-cli-mcp-client', 'gemini'],
  ['codex-mcp-client', 'codex'],
  ['my client', undefined],
  ['', undefined],
  [undefined, undefined],
])('takes %s for %s', (name, expected) => expect(profileOf(name)?.name).toBe(expected));

it('says which tools a client would drop, and nothing of a list that it can use', () => {
  const cursor = profileOf('cursor');
  const many = Array.from({ length: 83 }, (_, at) => `t_${at}`);
  expect(cursor && warningsFor(cursor, many)).toEqual([
    'it takes 80 tools at most (seen 2026-02), and this list has 83; the last 3 may be dropped: t_80, t_81, t_82',
  ]);
  expect(cursor && warningsFor(cursor, many.slice(0, 80))).toEqual([]);
  const [warning] = (cursor && warningsFor(cursor, ['n'.repeat(46)], 'a-long-name-of-ours')) ?? [];
  expect(warning).toContain('names of more than 60 characters');
});

it('gives no name that a known client would drop, with our entry in front', () => {
  const longest = 'n'.repeat(qualifiedNameLimit);
  for (const profile of clientProfiles)
    expect([profile.name, warningsFor(profile, [longest])]).toEqual([profile.name, []]);
});

it('dates each fact', () => {
  for (const { asOf } of clientProfiles) expect(asOf).toMatch(/^20\d\d-\d\d$/);
});
