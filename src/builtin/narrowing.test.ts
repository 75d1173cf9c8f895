/**
 * builtin/narrowing.test — who gets which list of tools, and what the ledger says that it cost.
 */
import { beforeEach, expect, it } from 'vitest';
import { BuiltInRig } from '../../test/support/builtin-rig.ts';
import { firstSpaceId, firstStarter } from '../../test/support/first-space.ts';
import { raw } from '../../test/support/raw-json.ts';

let rig: BuiltInRig;
beforeEach(async () => {
  rig = await BuiltInRig.open();
});

const space = { kind: 'space', id: firstSpaceId } as const;
const whole = 504 + 10;

it('lists everything as long as nobody says otherwise', async () => {
  expect((await rig.listed()).length).toBe(whole);
});

it('lists ours and the pinned ones in lazy mode, in both eras; all can be called', async () => {
  await rig.modes.setMode(space, 'lazy');
  await rig.modes.pin({ spaceId: firstSpaceId, alias: 'gitlab', originalName: 'get_project' }, true);
  for (const era of ['legacy', 'modern'] as const) {
    const names = await rig.listed(era);
    expect(names.filter((name) => !name.startsWith('mcpmux_'))).toEqual(['gitlab_get_project']);
    expect(names.length).toBe(11);
  }
  expect(await rig.call('mongo_count', {})).toMatchObject({ kind: 'result' });
  expect(await rig.text('mcpmux_search_tools', { query: 'count documents' })).toContain('mongo_count(');
});

it('lets the closest setting count: client, FeatureSet, Space', async () => {
  const { clientId } = rig.scope().caller.principal;
  const listsAll = async (): Promise<boolean> => (await rig.listed()).length === whole;
  await rig.modes.setMode(space, 'lazy');
  expect(await listsAll()).toBe(false);
  await rig.modes.setMode({ kind: 'set', id: firstStarter.id }, 'full');
  expect(await listsAll()).toBe(true);
  await rig.modes.setMode({ kind: 'client', id: clientId }, 'lazy');
  expect(await listsAll()).toBe(false);
  await rig.modes.setMode({ kind: 'client', id: clientId }, undefined);
  expect(await listsAll()).toBe(true);
});

it.each([
  ['claude-code', whole],
  ['Visual Studio Code', 10],
  ['someone else', 10],
])('lists for %s in auto mode what it can bear', async (app, count) => {
  rig.app = app;
  await rig.modes.setMode(space, 'auto');
  expect((await rig.listed()).length).toBe(count);
});

it('lists everything to whoever has none of our tools, and cuts nothing', async () => {
  await rig.modes.setMode(space, 'lazy');
  await rig.limits.set(space, 2_000);
  await rig.control.set(undefined, 'all', false);
  expect((await rig.listed()).length).toBe(504);
  rig.answer = { kind: 'result', result: raw({ content: [{ type: 'text', text: 'x'.repeat(9_000) }] }) };
  expect(await rig.call('mongo_find', {})).toBe(rig.answer);
});

it('lists everything where the tools to find and call the rest are off', async () => {
  await rig.modes.setMode(space, 'lazy');
  await rig.control.set(undefined, 'mcpmux_call_tool', false);
  expect((await rig.listed()).length).toBe(whole - 1);
});

it('keeps its settings over a restart', async () => {
  const stored = new Map<string, string>();
  const { memorySettings } = await import('../../test/support/built-in-control.ts');
  const { ListModes } = await import('./list-modes.ts');
  const first = new ListModes(memorySettings(stored), () => {});
  await first.setMode(space, 'auto');
  await first.pin({ spaceId: firstSpaceId, alias: 'a', originalName: 'b' }, true);
  const second = new ListModes(memorySettings(stored), () => {});
  await second.load();
  expect([second.settings, second.pinned]).toEqual([first.settings, first.pinned]);
});

it('counts what lists, searches and results cost, and what was saved or lost', async () => {
  await rig.listed();
  const [full] = rig.ledger.costs();
  expect(full).toMatchObject({ lists: 1, searches: 0, savedTokens: 0 });
  expect(full?.listTokens).toBeGreaterThan(100_000);
  await rig.text('mcpmux_search_tools', { query: 'count documents' });
  expect(rig.ledger.costs()[0]?.savedTokens).toBeLessThan(0);
  await rig.modes.setMode(space, 'lazy');
  await rig.listed();
  await rig.call('mongo_count', {});
  const [lazy] = rig.ledger.costs();
  expect(lazy).toMatchObject({ lists: 2, searches: 1, calls: 1, app: 'test' });
  expect(lazy?.savedTokens).toBeGreaterThan(100_000);
});
