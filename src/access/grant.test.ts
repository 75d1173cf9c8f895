/**
 * access/grant.test — the table of who gets what, and what is told of how it was decided.
 */
import { describe, expect, it } from 'vitest';
import { accessWorld } from '../../test/support/access-world.ts';
import { firstSpace } from '../../test/support/first-space.ts';
import type { SpaceId } from '../model/index.ts';
import { grantOfAll, resolveGrant } from './grant.ts';
import { resolutionCases } from './resolution-cases.ts';

describe('what a caller gets when', () => {
  it.each(resolutionCases.map((row) => [row.says, row] as const))('%s', (_, row) => {
    const snapshot = accessWorld({
      ...(row.unmapped !== undefined && { unmapped: row.unmapped }),
      ...(row.isPlain === true && { mappings: [], spaces: [firstSpace] }),
    });
    const grant = resolveGrant({ route: { kind: 'all' }, ...row.facts }, snapshot);
    expect(
      grant && {
        space: grant.spaceId,
        sets: grant.setIds,
        by: grant.signal,
        ...(grant.isPending && { waits: true }),
      },
    ).toEqual(row.gets);
    // The rule is one of those that were considered, and the only one that decided.
    const decided =
      grant?.considered.filter(({ outcome }) => outcome === 'decided' || outcome === 'waits') ?? [];
    expect(decided.map(({ signal }) => signal)).toEqual(grant === undefined ? [] : [grant.signal]);
  });
});

it('gives equal keys to callers who see the same, by whatever rule', () => {
  const snapshot = accessWorld();
  const grants = [
    { workspace: '/code/app' },
    { bridgeFolder: '/code/tree/x' },
    { route: { kind: 'set', set: 'triage' } as const },
  ].map((facts) => resolveGrant({ route: { kind: 'all' }, ...facts }, snapshot)?.key);
  expect(new Set(grants).size).toBe(1);
  expect(resolveGrant({ route: { kind: 'all' } }, snapshot)?.key).not.toBe(grants[0]);
});

it('tells a claim that was not granted apart from one that is not mapped', () => {
  const access = { spaceLock: 'default' as SpaceId };
  const grant = resolveGrant({ route: { kind: 'all' }, access, workspace: '/code/app' }, accessWorld());
  expect(grant?.considered).toContainEqual({
    signal: 'header',
    outcome: 'refused',
    says: 'the header X-Mcpmux-Workspace names /code/app, which leads to a Space that is not open to this caller',
  });
});

it('shows a server alone on its own URL, within what the caller may see', () => {
  const grant = resolveGrant(
    { route: { kind: 'server', alias: 'git' }, access: { spaceLock: 'work' as SpaceId } },
    accessWorld(),
  );
  expect(grant).toMatchObject({
    spaceId: 'work',
    alias: 'git',
    usesOriginalNames: true,
    setIds: ['work-starter'],
  });
});

it('gives the administrator everything of a Space, and nothing of one that is gone', () => {
  const whole = (space: string) =>
    resolveGrant({ route: { kind: 'all' }, access: { everythingOf: space as SpaceId } }, accessWorld());
  expect(whole('work')).toEqual(grantOfAll('work' as SpaceId));
  expect(whole('gone')).toBeUndefined();
});
