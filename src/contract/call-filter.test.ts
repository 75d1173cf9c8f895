/**
 * contract/call-filter.test — what can be typed, what it means, and what somebody hears who types something else.
 */
import { describe, expect, it } from 'vitest';
import { CallFilterError, callFilterWords, parseCallFilter } from './call-filter.ts';

/** 2026-12-01 16:07:13 UTC. */
const now = Date.UTC(2026, 11, 1, 16, 7, 13);
const hour = 3_600_000;

it.each([
  ['', {}],
  ['status:error', { outcomes: ['tool-error', 'error', 'timeout', 'refused'] }],
  ['status:timeout,refused', { outcomes: ['timeout', 'refused'] }],
  ['server:github,files tool:create_*', { servers: ['github', 'files'], tools: ['create_*'] }],
  ['client:"Claude Code"', { clients: ['Claude Code'] }],
  ['client:Claude Code', { clients: ['Claude'], words: ['Code'] }],
  [
    'folder:/home/ana space:work method:tools/call',
    { folders: ['/home/ana'], spaces: ['work'], methods: ['tools/call'] },
  ],
  ['duration:>500ms', { minMs: 500 }],
  ['>=2s', { minMs: 2_000 }],
  ['duration:<1.5s', { maxMs: 1_500 }],
  ['duration:1s..5s', { minMs: 1_000, maxMs: 5_000 }],
  ['since:10m until:2h', { since: now - 600_000, until: now - 2 * hour }],
  ['since:14:30', { since: Date.UTC(2026, 11, 1, 14, 30) }],
  ['since:23:00:05', { since: Date.UTC(2026, 10, 30, 23, 0, 5) }],
  ['since:2026-11-30', { since: Date.UTC(2026, 10, 30) }],
  ['since:2026-11-30T10:00:00Z', { since: Date.UTC(2026, 10, 30, 10) }],
  [
    'code:upstream.timed_out session:#12 trace:ABC issue',
    { code: 'upstream.timed_out', session: 12, trace: 'abc', words: ['issue'] },
  ],
  ['"a b" "c:d"', { words: ['a b', 'c:d'] }],
])('reads %s', (text, expected) => {
  expect(parseCallFilter(text, now, 0)).toEqual(expected);
});

it('reads the time of day where the person is', () => {
  expect(parseCallFilter('since:14:30', now, 60)).toEqual({ since: Date.UTC(2026, 11, 1, 13, 30) });
  expect(parseCallFilter('since:2026-12-01', now, -300)).toEqual({ since: Date.UTC(2026, 11, 1, 5) });
});

describe('what it cannot read', () => {
  it.each([
    ['statsu:error', 'there is no filter "statsu:"', 'did you mean status:error'],
    ['colour:red', 'there is no filter "colour:"', 'filters are status, server'],
    ['status:eror', 'there is no status "eror"', 'did you mean status:error'],
    ['status:purple', 'there is no status "purple"', 'status: takes ok, error'],
    ['server:', '"server:" says nothing after the colon', 'server: takes alias or id'],
    ['duration:soon', '"duration:soon" is no duration', 'duration: takes >500ms'],
    ['>x', '">x" is no duration', 'duration: takes >500ms'],
    ['since:yesterday', '"since:yesterday" is no moment', 'since: takes 10m'],
    ['until:25:00', '"until:25:00" is no moment', 'until: takes the same'.slice(0, 12)],
    ['session:one', '"session:one" is no number', 'mcpmux sessions'],
  ])('says of %s what is wrong and what is near', (text, message, hint) => {
    let thrown: unknown;
    try {
      parseCallFilter(text, now, 0);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CallFilterError);
    expect(thrown).toMatchObject({ message, hint: expect.stringContaining(hint) });
  });

  it('knows a meaning for each of its words', () => {
    expect(Object.values(callFilterWords).every((says) => says.length > 3)).toBe(true);
  });
});
