import { describe, expect, it } from 'vitest';
import { checkErrorCodes, checkEventTypes, checkFileNames, checkMetricNames } from './names.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();
const table =
  "export const upstreamError = defineErrors('upstream', {\n  timed_out: { kind: 'timeout', says: () => '' },\n});";

describe('error codes', () => {
  it('start with their room and stand in its table in this repository', () => {
    expect(report(checkErrorCodes(repository))).toEqual([]);
  });

  it.each([
    [
      "another room's table",
      { 'src/gateway/errors.ts': table },
      'defines errors of "upstream" in the room gateway',
    ],
    [
      'a table with a computed name',
      { 'src/gateway/errors.ts': 'defineErrors(name, {});' },
      'defines errors of "?"',
    ],
    [
      'a row defined twice',
      { 'src/upstream/errors.ts': table, 'src/upstream/x.ts': table },
      'defines upstream.timed_out a second time',
    ],
    [
      'a code of no room',
      { 'src/cli/a.ts': "isMcpMuxError(error, 'net.down');" },
      '"net.down", which starts with no room',
    ],
    [
      'a code of no table',
      { 'src/cli/a.ts': "isMcpMuxError(error, 'upstream.gone');", 'src/upstream/errors.ts': table },
      'which no table defines',
    ],
  ])('refuses %s', (_, files, says) => {
    expect(report(checkErrorCodes(plant(files))).join()).toContain(says);
  });

  it('accepts a code that its table defines', () => {
    const files = {
      'src/cli/a.ts': "isMcpMuxError(error, 'upstream.timed_out');",
      'src/upstream/errors.ts': table,
    };
    expect(report(checkErrorCodes(plant(files)))).toEqual([]);
  });
});

describe('event types', () => {
  it('start with a room in this repository', () => {
    expect(report(checkEventTypes(repository))).toEqual([]);
  });

  it.each(['net.went_down', 'upstream', 'upstream.statusChanged', 'changed.upstream'])(
    'refuses "%s"',
    (type) => {
      const text = `export type DomainEvent = { readonly type: '${type}' } | { readonly type: 'upstream.status_changed' };`;
      expect(report(checkEventTypes(plant({ 'src/model/events.ts': text })))).toEqual([
        `src/model/events.ts:1 event type "${type}" is not <room>.<fact in the past tense>`,
      ]);
    },
  );
});

describe('metric names', () => {
  it('name a room in this repository', () => {
    expect(report(checkMetricNames(repository))).toEqual([]);
  });

  it('refuses a metric of no room', () => {
    const text =
      "new Histogram({ name: 'mcpmux_net_call_seconds' }); new Counter({ name: 'mcpmux_upstream_calls_total' });";
    expect(report(checkMetricNames(plant({ 'src/observe/metrics.ts': text })))).toEqual([
      'src/observe/metrics.ts:1 metric "mcpmux_net_call_seconds" does not name a room after mcpmux_',
    ]);
  });
});

describe('file names', () => {
  it('name a noun or an act in this repository', () => {
    expect(report(checkFileNames(repository))).toEqual([]);
  });

  it.each([
    'src/base/utils.ts',
    'src/http/helpers/read.ts',
    'test/common.ts',
    'src/cli/table-util.ts',
    'src/cli/readBody.ts',
  ])('refuses %s', (file) => {
    expect(report(checkFileNames(plant({ [file]: '' })))).toHaveLength(1);
  });
});
