/**
 * observe/problems/problem-list.test — one list in order of harm, told once for each change, whole although a source fails.
 */
import { describe, expect, it } from 'vitest';
import { EventBus, ManualClock, silentLogger } from '../../base/index.ts';
import type { DomainEvent, FoundProblem, ServerState } from '../../model/index.ts';
import { ProblemList } from './problem-list.ts';
import { serverProblem } from './server-problems.ts';

const problem = (id: string, rest: Partial<FoundProblem> = {}): FoundProblem => ({
  id,
  code: 'test.problem',
  harm: 'failed',
  about: { kind: 'server', id },
  title: id,
  ...rest,
});

function open() {
  const clock = new ManualClock();
  const told: string[][] = [];
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  events.subscribe(({ event }) => {
    if (event.type === 'observe.problems_changed') told.push(event.problems.map(({ id }) => id));
  });
  return { clock, told, list: new ProblemList({ clock, events, logger: silentLogger }) };
}

describe('the list of problems', () => {
  it('begins with who waits, then what failed, the daemon first, the oldest first', async () => {
    const { list, clock } = open();
    const now = clock.now();
    list.register({
      name: 'all',
      find: () => [
        problem('note', { harm: 'note' }),
        problem('sign-in', { harm: 'sign-in' }),
        problem('young', { since: now - 1 }),
        problem('old', { since: now - 9 }),
        problem('store', { about: { kind: 'daemon' }, since: now }),
        problem('waits long', { harm: 'waits', until: now + 90 }),
        problem('waits', { harm: 'waits', until: now + 9 }),
      ],
    });
    expect((await list.list()).map(({ id }) => id)).toEqual([
      'waits',
      'waits long',
      'store',
      'old',
      'young',
      'sign-in',
      'note',
    ]);
  });

  it('keeps since when it knows of a problem whose source does not', async () => {
    const { list, clock } = open();
    const found: FoundProblem[] = [problem('full')];
    list.register({ name: 'disk', find: () => found });
    const [first] = await list.list();
    clock.advance(5_000);
    expect((await list.list())[0]?.since).toBe(first?.since);
    found.pop();
    expect(await list.list()).toEqual([]);
    found.push(problem('full'));
    expect((await list.list())[0]?.since).toBe((first?.since ?? 0) + 5_000);
  });

  it('is told once for each change, and not again while it stays', async () => {
    const { list, clock, told } = open();
    const found: FoundProblem[] = [];
    const end = list.register({ name: 'one', find: () => found });
    const settle = async (): Promise<void> => {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    };
    list.start();
    await settle();
    expect(told).toEqual([]);
    found.push(problem('a'));
    list.changed();
    list.changed();
    await settle();
    list.changed();
    await settle();
    expect(told).toEqual([['a']]);
    end();
    await settle();
    expect(told).toEqual([['a'], []]);
    list.close();
    list.changed();
    expect(clock.pending).toBe(0);
  });

  it('shows a source that fails beside the problems of the others', async () => {
    const { list } = open();
    list.register({ name: 'good', find: () => [problem('a')] });
    list.register({ name: 'bad', find: () => Promise.reject(new Error('no table')) });
    expect(await list.list()).toMatchObject([
      { id: 'a' },
      { id: 'source:bad', title: 'problems of bad cannot be read', cause: 'no table' },
    ]);
  });

  it('does not wait for a source that hangs', async () => {
    const { list, clock } = open();
    list.register({ name: 'hung', find: () => new Promise(() => {}) });
    const listed = list.list();
    clock.advance(2_000);
    expect(await listed).toMatchObject([{ id: 'source:hung' }]);
  });
});

const server = { id: 's1', name: 'My files', alias: 'files' };

it.each([
  ['connected', undefined, undefined],
  ['disabled', 'run: mcpmux enable files', undefined],
  ['disconnected', 'run: mcpmux refresh files', undefined],
  ['connecting', undefined, undefined],
  ['connecting', 'see: mcpmux logs files', ['waiting', 'mcpmux logs files', 'getServerLog']],
  [
    'failed',
    'see: mcpmux logs files, then: mcpmux refresh files',
    ['failed', 'mcpmux refresh files', 'refreshServer'],
  ],
  ['failed', 'install uv: https://docs.astral.sh/uv/', ['failed', 'mcpmux refresh files', 'refreshServer']],
  ['sign-in-required', 'run: mcpmux login files', ['sign-in', 'mcpmux login files', 'connectServer']],
  ['authenticating', 'finish it in the browser', ['waits', 'mcpmux login files', 'connectServer']],
  [
    'needs-configuration',
    "run: mcpmux tune files --input 'key'",
    ['configuration', "mcpmux tune files --input 'key'", 'changeServer'],
  ],
  ['waiting', undefined, ['waiting', 'mcpmux refresh files', 'refreshServer']],
  ['connected', 'run: mcpmux login files', ['sign-in', 'mcpmux login files', 'connectServer']],
  ['connected', 'run: mcpmux auth doctor files', ['sign-in', 'mcpmux auth doctor files', 'diagnoseSignIn']],
  ['connected', 'run: mcpmux refresh files', ['limits', 'mcpmux refresh files', 'refreshServer']],
] as const)('a server that is %s with the step %s', (status, nextStep, expected) => {
  const state = { status, nextStep, since: 1, reason: 'why' } as unknown as ServerState;
  const found = serverProblem({ server, state });
  const seen = found && [found.harm, found.fix?.command, found.fix?.act?.route];
  expect(seen).toEqual(expected);
});
