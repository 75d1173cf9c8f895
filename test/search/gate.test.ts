/**
 * search/gate.test — how well tools are found, in figures that must not fall. They are printed with every run.
 *
 * 504 definitions of 24 real servers; requests in users' words. `later` are requests that nothing was tuned for.
 */
import { expect, it } from 'vitest';
import { estimateTokens } from '../../src/base/index.ts';
import { searchTools, View } from '../../src/catalogue/index.ts';
import { BuiltInRig } from '../support/builtin-rig.ts';
import { viewOfCorpus } from './corpus.ts';
import { laterRequests, type SearchRequest, searchRequests } from './requests.ts';

interface Figures {
  readonly asked: number;
  /** A right one first, among three, among ten; in percent. */
  readonly at1: number;
  readonly at3: number;
  readonly at10: number;
  /** "Nothing fits" was said, in percent. */
  readonly saidNothing: number;
}

const { servers, tools } = viewOfCorpus();
const answers = new Map<SearchRequest, { readonly rank: number; readonly isConfident: boolean }>();

async function answerTo(request: SearchRequest) {
  let answer = answers.get(request);
  if (answer === undefined) {
    const [, words, ...right] = request;
    const { targets, isConfident } = await searchTools(tools, words, 10);
    const rank = targets.findIndex(({ alias, originalName }) => right.includes(`${alias}/${originalName}`));
    answer = { rank: rank === -1 ? Number.POSITIVE_INFINITY : rank, isConfident };
    answers.set(request, answer);
  }
  return answer;
}

async function figuresOf(requests: readonly SearchRequest[]): Promise<Figures> {
  const all = await Promise.all(requests.map(answerTo));
  const percent = (count: number): number => Math.round((1_000 * count) / all.length) / 10;
  return {
    asked: all.length,
    at1: percent(all.filter(({ rank }) => rank < 1).length),
    at3: percent(all.filter(({ rank }) => rank < 3).length),
    at10: percent(all.filter(({ rank }) => rank < 10).length),
    saidNothing: percent(all.filter(({ isConfident }) => !isConfident).length),
  };
}

const everything = [...searchRequests, ...laterRequests];
const ofKind = (kind: SearchRequest[0]) => everything.filter((request) => request[0] === kind);
const withAnswer = (requests: readonly SearchRequest[]) => requests.filter(([kind]) => kind !== 'nothing');

it('asks for what is there: every right answer is a tool of the corpus', () => {
  const named = new Set([...tools.values()].map(({ alias, originalName }) => `${alias}/${originalName}`));
  const wrong = everything.flatMap(([, , ...right]) => right.filter((one) => !named.has(one)));
  expect(wrong).toEqual([]);
  expect(tools.size).toBeGreaterThanOrEqual(300);
  expect(everything.length).toBeGreaterThanOrEqual(120);
  expect(ofKind('nothing').length).toBeGreaterThanOrEqual(20);
});

it('finds the right tool as often as before', async () => {
  const kinds = [...new Set(everything.map(([kind]) => kind))];
  const rows: Record<string, Figures> = {};
  for (const kind of kinds) rows[kind] = await figuresOf(ofKind(kind));
  rows['all with an answer'] = await figuresOf(withAnswer(everything));
  rows['of these later'] = await figuresOf(withAnswer(laterRequests));
  console.table(rows);

  expect(rows['plain']?.at1).toBeGreaterThanOrEqual(94);
  expect(rows['typo']?.at3).toBeGreaterThanOrEqual(90);
  expect(rows['all with an answer']?.at1).toBeGreaterThanOrEqual(86);
  expect(rows['all with an answer']?.at10).toBeGreaterThanOrEqual(94);
  expect(rows['of these later']?.at1).toBeGreaterThanOrEqual(70);
  expect(rows['of these later']?.at10).toBeGreaterThanOrEqual(85);
  expect(rows['nothing']?.saidNothing).toBeGreaterThanOrEqual(90);
  expect(rows['all with an answer']?.saidNothing).toBeLessThanOrEqual(8);
});

it('answers the same every time', async () => {
  const once = await searchTools(tools, 'list branches', 10);
  const again = await searchTools(new View(servers, false).tools, 'list branches', 10);
  expect(again.targets.map((target) => target.shownName)).toEqual(
    once.targets.map((target) => target.shownName),
  );
});

it('costs a model at most 600 tokens for ten results, and a caller at most 30 ms among 1,300 tools', async () => {
  const rig = await BuiltInRig.open({ times: 3 });
  expect((await rig.listed()).length).toBeGreaterThan(1_300);
  await rig.text('mcpmux_search_tools', { query: 'what comes first reads all tools' });
  const tokens: number[] = [];
  const times: number[] = [];
  for (const [, query] of everything) {
    const startedAt = performance.now();
    const text = await rig.text('mcpmux_search_tools', { query, limit: 10 });
    times.push(performance.now() - startedAt);
    tokens.push(estimateTokens(text));
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
  console.log(`ten results: at most ${Math.max(...tokens)} tokens; p95 ${p95.toFixed(1)} ms`);
  expect(Math.max(...tokens)).toBeLessThanOrEqual(600);
  expect(p95).toBeLessThanOrEqual(30);
});
