/**
 * access/selection.test — which features sets choose: members of every kind, nesting, cycles, exclude wins.
 */
import { expect, it } from 'vitest';
import { makeSet } from '../../test/support/access-world.ts';
import { raw } from '../../test/support/raw-json.ts';
import type { JsonObject } from '../base/index.ts';
import {
  everything,
  type FeatureKind,
  type FeatureSet,
  type FeatureSetId,
  type SetMember,
} from '../model/index.ts';
import { globMatcher, Selection } from './selection.ts';

const github = { name: 'GitHub', alias: 'gh' };
const files = { name: 'files', alias: 'files' };
const item = (annotations?: JsonObject) => raw(annotations === undefined ? {} : { annotations });

const offered: readonly [string, typeof github, FeatureKind, string, JsonObject?][] = [
  ['gh list', github, 'tool', 'list_issues', { readOnlyHint: true }],
  ['gh delete', github, 'tool', 'delete_branch', { destructiveHint: true }],
  ['gh create', github, 'tool', 'create_issue', { destructiveHint: false }],
  ['gh odd', github, 'tool', 'odd'],
  ['gh prompt', github, 'prompt', 'review'],
  ['files read', files, 'tool', 'read', { readOnlyHint: true }],
  ['files text', files, 'resource', 'file:///notes.md'],
];

const include = (member: object): SetMember => ({ mode: 'include', ...member }) as SetMember;
const exclude = (member: object): SetMember => ({ mode: 'exclude', ...member }) as SetMember;
const all = { kind: 'pattern', pattern: '*' };

function chosenBy(sets: readonly FeatureSet[], others: readonly FeatureSet[] = []): string[] {
  const known = new Map([...sets, ...others].map((set) => [set.id, set]));
  const selection = new Selection(sets, (id) => known.get(id));
  return offered
    .filter(([, server, kind, originalName, annotations]) =>
      selection.has({ kind, originalName, item: item(annotations) }, server),
    )
    .map(([name]) => name);
}

it.each<[string, SetMember[], string[]]>([
  ['nothing', [], []],
  ['everything', [everything], offered.map(([name]) => name)],
  ['one feature', [include({ kind: 'feature', server: 'github', feature: 'tool', name: 'odd' })], ['gh odd']],
  [
    'a feature of that name and another kind',
    [include({ kind: 'feature', server: 'github', feature: 'prompt', name: 'odd' })],
    [],
  ],
  [
    'a feature that has vanished',
    [include({ kind: 'feature', server: 'gone', feature: 'tool', name: 'x' })],
    [],
  ],
  ['a whole server', [include({ kind: 'server', server: 'files' })], ['files read', 'files text']],
  [
    'a server as it was',
    [include({ kind: 'server', server: 'files', known: ['tool:read'] })],
    ['files read'],
  ],
  [
    'names as clients see them',
    [include({ kind: 'pattern', pattern: 'gh_*issue*' })],
    ['gh list', 'gh create'],
  ],
  [
    'names of a server by its name',
    [include({ kind: 'pattern', pattern: 'GitHub:*_branch' })],
    ['gh delete'],
  ],
  ['names of any server', [include({ kind: 'pattern', pattern: '*:re*' })], ['gh prompt', 'files read']],
  ['addresses', [include({ kind: 'pattern', pattern: 'files:file:///*' })], ['files text']],
  ['a pattern for one kind', [include({ kind: 'pattern', pattern: '*', feature: 'prompt' })], ['gh prompt']],
  [
    'what only reads',
    [include({ kind: 'rule', hint: 'readOnlyHint', value: true })],
    ['gh list', 'files read'],
  ],
  [
    'what only reads of one server',
    [include({ kind: 'rule', hint: 'readOnlyHint', value: true, server: 'files' })],
    ['files read'],
  ],
  [
    'all that may destroy, said or not',
    [include({ kind: 'rule', hint: 'destructiveHint', value: true })],
    ['gh delete', 'gh odd'],
  ],
  [
    'all but what may destroy',
    [include(all), exclude({ kind: 'rule', hint: 'destructiveHint', value: true })],
    ['gh list', 'gh create', 'gh prompt', 'files read', 'files text'],
  ],
  [
    'exclude wins, whatever the order',
    [
      exclude({ kind: 'server', server: 'github' }),
      include(all),
      include({ kind: 'feature', server: 'github', feature: 'tool', name: 'odd' }),
    ],
    ['files read', 'files text'],
  ],
])('chooses %s', (_, members, expected) => {
  expect(chosenBy([makeSet('one', undefined, members)])).toEqual(expected);
});

const nested = (set: string) => ({ kind: 'set', set: set as FeatureSetId });

it('takes the union of several sets, and an exclude in one of them counts for all', () => {
  const reads = makeSet('reads', undefined, [include({ kind: 'rule', hint: 'readOnlyHint', value: true })]);
  const branch = makeSet('branch', undefined, [include({ kind: 'pattern', pattern: 'gh_delete_branch' })]);
  const noFiles = makeSet('no-files', undefined, [exclude({ kind: 'server', server: 'files' })]);
  expect(chosenBy([reads, branch])).toEqual(['gh list', 'gh delete', 'files read']);
  expect(chosenBy([reads, branch, noFiles])).toEqual(['gh list', 'gh delete']);
});

it('brings the members of nested sets, and takes away what an excluded one would choose', () => {
  const reads = makeSet('reads', undefined, [include({ kind: 'rule', hint: 'readOnlyHint', value: true })]);
  const holder = makeSet('holder', undefined, [include(nested('reads'))]);
  const without = makeSet('without', undefined, [include(all), exclude(nested('reads'))]);
  expect(chosenBy([holder], [reads])).toEqual(['gh list', 'files read']);
  expect(chosenBy([without], [reads])).toEqual([
    'gh delete',
    'gh create',
    'gh odd',
    'gh prompt',
    'files text',
  ]);
  // Also where it is asked for beside.
  expect(chosenBy([reads, without])).toEqual(['gh delete', 'gh create', 'gh odd', 'gh prompt', 'files text']);
});

it('ends at a cycle and gives the union', () => {
  const one = makeSet('one', undefined, [
    include(nested('two')),
    include({ kind: 'pattern', pattern: 'gh_odd' }),
  ]);
  const two = makeSet('two', undefined, [
    include(nested('one')),
    include({ kind: 'pattern', pattern: 'files_read' }),
  ]);
  const self = makeSet('self', undefined, [include(nested('self')), exclude(nested('self')), include(all)]);
  const around = makeSet('around', undefined, [include(all), exclude(nested('back'))]);
  const back = makeSet('back', undefined, [
    include(nested('around')),
    include({ kind: 'pattern', pattern: 'gh_odd' }),
  ]);
  expect(chosenBy([one], [two])).toEqual(['gh odd', 'files read']);
  expect(chosenBy([self])).toHaveLength(offered.length);
  expect(chosenBy([around], [back])).toEqual(
    offered.map(([name]) => name).filter((name) => name !== 'gh odd'),
  );
});

it.each<[string, SetMember[], boolean]>([
  ['everything', [everything], true],
  ['the whole server', [include({ kind: 'server', server: 'github' })], true],
  ['the server as it was', [include({ kind: 'server', server: 'github', known: [] })], false],
  ['another server', [include({ kind: 'server', server: 'files' })], false],
  [
    'everything but something of it',
    [everything, exclude({ kind: 'feature', server: 'github', feature: 'tool', name: 'x' })],
    false,
  ],
  ['everything but something of another', [everything, exclude({ kind: 'server', server: 'files' })], true],
  [
    'everything but what a rule says',
    [everything, exclude({ kind: 'rule', hint: 'readOnlyHint', value: true })],
    false,
  ],
])('knows whether %s is all of a server: %#', (_, members, isWhole) => {
  const set = makeSet('one', undefined, members);
  expect(new Selection([set], () => undefined).isWhole(github)).toBe(isWhole);
});

it.each([
  ['*', '', true],
  ['a*', 'a', true],
  ['a*b', 'ab', true],
  ['a*b', 'a-b-', false],
  ['*a*b*', '-a-b-', true],
  ['*a*b*', '-b-a-', false],
  ['a*a', 'a', false],
  ['a', 'ab', false],
  ['**x**', 'x', true],
])('matches %s with %s: %s', (pattern, text, verdict) => expect(globMatcher(pattern)(text)).toBe(verdict));
