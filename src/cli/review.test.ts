/**
 * cli/review.test — `mcpmux review` over the real rules: what it shows, asks and refuses.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import type { JsonObject } from '../base/index.ts';
import type { ServerId } from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';

let bench: CliBench;
const github = 's1' as ServerId;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());

async function shows(...tools: JsonObject[]): Promise<void> {
  await bench.fake.review.catalogue.replace(github, {
    tools: tools.map((tool) => RawJson.ofText(JSON.stringify({ inputSchema: { type: 'object' }, ...tool }))),
    prompts: [],
    resources: [],
    templates: [],
  });
}
const offered = (): string[] =>
  bench.fake.review.catalogue.featuresOf(github).map(({ originalName }) => originalName);

beforeEach(async () => {
  bench.reset();
  await shows({ name: 'search', description: 'Searches code.' });
});

describe('mcpmux review', () => {
  it('says that nothing waits', async () => {
    expect(await bench.run(['review'])).toMatchObject({
      code: 0,
      out: '',
      err: 'Nothing waits for you: every server says what was approved.\n',
    });
  });

  it('shows what changed word by word, and what nobody would see', async () => {
    await shows({ name: 'search', description: 'Searches all\u200b code.' }, { name: 'star' });
    const all = await bench.run(['review']);
    expect(all.out).toContain('github  tool star    new');
    const one = await bench.run(['review', 'github']);
    expect(one.out).toContain('Searches {+all\\u200b +}code.');
    expect(one.out).toContain('it has characters that nobody sees: \\u200b');
    expect(one.out).not.toContain('\u200b');
    expect(one.out).toContain('2 of its definitions wait for you.');
  });

  it('accepts one by name, refuses the rest, and takes the refusal back', async () => {
    await shows({ name: 'search', description: 'Other.' }, { name: 'star' });
    expect((await bench.run(['review', 'github', '--accept', 'star', '--yes'])).code).toBe(0);
    expect(offered()).toEqual(['star']);
    expect((await bench.run(['review', 'github', '--reject', '--yes'])).err).toContain(
      'One definition refused',
    );
    expect((await bench.run(['review', 'github'])).out).toContain('text, refused');
    await bench.run(['review', 'github', '--accept', '--yes']);
    expect(offered()).toEqual(['search', 'star']);
  });

  it('asks first, and takes no for an answer', async () => {
    await shows({ name: 'search', description: 'Searches code.' }, { name: 'star' });
    const asked = await bench.run(['review', 'github', '--accept'], { isTerminal: true, input: 'n\n' });
    expect(asked.err).toContain('Accept it? [y/N]');
    expect(offered()).toEqual(['search']);
    await bench.run(['review', 'github', '--accept'], { isTerminal: true, input: 'y\n' });
    expect(offered()).toEqual(['search', 'star']);
  });

  it('changes the policy, which counts at once', async () => {
    await shows({ name: 'search', description: 'Other.' });
    expect(offered()).toEqual([]);
    const changed = await bench.run(['review', 'github', '--policy', 'follow']);
    expect(changed.err).toBe('github: whatever it changes is followed.\n');
    expect(offered()).toEqual(['search']);
  });

  it.each<[says: string, words: string[], code: number, err: string]>([
    ['nobody to ask', ['review', 'github', '--accept'], 2, 'nobody is here to be asked'],
    [
      'a name that is not held',
      ['review', 'github', '--accept', 'stars', '--yes'],
      2,
      'nothing is held under the name "stars"',
    ],
    ['no server', ['review', '--accept', '--yes'], 2, 'you did not say of which server'],
    ['two wishes', ['review', 'github', '--accept', '--policy', 'strict'], 2, 'one at a time'],
    ['an unknown server', ['review', 'gitlab'], 4, 'there is no server "gitlab"'],
  ])('refuses %s', async (_, words, code, err) => {
    await shows({ name: 'search', description: 'Searches code.' }, { name: 'star' });
    const refused = await bench.run(words);
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(err);
  });

  it('refuses a decision about a form that has changed meanwhile', async () => {
    await shows({ name: 'star' });
    const [held] = bench.fake.review.pins.held(github);
    await shows({ name: 'star', description: 'Under your eyes.' });
    await expect(bench.fake.parts.review.decide('github', [held as never], true)).rejects.toMatchObject({
      code: 'gateway.definition_moved',
    });
  });
});
