/**
 * gateway/manage/access-control.test — what a person can do with Spaces, sets and mappings, and what is refused and why.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { type FakeAccess, fakeAccess } from '../../../test/support/fake-access.ts';
import { firstSpaceId } from '../../../test/support/first-space.ts';
import { raw } from '../../../test/support/raw-json.ts';
import type { JsonObject } from '../../base/index.ts';
import type { Feature, FeatureId, InstalledServer, ServerId, SpaceId } from '../../model/index.ts';
import { findServer } from './find-server.ts';
import type { LookAtFolder } from './folders.ts';

const look: LookAtFolder = async (path) => {
  if (path.endsWith('.txt')) return { is: 'file', realPath: path };
  if (path.startsWith('/link')) return { is: 'folder', realPath: path.replace('/link', '/real') };
  return {
    is: path.startsWith('/gone') ? 'missing' : 'folder',
    realPath: path.startsWith('/gone') ? undefined : path,
  };
};

function server(name: string, spaceId: SpaceId = firstSpaceId, isEnabled = true): InstalledServer {
  return {
    id: `${spaceId}:${name}` as ServerId,
    spaceId,
    name,
    alias: name.toLowerCase(),
    isEnabled,
    launch: { kind: 'stdio', command: 'x', args: [], cwd: undefined, env: {} },
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: name === 'GitHub' ? 1 : 2,
    updatedAt: 1,
  };
}

function tool(of: InstalledServer, originalName: string, annotations: JsonObject = {}): Feature {
  return {
    id: `${of.id}/${originalName}` as FeatureId,
    serverId: of.id,
    kind: 'tool',
    originalName,
    item: raw({ name: originalName, annotations }),
    position: 0,
    isAvailable: true,
  };
}

let world: FakeAccess;
const github = server('GitHub');
const files = server('files');

beforeEach(async () => {
  world = fakeAccess({ look });
  world.installed.put(github);
  world.installed.put(files);
  await world.offer([
    tool(github, 'list_issues', { readOnlyHint: true }),
    tool(github, 'delete_branch'),
    tool(files, 'read', { readOnlyHint: true }),
  ]);
});

const shown = (reference: string, space?: string) =>
  world.sets.get(reference, space).features.map(({ shownName }) => shownName);

describe('Spaces', () => {
  it('are made with a Starter of everything, or of nothing', async () => {
    const work = await world.spaces.create({ name: 'Day job', icon: '💼', colour: '#AABBCC' });
    expect(work.space).toMatchObject({ slug: 'day-job', icon: '💼', colour: '#aabbcc', isDefault: false });
    const bare = await world.spaces.create({ name: 'Bare', starter: 'empty' });
    expect(
      [work, bare].map(({ sets }) => sets.map((set) => [set.name, set.isStarter, set.members.length])),
    ).toEqual([[['Starter', true, 1]], [['Starter', true, 0]]]);
  });

  it('lose everything when they are deleted, and the default stays', async () => {
    const { space } = await world.spaces.create({ name: 'Work', baseFolders: ['/code'] });
    world.installed.put(server('linear', space.id));
    await world.sets.create({ name: 'Triage', space: 'work' });
    await world.mappings.create({ key: '/code/app', space: 'work' });
    const gone = await world.spaces.remove('work');
    expect(gone).toMatchObject({ servers: ['linear'], mappings: [{ key: '/code/app' }] });
    expect(world.access.snapshot.parts).toMatchObject({
      spaces: [{ id: firstSpaceId }],
      sets: [{}],
      mappings: [],
    });
    expect(world.installed.all().map(({ name }) => name)).not.toContain('linear');
    await expect(world.spaces.remove('default')).rejects.toMatchObject({
      code: 'gateway.default_space_stays',
    });
  });

  it('move, and another one can be the default', async () => {
    await world.spaces.create({ name: 'Work' });
    await world.spaces.change('work', { position: 0, isDefault: true });
    expect(world.access.snapshot.parts.spaces.map(({ slug, isDefault }) => [slug, isDefault])).toEqual([
      ['work', true],
      ['default', false],
    ]);
    expect(world.access.snapshot.defaultSpace.slug).toBe('work');
  });

  it.each([
    ['a name that is there', { name: 'DEFAULT', slug: 'other' }, 'gateway.space_taken'],
    ['a slug that is there', { name: 'Other', slug: 'default' }, 'gateway.space_taken'],
    ['a slug that no URL takes', { name: 'Other', slug: 'a b' }, 'gateway.bad_space'],
    ['no name', { name: ' ' }, 'gateway.bad_space'],
    ['a name without a letter for URLs', { name: '日本' }, 'gateway.bad_space'],
    ['a colour that is none', { name: 'Other', colour: 'red' }, 'gateway.bad_space'],
    ['an icon that is a sentence', { name: 'Other', icon: 'work' }, 'gateway.bad_space'],
    ['a base folder that is a file', { name: 'Other', baseFolders: ['/a.txt'] }, 'gateway.bad_folder'],
    ['the root as a base folder', { name: 'Other', baseFolders: ['/'] }, 'gateway.bad_folder'],
  ])('are refused with %s', async (_, input, code) => {
    await expect(world.spaces.create(input)).rejects.toMatchObject({ code });
  });

  it('have base folders of their own', async () => {
    await world.spaces.create({ name: 'Work', baseFolders: ['/code/', '/code'] });
    expect(world.spaces.get('work').space.baseFolders).toEqual(['/code']);
    await expect(world.spaces.create({ name: 'Other', baseFolders: ['/code'] })).rejects.toMatchObject({
      code: 'gateway.space_taken',
    });
  });

  it('name the nearest when one is not there', () => {
    expect(() => world.spaces.get('defualt')).toThrow(
      expect.objectContaining({ code: 'gateway.no_such_space', hint: expect.stringContaining('default') }),
    );
  });
});

describe('a server', () => {
  it('may be in several Spaces, and is found in the one that is named', async () => {
    const { space } = await world.spaces.create({ name: 'Work' });
    const other = server('GitHub', space.id);
    const linear = server('linear', space.id);
    world.installed.put(other);
    world.installed.put(linear);
    const { snapshot } = world.access;
    const find = (reference: string) => findServer(world.installed.all(), reference, snapshot).id;
    expect([
      find('github'),
      find('work/github'),
      find('Work/GitHub'),
      find('linear'),
      find(other.id),
    ]).toEqual([github.id, other.id, other.id, linear.id, other.id]);
    expect(() => find('work/files')).toThrow(expect.objectContaining({ code: 'gateway.no_such_server' }));
    expect(() => find('home/files')).toThrow(expect.objectContaining({ code: 'gateway.no_such_space' }));
    const third = await world.spaces.create({ name: 'Third' });
    world.installed.put(server('linear', third.space.id));
    expect(() => findServer(world.installed.all(), 'linear', world.access.snapshot)).toThrow(
      expect.objectContaining({ code: 'gateway.ambiguous_server', hint: 'say which: --space work' }),
    );
  });
});

describe('sets', () => {
  it('are made of names that clients see, servers, patterns, rules and other sets', async () => {
    await world.sets.create({ name: 'Reads', include: ['read-only'] });
    await world.sets.create({ name: 'One', include: ['github_delete_branch'] });
    await world.sets.create({ name: 'Both', include: ['set:Reads', 'set:one'], exclude: ['server:files'] });
    expect([shown('Reads'), shown('One'), shown('Both')]).toEqual([
      ['github_list_issues', 'files_read'],
      ['github_delete_branch'],
      ['github_list_issues', 'github_delete_branch'],
    ]);
  });

  it('keep what has vanished by its name, also over a reinstallation', async () => {
    await world.sets.create({ name: 'One', include: ['github_delete_branch'] });
    world.installed.remove(github.id);
    expect(world.sets.get('One', undefined).members).toMatchObject([
      { text: 'tool:github:delete_branch', matches: 0, isVanished: true },
    ]);
    const again = { ...github, id: 'new' as ServerId };
    world.installed.put(again);
    await world.offer([tool(again, 'delete_branch')]);
    expect(shown('One')).toEqual(['github_delete_branch']);
  });

  it('follow a server that is called something else', async () => {
    await world.sets.create({ name: 'One', include: ['github_delete_branch', 'server:files'] });
    await world.sets.serverRenamed(github, { ...github, name: 'Hub' });
    expect(world.sets.get('One', undefined).members.map(({ text }) => text)).toEqual([
      'tool:hub:delete_branch',
      'server:files',
    ]);
  });

  it('take members in and out, and the last word on one counts', async () => {
    await world.sets.create({ name: 'One', include: ['server:github', 'files_read'] });
    await world.sets.change('One', undefined, { exclude: ['github_delete_branch'], remove: ['files_read'] });
    expect(shown('One')).toEqual(['github_list_issues']);
    await world.sets.change('One', undefined, { include: ['github_delete_branch'] });
    expect(shown('One')).toEqual(['github_list_issues', 'github_delete_branch']);
    await expect(world.sets.change('One', undefined, { remove: ['files_read'] })).rejects.toMatchObject({
      message: expect.stringContaining('is not in it'),
    });
  });

  it('hold a server as it is now, without what comes', async () => {
    await world.sets.create({ name: 'Now', include: ['server-now:github'] });
    await world.sets.create({ name: 'Ever', include: ['server:github'] });
    await world.offer([tool(github, 'list_issues'), tool(github, 'new_one')]);
    expect([shown('Now'), shown('Ever')]).toEqual([
      ['github_list_issues'],
      ['github_list_issues', 'github_new_one'],
    ]);
  });

  it('say of a pattern that it stands for nothing, and take it', async () => {
    const made = await world.sets.create({ name: 'None', include: ['jira_*'] });
    expect(made).toMatchObject({ warnings: ['pattern:jira_* stands for nothing now'], features: [] });
  });

  it('refuse to hold themselves, and name the way', async () => {
    await world.sets.create({ name: 'A' });
    await world.sets.create({ name: 'B', include: ['set:A'] });
    await world.sets.create({ name: 'C', include: ['set:B'] });
    await expect(world.sets.change('A', undefined, { exclude: ['set:C'] })).rejects.toMatchObject({
      code: 'gateway.set_cycle',
      message: expect.stringContaining('A → C → B → A'),
    });
    await expect(world.sets.change('A', undefined, { include: ['set:A'] })).rejects.toMatchObject({
      code: 'gateway.set_cycle',
    });
  });

  it('leave mappings and other sets when they are deleted; the Starter stays', async () => {
    await world.sets.create({ name: 'A' });
    await world.sets.create({ name: 'B', include: ['set:A'] });
    await world.mappings.create({ key: '/code', sets: ['A', 'B'] });
    const gone = await world.sets.remove('A', undefined);
    expect(gone.usedBy).toMatchObject({ mappings: [{ key: '/code' }], sets: [{ name: 'B' }] });
    const [mapping] = await world.mappings.list(undefined);
    expect(mapping?.sets.map(({ name }) => name)).toEqual(['B']);
    expect(world.sets.get('B', undefined).members).toEqual([]);
    await expect(world.sets.remove('Starter', undefined)).rejects.toMatchObject({
      code: 'gateway.starter_stays',
    });
    await expect(world.sets.change('Starter', undefined, { name: 'X' })).rejects.toMatchObject({
      code: 'gateway.starter_stays',
    });
  });

  it.each([
    ['github_delete_brnch', 'gateway.no_such_feature', 'github_delete_branch'],
    ['github', 'gateway.no_such_feature', 'server:github'],
    ['server:githb', 'gateway.no_such_server', 'github'],
    ['set:Startr', 'gateway.no_such_set', 'Starter'],
    ['rule:fast', 'gateway.bad_member', ''],
    ['tool:github', 'gateway.bad_member', ''],
    ['', 'gateway.bad_member', ''],
  ])('refuse %j and name the nearest', async (text, code, nearest) => {
    await expect(world.sets.create({ name: 'X', include: [text] })).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(nearest),
    });
  });
});

describe('mappings', () => {
  it('follow links, and lead to the Starter where nothing is said', async () => {
    const made = await world.mappings.create({ key: '/link/app/', hasChildren: true });
    expect(made).toMatchObject({
      mapping: { key: '/real/app', hasChildren: true, spaceId: firstSpaceId },
      sets: [{ isStarter: true }],
      isThere: true,
    });
  });

  it('go by the Space of their sets, may lead to nothing, and can be of a folder that is not there', async () => {
    await world.spaces.create({ name: 'Work' });
    await world.sets.create({ name: 'Triage', space: 'work' });
    expect(await world.mappings.create({ key: '/a', sets: ['triage'] })).toMatchObject({
      space: { slug: 'work' },
    });
    expect(await world.mappings.create({ key: 'ci', sets: [] })).toMatchObject({
      mapping: { kind: 'id' },
      sets: [],
    });
    expect(await world.mappings.create({ key: '/gone/x' })).toMatchObject({ isThere: false });
    await expect(
      world.mappings.create({ key: '/b', space: 'default', sets: ['triage'] }),
    ).rejects.toMatchObject({
      code: 'gateway.no_such_set',
    });
    expect(await world.mappings.change('/a', { sets: ['Starter'], space: 'default' })).toMatchObject({
      space: { slug: 'default' },
    });
  });

  it('show the one that is there', async () => {
    await world.mappings.create({ key: '/a' });
    await expect(world.mappings.create({ key: '//a/' })).rejects.toMatchObject({
      code: 'gateway.already_mapped',
      message: '/a is mapped already, to Starter in the Space "Default"',
    });
  });

  it.each([
    ['code/app', 'not absolute'],
    ['/', 'root of the file system'],
    ['/a.txt', 'it is a file'],
    ['C:\\a|b', 'characters'],
    ['?', 'an id begins with'],
  ])('refuse %s and say why', async (key, reason) => {
    await expect(world.mappings.create({ key })).rejects.toMatchObject({
      code: 'gateway.bad_folder',
      message: expect.stringContaining(reason),
    });
  });

  it('know the folders that nobody mapped, each told once', async () => {
    world.mappings.noteUnmapped('/x', 'Cursor');
    world.mappings.noteUnmapped('/y', 'Cursor');
    world.mappings.noteUnmapped('/x', 'Cursor');
    expect(world.mappings.unmapped.map(({ folder }) => folder)).toEqual(['/x', '/y']);
    await world.mappings.create({ key: '/x' });
    expect(world.mappings.unmapped.map(({ folder }) => folder)).toEqual(['/y']);
  });
});

describe('why', () => {
  it('says who speaks for a tool, who against it, and how to change it', async () => {
    await world.sets.create({ name: 'Reads', include: ['read-only'] });
    await world.mappings.create({ key: '/code', sets: ['Reads'] });
    const asked = (name: string) => world.why.explain({ folder: '/code', tool: name });
    expect(asked('files_read').tool).toMatchObject({
      isThere: true,
      says: '"Reads" (rule:readOnlyHint) includes it',
    });
    expect(asked('github_delete_branch').tool).toMatchObject({
      isThere: false,
      says: 'the set does not hold it',
      change: 'mcpmux set add Reads github_delete_branch',
    });
    await world.sets.change('Reads', undefined, { exclude: ['server:files'] });
    expect(asked('files_read').tool).toMatchObject({
      isThere: false,
      excludedBy: ['"Reads" (server:files)'],
      says: '"Reads" (server:files) excludes it, and exclude wins',
    });
    expect(asked('files_raed').tool).toMatchObject({ isThere: false });
    world.installed.put({ ...github, isEnabled: false });
    expect(asked('github_list_issues').tool).toMatchObject({ says: 'its server "GitHub" is switched off' });
  });

  it('warns of what a client could not use of its list', async () => {
    await world.offer(Array.from({ length: 85 }, (_, at) => tool(github, `t${at}`)));
    expect(world.why.explain({ client: 'Cursor' })).toMatchObject({
      profile: { name: 'cursor', maxTools: 80 },
      warnings: [expect.stringContaining('the last 6 may be dropped: github_t80')],
    });
    expect(world.why.explain({ client: 'claude-code' }).warnings).toEqual([]);
  });

  it('answers for a client that does not exist, and by which version', () => {
    const why = world.why.explain({ client: 'New App', folder: '/elsewhere' });
    expect(why).toMatchObject({
      version: world.access.version,
      caller: { name: 'New App', isKnown: false },
      grant: { signal: 'default', unmappedFolder: '/elsewhere' },
    });
    expect(why.view.tool).toEqual(['github_list_issues', 'github_delete_branch', 'files_read']);
  });
});

describe('preflight', () => {
  it('tells what is there, what is not seen, what is switched off and what is nowhere', async () => {
    await world.sets.change('Starter', undefined, { exclude: ['github_delete_branch'] });
    world.installed.put({ ...files, isEnabled: false });
    const found = await world.preflight.check(
      ['github_list_issues', 'github_delete_branch', 'files_read', 'github_list_isues'],
      {},
      0,
    );
    expect(found.map(({ readiness }) => readiness)).toEqual(['ready', 'not-in-view', 'disabled', 'missing']);
    expect(found[3]?.nearest).toEqual(['github_list_issues']);
    const holding = fakeAccess({ look, holds: { serverId: github.id, tool: 'new_tool' } });
    holding.installed.put(github);
    expect(await holding.preflight.check(['github_new_tool'], {}, 0)).toMatchObject([
      { readiness: 'held-for-review', next: 'mcpmux review github' },
    ]);
  });
});
