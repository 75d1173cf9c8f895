/**
 * model/call-filter.test — which calls fit which filter.
 */
import { expect, it } from 'vitest';
import { callSample } from '../../test/support/fake-history.ts';
import { fitsFilter } from './call-filter.ts';

it.each([
  [{}, true],
  [{ servers: ['GitHub'] }, true],
  [{ servers: ['s1'] }, true],
  [{ servers: ['git'] }, false],
  [{ tools: ['create_issue'] }, true],
  [{ tools: ['github_create_issue'] }, true],
  [{ tools: ['create_*'] }, true],
  [{ tools: ['*_issue'] }, true],
  [{ tools: ['git*create*sue'] }, true],
  [{ tools: ['create_*_issue'] }, false],
  [{ tools: ['delete', 'create_issue'] }, true],
  [{ clients: ['laptop'] }, true],
  [{ clients: ['claude-code'] }, true],
  [{ clients: ['c1'] }, true],
  [{ clients: ['cursor'] }, false],
  [{ folders: ['/home/ana/code/acme'] }, true],
  [{ folders: ['/home/ana/'] }, true],
  [{ folders: ['/'] }, true],
  [{ folders: ['/home/an'] }, false],
  [{ folders: ['/home/ana/code/acme/deep'] }, false],
  [{ outcomes: ['error'] }, false],
  [{ minMs: 12, maxMs: 12 }, true],
  [{ minMs: 13 }, false],
  [{ maxMs: 11 }, false],
  [{ since: 1_700_000_001_000, until: 1_700_000_001_000 }, true],
  [{ since: 1_700_000_001_001 }, false],
  [{ session: 2 }, false],
  [{ words: ['ISSUE', 'git'] }, true],
  [{ words: ['issue', 'pull'] }, false],
  [{ servers: ['github'], clients: ['cursor'] }, false],
] as const)('%j: %s', (filter, fits) => {
  expect(fitsFilter(filter, callSample(1))).toBe(fits);
});

it('takes a call without a folder for none of any folder', () => {
  const { party } = callSample(1);
  expect(fitsFilter({ folders: ['/'] }, callSample(1, { party: { ...party, folder: undefined } }))).toBe(
    false,
  );
});
