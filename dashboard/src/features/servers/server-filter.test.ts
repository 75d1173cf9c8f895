import { expect, it } from 'vitest';
import { fitsFilter, fitsState, stateChoices } from './server-filter.ts';

const server = (status: string, more = {}) =>
  ({
    name: 'Post Gres',
    alias: 'postgres',
    space: 'work',
    launch: { kind: 'stdio' },
    state: { status, reason: 'connection refused' },
    ...more,
  }) as never;

it.each([
  ['failed', ['all', 'need-you']],
  ['waiting', ['all', 'need-you']],
  ['connected', ['all', 'connected']],
  ['refreshing', ['all', 'connected']],
  ['disconnected', ['all', 'stopped']],
  ['disabled', ['all', 'disabled']],
  ['connecting', ['all']],
])('%s is shown under %j', (status, choices) => {
  expect(stateChoices.filter((choice) => fitsState(server(status), choice))).toEqual(choices);
});

it.each([
  ['', true],
  ['post', true],
  ['GRES refused', true],
  ['state:failed', true],
  ['state:connected', false],
  ['transport:stdio post', true],
  ['transport:http', false],
  ['space:work', true],
  ['space:home', false],
  ['nothing', false],
])('the filter %j fits: %s', (filter, fits) => {
  expect(fitsFilter(server('failed'), filter)).toBe(fits);
});
