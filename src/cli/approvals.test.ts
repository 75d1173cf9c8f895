/**
 * cli/approvals.test — `mcpmux approvals` over the real desk and rules.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { firstSpaceId } from '../../test/support/first-space.ts';
import type { ApprovalWish } from '../access/index.ts';
import type { FeatureId, PrincipalId, ServerId } from '../model/index.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const wish: ApprovalWish = {
  principalId: 'client:c1' as PrincipalId,
  client: 'Claude Code',
  spaceId: firstSpaceId,
  serverId: 's1' as ServerId,
  serverName: 'github',
  featureId: 'f1' as FeatureId,
  tool: 'github_create_issue',
  arguments: '{"repo":"acme-api","title":"a b","body":"\\u202e"}',
  because: 'every call of this tool waits for you',
  definitionHash: 'd',
  hash: 'h',
};

describe('mcpmux approvals', () => {
  it('says that nothing waits', async () => {
    expect(await bench.run(['approvals'])).toMatchObject({
      code: 0,
      out: '',
      err: 'No call waits for you. Which ones would: mcpmux approvals rules\n',
    });
  });

  it('shows who wants what, and how to answer', async () => {
    bench.fake.approvals.desk.open(wish);
    const { out } = await bench.run(['approvals']);
    expect(out).toContain('github_create_issue  repo=acme-api title="a b" body="\\u202e"');
    expect(out).toContain('Allow once: mcpmux approvals allow 1');
    const json = JSON.parse((await bench.run(['approvals', '--json'])).out) as { waiting: unknown[] };
    expect(json.waiting).toMatchObject([
      { number: 1, clientId: 'c1', tool: 'github_create_issue', outcome: null },
    ]);
  });

  it('allows, refuses, and says when it was too late', async () => {
    const one = bench.fake.approvals.desk.open(wish);
    expect((await bench.run(['approvals', 'allow', '1'])).err).toBe(
      'github_create_issue for Claude Code: allowed once.\n',
    );
    expect(await one?.verdict).toEqual({ isAllowed: true });
    bench.fake.approvals.desk.open(wish);
    expect((await bench.run(['approvals', 'deny', '2'])).err).toContain('refused');
    expect(await bench.run(['approvals', 'allow', '2'])).toMatchObject({
      code: 4,
      err: 'mcpmux: the call 2 waits no more: it was refused\n  next: mcpmux approvals\n',
    });
    expect((await bench.run(['approvals', '--all'])).out).toContain('denied');
  });

  it('allows for good, and takes that back', async () => {
    bench.fake.approvals.desk.open(wish);
    expect((await bench.run(['approvals', 'allow', '1', '--always'])).err).toContain('allowed from now on');
    const rules = await bench.run(['approvals', 'rules', '--json']);
    const { standing } = JSON.parse(rules.out) as { standing: { id: string }[] };
    expect(standing).toMatchObject([{ client: 'Claude Code', tool: 'github_create_issue' }]);
    expect((await bench.run(['approvals', 'remove', standing[0]?.id.slice(0, 8) ?? ''])).code).toBe(0);
    expect((await bench.run(['approvals', 'rules'])).out).toBe('');
  });

  it.each<[says: string, words: string[], shown: string]>([
    ['a tool', ['github_search'], 'From now on calls of github_search wait for you: github_search.'],
    ['a server', ['github'], 'calls of the server github wait for you: github_create_issue, github_search.'],
    ['a pattern', ['*issue*'], 'calls of tools like *issue* wait for you: github_create_issue.'],
    ['a pattern that fits nothing', ['zzz*'], 'no tool is like that yet'],
    ['what writes', ['--writes'], 'tools that do not say that they only read'],
    ['what destroys', ['--destroys'], 'tools that do not say that they destroy nothing'],
  ])('has %s wait', async (_, words, shown) => {
    const { code, err } = await bench.run(['approvals', 'require', ...words]);
    expect(code).toBe(0);
    expect(err).toContain(shown);
    expect(err).toMatch(/Undo: mcpmux approvals remove \w{8}/);
    const { out } = await bench.run(['approvals', 'rules']);
    expect(out).toContain('Take one back: mcpmux approvals remove ');
  });

  it.each<[says: string, words: string[], code: number, err: string]>([
    ['an unknown tool, with the nearest', ['require', 'github_serch'], 4, 'did you mean: github_search'],
    ['nothing named', ['require'], 2, 'name a tool, a server or a pattern'],
    ['two things named', ['require', 'github', '--writes'], 2, 'name a tool, a server or a pattern'],
    ['an unknown Space', ['require', 'github', '--space', 'moon'], 4, 'there is no Space "moon"'],
    ['a rule that is not there', ['remove', 'abc'], 4, 'no rule and no lasting approval has the id "abc"'],
    ['a call that is not there', ['deny', '7'], 4, 'no call waits under the number 7'],
    ['a number that is none', ['allow', 'x'], 2, 'whole number'],
  ])('refuses %s', async (_, words, code, err) => {
    const refused = await bench.run(['approvals', ...words]);
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(err);
  });
});
