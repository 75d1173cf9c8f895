import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/wire-harness.ts';
import { silentLogger, systemClock } from '../../base/index.ts';
import { platform } from '../../platform/index.ts';
import { markerVariable } from './child-environment.ts';
import { DaemonChildKeeper } from './child-keeper.ts';
import { GroupRecord, parseRecord } from './group-record.ts';
import { endGroup } from './process-group.ts';
import { reapLeftovers, startedAsRecorded } from './reaper.ts';

const daemonFixture = fileURLToPath(
  new URL('../../../test/fixtures/servers/daemon-with-children.mjs', import.meta.url),
);

let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-keeper-'));
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.pid !== undefined) await endGroup(systemClock, child.pid, 0);
  }
  await rm(folder, { recursive: true, force: true });
});

async function members(groups: readonly number[]): Promise<number[]> {
  const all = (await platform.processes.list()).filter((entry) => entry.state !== 'Z');
  return all.filter((entry) => groups.includes(entry.groupId)).map((entry) => entry.pid);
}

/** The processes that carry the marker of a daemon. */
async function marked(marker: string): Promise<number[]> {
  const found: number[] = [];
  for (const { pid, state } of await platform.processes.list()) {
    const value =
      state === 'Z' ? undefined : await platform.processes.environmentVariableOf(pid, markerVariable);
    if (value?.startsWith(marker) === true) found.push(pid);
  }
  return found;
}

/** A daemon with `count` children of three processes each, all deaf to SIGTERM. */
async function daemon(count: number, ...more: readonly ('dies' | 'strays')[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', daemonFixture, folder, String(count), ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  started.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const line = await eventually('the children', () => output.includes('\n') && output, 20_000);
  const told = JSON.parse(line) as { groups: number[]; watchdog: number; marker: string };
  await eventually('the grandchildren', async () => (await members(told.groups)).length >= 3 * count);
  return { child, ...told };
}

function ownGroup(environment: Record<string, string>): ChildProcess {
  const child = spawn('sleep', ['1000'], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin', ...environment },
  });
  started.push(child);
  return child;
}

describe.runIf(process.platform === 'linux')('DaemonChildKeeper', () => {
  it('leaves no child and no grandchild when the daemon is killed', { timeout: 30_000 }, async () => {
    const { child, groups, watchdog } = await daemon(8);
    child.kill('SIGKILL');
    const before = performance.now();
    await eventually(
      'the end of all',
      async () => (await members([...groups, watchdog])).length === 0,
      10_000,
    );
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('leaves no child that the daemon started in the moment of its death', { timeout: 30_000 }, async () => {
    const { child, watchdog, marker } = await daemon(0, 'dies');
    await eventually('the end of the daemon', () => child.signalCode !== null);
    await eventually('what it started', async () => (await marked(marker)).length >= 3);
    await eventually('the end of the watchdog', async () => (await members([watchdog])).length === 0, 10_000);
    expect(await marked(marker)).toEqual([]);
  });

  it('ends at the next start what daemon and watchdog left', { timeout: 30_000 }, async () => {
    const { child, groups, watchdog } = await daemon(2);
    // Stopped, it does not hear that the daemon is gone.
    process.kill(watchdog, 'SIGSTOP');
    child.kill('SIGKILL');
    await eventually('the end of the daemon', () => child.signalCode !== null);
    expect((await members(groups)).length).toBeGreaterThan(2);
    const keeper = new DaemonChildKeeper({ folder, clock: systemClock, logger: silentLogger });
    const reaped = await keeper.reapLeftovers();
    expect(new Set(reaped.map((group) => group.groupId))).toEqual(new Set(groups));
    expect(reaped.every((group) => group.isGone)).toBe(true);
    expect(await members(groups)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    keeper.close();
    process.kill(watchdog, 'SIGKILL');
  });

  it('R7 leaves nothing that went into a session of its own when the daemon is killed', {
    timeout: 30_000,
  }, async () => {
    const { child, marker, watchdog } = await daemon(2, 'strays');
    await eventually('the strays', async () => (await marked(marker)).length >= 10);
    child.kill('SIGKILL');
    await eventually('the end of the watchdog', async () => (await members([watchdog])).length === 0, 10_000);
    expect(await marked(marker)).toEqual([]);
  });

  it('R7 ends at the next start what went into a session of its own', { timeout: 30_000 }, async () => {
    const { child, marker, watchdog } = await daemon(2, 'strays');
    await eventually('the strays', async () => (await marked(marker)).length >= 10);
    process.kill(watchdog, 'SIGKILL');
    child.kill('SIGKILL');
    await eventually('the end of the daemon', () => child.signalCode !== null);
    const keeper = new DaemonChildKeeper({ folder, clock: systemClock, logger: silentLogger });
    expect((await keeper.reapLeftovers()).every((group) => group.isGone)).toBe(true);
    expect(await marked(marker)).toEqual([]);
    keeper.close();
  });

  it('starts nothing and writes nothing before the first child, and leaves nothing after the last', async () => {
    const place = join(folder, 'later');
    const keeper = new DaemonChildKeeper({ folder: place, clock: systemClock, logger: silentLogger });
    expect(await keeper.reapLeftovers()).toEqual([]);
    await expect(stat(place)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(keeper.watchdogPid).toBeUndefined();
    const child = keeper.start(() => ownGroup({}));
    const watchdog = keeper.watchdogPid!;
    expect(watchdog).toBeGreaterThan(0);
    const [file] = await readdir(place);
    expect((await stat(join(place, file!))).mode & 0o777).toBe(0o600);
    await endGroup(systemClock, child.pid!, 0);
    keeper.ended(child.pid!);
    keeper.close();
    expect(await readdir(place)).toEqual([]);
    await eventually('the end of the watchdog', async () => (await members([watchdog])).length === 0);
  });

  it('starts the watchdog again when somebody ends it', async () => {
    const keeper = new DaemonChildKeeper({ folder, clock: systemClock, logger: silentLogger });
    const child = keeper.start(() => ownGroup({}));
    const first = keeper.watchdogPid!;
    process.kill(first, 'SIGKILL');
    await eventually(
      'another watchdog',
      () => keeper.watchdogPid !== undefined && keeper.watchdogPid !== first,
    );
    keeper.close();
    // Closing with a child on the list means: end it.
    await eventually('the end of the child', async () => (await members([child.pid!])).length === 0);
  });
});

describe.runIf(process.platform === 'linux')('reapLeftovers', () => {
  const marker = 'marker-of-an-earlier-daemon';
  const record = (groups: readonly number[], owner: object = {}): Promise<void> => {
    const head = JSON.stringify({
      marker,
      daemonPid: 2 ** 22 + 1,
      daemonStartedAt: '1',
      bootId: platform.processes.bootId(),
      ...owner,
    });
    return writeFile(
      join(folder, `${marker}.groups`),
      `${head}\n${groups.map((pid) => `+ ${pid} ? ${Date.now()}\n`).join('')}`,
    );
  };
  const recordExactly = async (child: ChildProcess, startedAt: string): Promise<void> => {
    await record([]);
    await writeFile(join(folder, `${marker}.groups`), `+ ${child.pid} ${startedAt} ${Date.now()}\n`, {
      flag: 'a',
    });
  };
  const startOf = async (child: ChildProcess): Promise<string> =>
    eventually(
      'its start',
      async () => (await platform.processes.list()).find((entry) => entry.pid === child.pid)?.startedAt,
    );

  it('ends a group that carries the marker and started as recorded', async () => {
    const child = ownGroup({ MCPMUX_CHILD: marker });
    await recordExactly(child, await startOf(child));
    expect(await reapLeftovers(systemClock, folder, 'mine')).toMatchObject([
      { groupId: child.pid, names: ['sleep'] },
    ]);
    expect(await members([child.pid!])).toEqual([]);
  });

  it.each([
    ['no marker', {}, 0],
    ['another marker', { MCPMUX_CHILD: 'marker-of-somebody-else' }, 0],
    ['a marker that only begins alike', { MCPMUX_CHILD: `${marker}s` }, 0],
    ['another variable with that value', { OTHER_CHILD: marker }, -7],
  ])('spares a process with %s', async (_, environment, shift) => {
    const child = ownGroup(environment);
    await recordExactly(child, String(Number(await startOf(child)) + shift));
    expect(await reapLeftovers(systemClock, folder, 'mine')).toEqual([]);
    expect(await members([child.pid!])).toEqual([child.pid]);
  });

  it('spares the children of a daemon that lives, and keeps its record', async () => {
    const child = ownGroup({ MCPMUX_CHILD: marker });
    await record([child.pid!], { daemonPid: process.pid, daemonStartedAt: undefined });
    expect(await reapLeftovers(systemClock, folder, 'mine')).toEqual([]);
    expect(await members([child.pid!])).toEqual([child.pid]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('believes nothing that was written before the machine started', async () => {
    const child = ownGroup({ MCPMUX_CHILD: marker });
    await record([child.pid!], { bootId: 'another-boot' });
    expect(await reapLeftovers(systemClock, folder, 'mine')).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['', 'nonsense', '{"marker":"x"}\n+ 1 ? 1\n', `{"marker":"${marker}","daemonPid":1`])(
    'throws a broken record away: %j',
    async (text) => {
      await writeFile(join(folder, 'broken.groups'), text);
      expect(await reapLeftovers(systemClock, folder, 'mine')).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('never takes group 0, group 1 or a negative one from a record', () => {
    const head = JSON.stringify({ marker, daemonPid: 5, bootId: 'b' });
    expect(parseRecord(`${head}\n+ 0 ? 1\n+ 1 ? 1\n+ -1 ? 1\n+ x ? 1\n+ 77 5 6\n- 78\n`)?.groups).toEqual([
      { groupId: 77, startedAt: '5', at: 6 },
    ]);
  });

  it('takes members of the group that started after the leader, not before', () => {
    const facts = { parentId: 1, groupId: 9, state: 'S', residentBytes: 0, cpuMs: 0, uptimeMs: 0, name: 'x' };
    const group = { groupId: 9, startedAt: '500', at: 0 };
    expect(startedAsRecorded({ ...facts, pid: 9, startedAt: '500' }, group)).toBe(true);
    expect(startedAsRecorded({ ...facts, pid: 9, startedAt: '501' }, group)).toBe(false);
    expect(startedAsRecorded({ ...facts, pid: 10, startedAt: '600' }, group)).toBe(true);
    expect(startedAsRecorded({ ...facts, pid: 10, startedAt: '400' }, group)).toBe(false);
  });
});

it('GroupRecord stays small however many children come and go', async () => {
  const file = new GroupRecord(folder, 'marker-of-the-test');
  file.add(70_001, 1);
  for (let i = 0; i < 5_000; i += 1) {
    file.add(80_000 + i, 2);
    file.remove(80_000 + i);
  }
  const { size } = await stat(join(folder, 'marker-of-the-test.groups'));
  expect(size).toBeLessThan(60_000);
  file.close();
  expect(await readdir(folder)).toEqual(['marker-of-the-test.groups']);
});
