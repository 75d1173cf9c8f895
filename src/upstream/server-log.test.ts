import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, silentLogger, systemClock } from '../base/index.ts';
import type { ServerId, ServerLogEntry, ServerLogLevel, SpaceId } from '../model/index.ts';
import { ServerLogManager } from './server-log.ts';

const id = 'server-1' as ServerId;
const other = 'server-2' as ServerId;
let folder: string;
let complaints: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-log-'));
  complaints = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function log(more: Partial<ConstructorParameters<typeof ServerLogManager>[0]> = {}): ServerLogManager {
  return new ServerLogManager({
    folder: join(folder, 'logs'),
    clock: systemClock,
    logger: { ...silentLogger, warn: (_, message) => complaints.push(message) },
    redact: (text) => text.replaceAll('hunter2', '[secret]'),
    ...more,
  });
}

function line(message: string, level: ServerLogLevel = 'info'): ServerLogEntry {
  return { at: 1, level, source: 'stderr', message };
}

const all = { limit: 1_000_000, minLevel: 'debug' } as const;
const texts = (entries: readonly ServerLogEntry[]): string[] => entries.map((entry) => entry.message);

describe('ServerLogManager', () => {
  it('gives the newest lines at or above a level, oldest first', async () => {
    const logs = log();
    const levels: ServerLogLevel[] = ['debug', 'info', 'warn', 'error'];
    for (const level of levels) logs.append(id, line(level, level));
    logs.append(other, line('of another server'));
    expect(texts(await logs.read(id, all))).toEqual(levels);
    expect(texts(await logs.read(id, { limit: 10, minLevel: 'warn' }))).toEqual(['warn', 'error']);
    expect(texts(await logs.read(id, { limit: 1, minLevel: 'debug' }))).toEqual(['error']);
    expect(await logs.read(id, { limit: 0, minLevel: 'debug' })).toEqual([]);
    expect(await logs.read('unknown' as ServerId, all)).toEqual([]);
    await logs.close();
  });

  it('keeps servers of one name in two Spaces apart, and gives the lines of each, also after a restart', async () => {
    const servers = ['default', 'second'].map((spaceId) => ({
      id: newId<ServerId>(),
      spaceId: spaceId as SpaceId,
      name: 'tracker',
    }));
    const logs = log();
    for (const server of servers) logs.append(server.id, line(`connected in ${server.spaceId}`));
    await logs.close();
    const later = log();
    for (const server of servers)
      expect(texts(await later.read(server.id, all))).toEqual([`connected in ${server.spaceId}`]);
    await later.close();
  });

  it('replaces secrets and control characters in message and facts, in memory and on disk', async () => {
    const logs = log();
    logs.append(id, {
      ...line('password hunter2\nnext \u001b[31mred'),
      facts: { value: 'hunter2', count: 3 },
    });
    const [entry] = await logs.read(id, { limit: 1, minLevel: 'debug' });
    expect(entry).toMatchObject({
      message: 'password [secret] next red',
      facts: { value: '[secret]', count: 3 },
    });
    await logs.close();
    expect(await readFile(join(folder, 'logs', 'server-1.jsonl'), 'utf8')).not.toContain('hunter2');
  });

  it('outlives the daemon, and skips a line that was cut off', async () => {
    const first = log();
    for (let i = 0; i < 5; i += 1) first.append(id, line(`line ${i}`));
    await first.close();
    await writeFile(join(folder, 'logs', 'server-1.jsonl'), '{"at":1,"level":"in', { flag: 'a' });
    const second = log();
    expect(texts(await second.read(id, { limit: 2, minLevel: 'debug' }))).toEqual(['line 3', 'line 4']);
    await second.close();
  });

  it('tells followers each line, of one server or of all, until they leave', () => {
    const logs = log();
    const heard: string[] = [];
    const stop = logs.follow(id, (_, entry) => heard.push(`one ${entry.message}`));
    logs.follow(undefined, (serverId, entry) => heard.push(`all ${serverId} ${entry.message}`));
    logs.append(id, line('a'));
    logs.append(other, line('b'));
    stop();
    stop();
    logs.append(id, line('c'));
    expect(heard).toEqual(['one a', 'all server-1 a', 'all server-2 b', 'all server-1 c']);
  });

  it('bounds the disk: rotates, compresses, forgets the oldest', async () => {
    const logs = log({ maxFileBytes: 10_000, linesInMemory: 10 });
    for (let i = 0; i < 1_000; i += 1) {
      logs.append(id, line(`line ${i}`));
      if (i % 50 === 49) await logs.read(id, { limit: 1_000, minLevel: 'error' });
    }
    await logs.close();
    const names = (await readdir(join(folder, 'logs'))).sort((a, b) => a.localeCompare(b));
    expect(names).toEqual(
      ['server-1.1.jsonl.gz', 'server-1.2.jsonl.gz', 'server-1.jsonl'].filter((name) => names.includes(name)),
    );
    expect(names).toContain('server-1.2.jsonl.gz');
    const { size } = await stat(join(folder, 'logs', 'server-1.1.jsonl.gz'));
    expect(size).toBeLessThan(3_000);
    expect(gunzipSync(await readFile(join(folder, 'logs', 'server-1.1.jsonl.gz'))).toString()).toContain(
      '"line ',
    );
    const kept = texts(await logs.read(id, all));
    expect(kept.at(-1)).toBe('line 999');
    expect(kept.length).toBeGreaterThan(200);
    expect(kept.length).toBeLessThan(700);
    const firstKept = Number(kept[0]!.slice(5));
    expect(kept).toEqual(Array.from({ length: 1_000 - firstKept }, (_, i) => `line ${firstKept + i}`));
  });

  it('keeps what it has in memory when the disk refuses, complains once and throws nothing', async () => {
    await writeFile(join(folder, 'logs'), 'a file where the folder should be');
    const logs = log();
    for (let i = 0; i < 5; i += 1) {
      logs.append(id, line(`line ${i}`));
      expect(texts(await logs.read(id, all))).toHaveLength(i + 1);
    }
    await logs.close();
    expect(complaints).toEqual(['the log of a server cannot be written']);
  });

  it('survives a follower that throws', async () => {
    const logs = log();
    logs.follow(undefined, () => {
      throw new Error('a bad listener');
    });
    logs.append(id, line('a'));
    expect(texts(await logs.read(id, all))).toEqual(['a']);
    await logs.close();
  });

  it('forgets a removed server, files included', async () => {
    const logs = log();
    logs.append(id, line('a'));
    await logs.read(id, all);
    logs.append(id, line('b'));
    await logs.remove(id);
    expect(await logs.read(id, all)).toEqual([]);
    expect(await readdir(join(folder, 'logs'))).toEqual([]);
    await logs.close();
  });

  it('never lets an id leave the folder', async () => {
    const logs = log();
    logs.append('../../evil' as ServerId, line('a'));
    await logs.close();
    expect(await readdir(join(folder, 'logs'))).toEqual(['______evil.jsonl']);
    expect(await readdir(folder)).toEqual(['logs']);
  });
});
