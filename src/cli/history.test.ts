/**
 * cli/history.test — what a person sees of what happened, against a real admin socket.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { benchNow, type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { callSample } from '../../test/support/fake-history.ts';
import type { CallDto } from '../contract/index.ts';
import { clockTime } from './call-text.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.reset();
  bench.fake.calls.push(
    callSample(1),
    callSample(2, {
      outcome: 'timeout',
      totalUs: 60_000_000,
      said: 'it did not answer',
      code: 'transport.timed_out',
    }),
    callSample(3, {
      outcome: 'tool-error',
      said: 'page is archived\u001b[2J',
      target: { ...callSample(3).target, server: 'notion', shownName: 'notion_update_page' },
    }),
  );
});

const at = (id: number): string => clockTime(callSample(id).endedAt - 12, benchNow);

it('shows the newest calls last, with how each ended', async () => {
  const { out, code } = await bench.run(['calls']);
  expect(code).toBe(0);
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/^# {2}WHEN +CLIENT +TOOL +TOOK {2}OUTCOME$/);
  expect(lines[1]).toBe(`1  ${at(1)}  claude-code  github_create_issue   12 ms  ok`);
  expect(lines[2]).toMatch(/^2 .*github_create_issue {2}60\.0 s {2}timed out$/);
  expect(lines[3]).toMatch(/^3 .*notion_update_page +12 ms {2}tool error: page is archived/);
  expect(out).not.toContain('\u001b');
  expect(lines[4]).toBe('One: mcpmux calls show 3');
});

it.each([
  [['status:error'], [2, 3]],
  [['server:github', 'status:ok'], [1]],
  [['tool:notion_*'], [3]],
  [['client:claude-code', 'duration:>1s'], [2]],
  [['archived'], []],
])('finds with %j', async (words, expected) => {
  const { out } = await bench.run(['calls', ...words, '--json']);
  const calls = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CallDto);
  expect(calls.map(({ id }) => id).reverse()).toEqual(expected);
});

it('goes through all pages for an export', async () => {
  for (let id = 4; id <= 2_100; id += 1) bench.fake.calls.push(callSample(id));
  const { out } = await bench.run(['calls', '--all', '--json']);
  expect(out.trimEnd().split('\n')).toHaveLength(2_100);
});

it.each([
  [['stauts:error'], 'there is no filter "stauts:"', 'did you mean status:error'],
  [['status:eror'], 'there is no status "eror"', 'did you mean status:error'],
])('says of %j what is near', async (words, message, hint) => {
  const { code, err } = await bench.run(['calls', ...words]);
  expect([code, err]).toEqual([2, `mcpmux: ${message}\n  next: ${hint}\n`]);
});

it('refuses an unknown filter also where somebody asks the API', async () => {
  const { code, err } = await bench.run(['calls', 'since:soon']);
  expect([code, err.split('\n')[0]]).toEqual([2, 'mcpmux: "since:soon" is no moment']);
});

it('shows one call, by its number or the time it began', async () => {
  const { out } = await bench.run(['calls', 'show', '#2']);
  expect(out).toContain('#2 github_create_issue  timed out');
  expect(out).toMatch(/^ {2}client +claude-code 2\.1\.0, key laptop, MCP 2025-11-25$/m);
  expect(out).toMatch(/^ {2}folder +\/home\/ana\/code\/acme$/m);
  expect(out).toMatch(/^ {2}code +transport\.timed_out$/m);
  expect(out).toMatch(/^ {2}server +─+ +11 ms$/m);
  const time = at(1).split(' ').at(-1) ?? '';
  expect((await bench.run(['calls', 'show', time])).code).toBe(0);
});

it('says when there is no such call', async () => {
  expect((await bench.run(['calls', 'show', '99'])).code).toBe(4);
  expect((await bench.run(['calls', 'show', 'x'])).code).toBe(2);
});

it('says so while nothing has happened', async () => {
  bench.fake.calls.length = 0;
  const { out, err } = await bench.run(['calls']);
  expect([out, err]).toEqual([
    '',
    'No calls yet. Ask a client to use a tool, or try one: mcpmux call TOOL\n',
  ]);
});

it('explains a server, a call and an error code, each with its next step', async () => {
  const server = await bench.run(['explain', 'files']);
  expect(server.out).toMatch(
    /^files fails because it fails inside and says no more than HTTP 500\.\n\n {2}state +server "files" answered HTTP 500$/m,
  );
  expect(server.out).toMatch(/^next: its operator has to look into its log$/m);
  const call = await bench.run(['explain', '2']);
  expect(call.out).toContain('github did not answer within 60.0 s and said nothing meanwhile.');
  expect((await bench.run(['explain', 'upstream.timed_out'])).out).toContain(
    'upstream.timed_out means: server "SERVER" did not answer',
  );
  expect((await bench.run(['explain'])).out).toContain('Nothing needs you');
  const unknown = await bench.run(['explain', 'fils']);
  expect([unknown.code, unknown.err]).toEqual([
    4,
    'mcpmux: there is no call, server, client or error code "fils"\n  next: did you mean: files\n',
  ]);
  expect((await bench.run(['explain', 'upstream.timedout'])).err).toContain(
    'did you mean: upstream.timed_out',
  );
});
