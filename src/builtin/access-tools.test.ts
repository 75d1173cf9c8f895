/**
 * builtin/access-tools.test — what an AI may see and change of Spaces, FeatureSets and mappings, and that a person is asked.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { BuiltInRig } from '../../test/support/builtin-rig.ts';
import { firstSpaceId } from '../../test/support/first-space.ts';
import { principalOf } from '../../test/support/principals.ts';
import type { JsonObject } from '../base/index.ts';

let rig: BuiltInRig;
beforeEach(async () => {
  rig = await BuiltInRig.open();
  await rig.access.spaces.create({ name: 'Work', baseFolders: ['/jobs'] });
});

const sets = () => rig.access.access.snapshot.parts.sets.map(({ slug }) => slug);
const manage = (args: JsonObject) => rig.result('mcpmux_manage_feature_set', args);

describe('lists', () => {
  it('the Spaces and says which is whose', async () => {
    expect(await rig.text('mcpmux_list_spaces')).toBe('default: Default (yours, the default)\nwork: Work');
  });

  it('the sets of the own Space and of another', async () => {
    await rig.access.sets.create({ name: 'Triage', include: ['gitlab_list_issues', 'gitlab_get_issue'] });
    expect(await rig.text('mcpmux_list_feature_sets')).toBe(
      'starter: Starter (yours, built in), 504 tools.\ntriage: Triage, 2 tools.',
    );
    expect(await rig.text('mcpmux_list_feature_sets', { space: 'Work' })).toMatch(
      /Starter \(built in\), 0 tools/,
    );
  });

  it.each([
    [
      'a lock',
      { principal: principalOf('locked', { limits: { spaceId: firstSpaceId, featureSetIds: [] } }) },
    ],
    ['a base folder', { workspace: '/jobs/app' }],
  ])('nothing of other Spaces to whoever is bound by %s', async (_, caller) => {
    rig.caller = caller;
    expect((await rig.text('mcpmux_list_spaces')).split('\n')).toHaveLength(1);
    for (const space of ['work', 'default', 'nowhere']) {
      const { text } = await rig.result('mcpmux_list_feature_sets', { space });
      const own = 'workspace' in caller ? 'work' : 'default';
      expect([space, text.startsWith('invalid_argument: There is no Space')]).toEqual([space, space !== own]);
    }
  });
});

describe('a FeatureSet', () => {
  it('is created when a person allows it, who is told what it will hold', async () => {
    const { text } = await manage({ action: 'create', name: 'Triage', add: ['gitlab_list_issues'] });
    expect(text).toBe('The FeatureSet "Triage" (triage) was created with 1 tools.');
    expect(rig.asked).toEqual(['create the FeatureSet "Triage" in the Space "Default": +gitlab_list_issues']);
    expect(sets()).toContain('triage');
  });

  it('stays away when a person says no, and when nobody can be asked', async () => {
    rig.isAllowed = false;
    const wish = { action: 'create', name: 'Triage', add: ['gitlab_list_issues'] };
    expect(await rig.call('mcpmux_manage_feature_set', wish)).toMatchObject({ kind: 'error' });
    const alone = await BuiltInRig.open({ canAsk: false });
    const { text, isError, whole } = await alone.result('mcpmux_manage_feature_set', wish);
    expect([isError, text]).toEqual([true, expect.stringMatching(/^approval_required: Nobody can be asked/)]);
    expect(whole['_meta']).toEqual({ 'mcpmux/error': 'approval_required' });
    expect([sets(), alone.access.access.snapshot.parts.sets.length]).toEqual([
      ['starter', 'work-starter'],
      1,
    ]);
  });

  it('is changed and deleted, and the person sees what is added and removed', async () => {
    await rig.access.sets.create({ name: 'Triage', include: ['gitlab_list_issues'] });
    await manage({
      action: 'update',
      feature_set: 'triage',
      name: 'Bugs',
      add: ['gitlab_get_issue'],
      remove: ['gitlab_list_issues'],
    });
    expect(rig.access.sets.get('Bugs', undefined).features.map(({ shownName }) => shownName)).toEqual([
      'gitlab_get_issue',
    ]);
    await manage({ action: 'delete', feature_set: 'Bugs' });
    expect(sets()).not.toContain('triage');
    expect(rig.asked).toEqual([
      'change the FeatureSet "Triage" of the Space "Default": call it "Bugs"; +gitlab_get_issue, -gitlab_list_issues',
      'delete the FeatureSet "Bugs" of the Space "Default"',
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ['no action', {}, 'invalid_argument: "action" is missing'],
    [
      'an unknown action',
      { action: 'rename' },
      'invalid_argument: "action" is one of create, update, delete',
    ],
    ['no name', { action: 'create', add: ['gitlab_get_issue'] }, 'invalid_argument: "name" is missing'],
    ['no tools', { action: 'create', name: 'x' }, 'invalid_argument: "add" is missing'],
    [
      'a name that is there',
      { action: 'create', name: 'STARTER', add: ['gitlab_get_issue'] },
      'invalid_argument: There is a FeatureSet',
    ],
    ['a pattern', { action: 'create', name: 'x', add: ['*'] }, 'invalid_argument: There is no tool "*"'],
    [
      'one of ours',
      { action: 'create', name: 'x', add: ['mcpmux_status'] },
      'invalid_argument: mcpmux_status is one of ours',
    ],
    [
      'nothing to change',
      { action: 'update', feature_set: 'starter' },
      'invalid_argument: Nothing is to be changed',
    ],
    [
      'another name for the Starter',
      { action: 'update', feature_set: 'starter', name: 'x' },
      'invalid_argument: The Starter',
    ],
    ['an end of the Starter', { action: 'delete', feature_set: 'starter' }, 'invalid_argument: The Starter'],
    [
      'a set that is not there',
      { action: 'delete', feature_set: 'trige' },
      'not_found: there is no FeatureSet "trige"',
    ],
    [
      'an unknown Space',
      { action: 'create', name: 'x', add: ['a'], space: 'nowhere' },
      'invalid_argument: There is no Space "nowhere"',
    ],
    [
      'a list of numbers',
      { action: 'create', name: 'x', add: [1] },
      'invalid_argument: "add" must be a list of texts',
    ],
  ])('is refused with %s, before anybody is asked', async (_, args, says) => {
    const { text, isError } = await manage(args);
    expect([isError, text]).toEqual([true, expect.stringContaining(says)]);
    expect(rig.asked).toEqual([]);
  });

  it('is refused with a tool that is not there, and the nearest is named', async () => {
    const { text, isError } = await manage({ action: 'create', name: 'x', add: ['gitlab_get_isue'] });
    expect([isError, text]).toEqual([true, expect.stringContaining('Did you mean: gitlab_get_issue')]);
    expect(rig.asked).toEqual([]);
  });
});

describe('a folder', () => {
  const bind = (args: JsonObject = {}) => rig.result('mcpmux_bind_current_workspace', args);
  const mapped = async () =>
    (await rig.access.mappings.list(undefined)).map(({ mapping, sets: of }) => [
      mapping.key,
      mapping.hasChildren,
      of.map(({ slug }) => slug),
    ]);

  beforeEach(async () => {
    await rig.access.sets.create({ name: 'Triage', include: ['gitlab_list_issues'] });
    rig.caller = { roots: { state: 'arrived', uris: ['file:///code/app/../app/', 'file:///code/other'] } };
  });

  it('is bound by its normal text, first of those that the client reports, when a person allows it', async () => {
    const { text } = await bind({ feature_sets: ['triage'] });
    expect(text).toBe('The folder /code/app leads to the Space "Default" now: "Triage".');
    expect(await mapped()).toEqual([['/code/app', false, ['triage']]]);
    expect(rig.asked[0]).toContain('map the folder /code/app to the Space "Default": "Triage"');
    const names = await rig.listed();
    expect(names.filter((name) => !name.startsWith('mcpmux_'))).toEqual(['gitlab_list_issues']);
  });

  it('is bound anew, to nothing, to the Starter, with its subfolders, and in another Space', async () => {
    await bind({ feature_sets: ['triage'] });
    await bind({ feature_sets: [] });
    expect(await mapped()).toEqual([['/code/app', false, []]]);
    expect((await rig.listed()).every((name) => name.startsWith('mcpmux_'))).toBe(true);
    await bind({ with_subfolders: true });
    expect(await mapped()).toEqual([['/code/app', true, ['starter']]]);
    await bind({ space: 'work' });
    expect(await mapped()).toEqual([['/code/app', false, ['work-starter']]]);
  });

  it('is not bound when the client names none, or a person says no', async () => {
    rig.isAllowed = false;
    expect(await rig.call('mcpmux_bind_current_workspace', {})).toMatchObject({ kind: 'error' });
    rig.caller = { roots: { state: 'arrived', uris: [] } };
    expect((await bind()).text).toMatch(/^invalid_argument: Your client does not say in which folder/);
    rig.caller = { workspace: 'an-id-of-its-own' };
    expect((await bind()).isError).toBe(true);
    expect(await mapped()).toEqual([]);
  });

  it('is refused with a set or a Space that is not there, before anybody is asked', async () => {
    expect((await bind({ feature_sets: ['trige'] })).text).toMatch(/^not_found/);
    expect((await bind({ space: 'nowhere' })).text).toMatch(/^invalid_argument/);
    expect(rig.asked).toEqual([]);
  });
});
