import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/index.ts';
import type {
  ApprovalRule,
  ApprovalRuleId,
  ApprovalSubject,
  FeatureId,
  ServerId,
  SpaceId,
} from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';
import { matchesPattern, ruleFor } from './approval-rules.ts';

const space = 'default' as SpaceId;
const server = 's1' as ServerId;
const feature = 'f1' as FeatureId;

function isAsked(subject: ApprovalSubject, annotations?: JsonObject, spaceId = space): boolean {
  const rule: ApprovalRule = { id: 'r' as ApprovalRuleId, spaceId: space, subject, createdAt: 0 };
  const tool = {
    featureId: feature,
    serverId: server,
    spaceId,
    alias: 'github',
    originalName: 'delete_branch',
    item: RawJson.ofValue({ name: 'delete_branch', ...(annotations && { annotations }) }),
  };
  return ruleFor(tool, [rule]) === rule;
}

describe('ruleFor', () => {
  it.each<[says: string, subject: ApprovalSubject, annotations: JsonObject | undefined, isAsked: boolean]>([
    ['its server', { kind: 'server', serverId: server }, undefined, true],
    ['another server', { kind: 'server', serverId: 's2' as ServerId }, undefined, false],
    ['the tool itself', { kind: 'tool', featureId: feature }, undefined, true],
    ['another tool', { kind: 'tool', featureId: 'f2' as FeatureId }, undefined, false],
    ['a pattern of the name', { kind: 'pattern', pattern: 'delete_*' }, undefined, true],
    ['a pattern of the qualified name', { kind: 'pattern', pattern: 'GitHub_del*' }, undefined, true],
    ['a pattern of something else', { kind: 'pattern', pattern: 'create_*' }, undefined, false],
    ['writes, and says nothing', { kind: 'nature', nature: 'writes' }, undefined, true],
    ['writes, and says that it reads', { kind: 'nature', nature: 'writes' }, { readOnlyHint: true }, false],
    ['destroys, and says nothing', { kind: 'nature', nature: 'destroys' }, {}, true],
    [
      'destroys, and says that it does not',
      { kind: 'nature', nature: 'destroys' },
      { destructiveHint: false },
      false,
    ],
    ['writes, and destroys nothing', { kind: 'nature', nature: 'writes' }, { destructiveHint: false }, true],
    [
      'a hint that is no boolean counts as none',
      { kind: 'nature', nature: 'writes' },
      { readOnlyHint: 'true' },
      true,
    ],
  ])('%s', (_, subject, annotations, expected) => expect(isAsked(subject, annotations)).toBe(expected));

  it('keeps to its Space', () =>
    expect(isAsked({ kind: 'server', serverId: server }, undefined, 'work' as SpaceId)).toBe(false));
});

describe('matchesPattern', () => {
  it.each([
    ['*', 'anything', true],
    ['', '', true],
    ['', 'a', false],
    ['a*c', 'abbbc', true],
    ['a*c', 'abbb', false],
    ['?b', 'ab', true],
    ['?b', 'b', false],
    ['*_delete_*', 'x_delete_y', true],
    ['DELETE', 'delete', true],
    ['a.c', 'abc', false],
  ])('%s on %s', (pattern, name, expected) => expect(matchesPattern(pattern, name)).toBe(expected));

  it('does not run away on many stars', () => {
    const startedAt = performance.now();
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
