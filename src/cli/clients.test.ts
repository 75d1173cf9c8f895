/**
 * cli/clients.test — the commands for clients and their keys, as a person or a script sees them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { fakeNow } from '../../test/support/fake-admin.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

describe('client', () => {
  it('list says who comes in, what it says it is, and what it may use', async () => {
    const { code, out } = await bench.run(['client', 'list']);
    expect(code).toBe(0);
    expect(out).toMatch(/^CLIENT +STATE +LAST SEEN +WITH +SAYS IT IS +MAY USE\n/);
    expect(out).toMatch(/^laptop +active +1 h ago +key +Claude Code 2\.1\.0 +what the rules give$/m);
  });

  it('show says what it speaks and how to shut it out', async () => {
    const { out, err } = await bench.run(['client', 'show', 'laptop']);
    expect(out).toContain('MCP 2026-07-28 (modern)');
    expect(out).toContain('elicitation');
    expect(err).toContain('mcpmux client pause laptop');
  });

  it.each([
    [['rename', 'laptop', 'Old one'], { alias: 'Old one' }, 'Undo: mcpmux client rename '],
    [['pause', 'laptop'], { status: 'paused' }, 'Undo: mcpmux client resume laptop'],
    [['resume', 'laptop'], { status: 'active' }, 'Undo: mcpmux client pause laptop'],
    [
      ['narrow', 'laptop', '--space', 'work', '--set', 'Read', '--set', 'Triage', '--until', '2d'],
      { space: 'work', featureSets: ['Read', 'Triage'], expiresAt: fakeNow + 3_600_000 + 172_800_000 },
      'Undo: mcpmux client narrow laptop --all',
    ],
    [['narrow', 'laptop', '--all'], { space: null, featureSets: [], expiresAt: null }, 'may use'],
    [['narrow', 'laptop', '--until', 'never'], { expiresAt: null }, 'may use'],
  ])('%j asks for %j', async (words, change, said) => {
    const { code, err } = await bench.run(['client', ...words]);
    expect([code, bench.fake.asked.at(-1)]).toEqual([
      0,
      { what: 'changeClient', with: { reference: 'laptop', change } },
    ]);
    expect(err).toContain(said);
  });

  it.each([
    [['narrow', 'laptop'], 'say what the client is held to'],
    [['narrow', 'laptop', '--all', '--space', 'x'], '--all takes the limits away'],
    [['narrow', 'laptop', '--until', 'yesterday'], '"yesterday" is no time to come (--until)'],
    [['narrow', 'laptop', '--until', '2001-01-01'], 'is no time to come'],
  ])('%j is refused: %s', async (words, said) => {
    const { code, err } = await bench.run(['client', ...words]);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
    expect(bench.fake.asked).toEqual([]);
  });

  it('add prints the client id alone, and says what the app needs', async () => {
    const words = ['client', 'add', 'My app', '--redirect', 'https://app.example/cb'];
    const { code, out, err } = await bench.run(words);
    expect([code, out]).toEqual([0, 'mcppc_abc\n']);
    expect(err).toContain('it has no secret');
    expect(bench.fake.asked.at(-1)).toEqual({
      what: 'addClient',
      with: { name: 'My app', redirectUris: ['https://app.example/cb'] },
    });
    expect((await bench.run(['client', 'add', 'My app'])).code).toBe(2);
  });

  it('revoke says that it cannot be undone', async () => {
    const { code, err } = await bench.run(['client', 'revoke', 'laptop']);
    expect([code, err]).toEqual([0, expect.stringContaining('This cannot be undone')]);
  });

  it('a name that nobody has gets the nearest', async () => {
    const { code, err } = await bench.run(['client', 'pause', 'labtop']);
    expect(code).not.toBe(0);
    expect(err).toContain('laptop');
  });
});

describe('key', () => {
  it('renew makes the next key and says when to revoke the old one', async () => {
    const { code, out, err } = await bench.run(['key', 'renew', 'this machine']);
    expect([code, out]).toEqual([0, expect.stringMatching(/^mcpk_/)]);
    expect(err).toMatch(/The old key still works\..*mcpmux key revoke 'this machine'/);
  });
});
