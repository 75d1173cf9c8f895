/**
 * fault/restore-killed.test — a restore that is killed at each of its steps, over a daemon that died with data in its log.
 *
 * Whatever the moment: the next start has what was there before, or what the backup holds; never nothing.
 */
import { cp, mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const passphrase = 'correct horse battery';
const keepsKeyInFile = { MCPMUX_KEY_SOURCE: 'file' };
let seed: string;
let folder: string;
let dataDir: string;
let backup: string;

const newFolder = async (): Promise<string> => realpath(await mkdtemp(join(tmpdir(), 'mcpmux-restore-')));

beforeAll(async () => {
  seed = await newFolder();
  const gateway = await startGateway({ dataDir: seed, env: keepsKeyInFile });
  await gateway.admin.createKey('in the backup');
  const done = await gateway.cli(['backup', join(seed, 'copy.mcpmux')], { input: `${passphrase}\n` });
  expect(done.code, done.stderr).toBe(0);
  await gateway.admin.createKey('after the backup');
  // Killed: everything since the start is in the write-ahead log.
  await gateway.kill();
  await rm(join(seed, 'admin.sock'));
  expect((await stat(join(seed, 'mcpmux.db-wal'))).size).toBeGreaterThan(0);
});
beforeEach(async () => {
  folder = await newFolder();
  dataDir = join(folder, 'data');
  backup = join(dataDir, 'copy.mcpmux');
  await cp(seed, dataDir, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(() => rm(seed, { recursive: true, force: true }));

function restore(rules: readonly object[] = []) {
  return runChild({
    command: process.execPath,
    args: [
      '--import',
      repositoryPath('test/fixtures/preloads/hostile-files.mjs'),
      repositoryPath('bin/mcpmux.mjs'),
      'restore',
      backup,
      '--overwrite',
    ],
    env: { MCPMUX_DATA_DIR: dataDir, ...keepsKeyInFile, HOSTILE_FILES: JSON.stringify(rules) },
    cwd: folder,
    input: `${passphrase}\n`,
    timeoutMs: 20_000,
  });
}

async function keysAfterStart(): Promise<string[]> {
  const gateway = await startGateway({ dataDir, env: keepsKeyInFile });
  try {
    expect((await gateway.admin.getVault()).isLocked).toBe(false);
    return (await gateway.admin.listKeys()).keys.map(({ name }) => name);
  } finally {
    await gateway.stop();
  }
}

describe('a restore that is killed', () => {
  it.each([
    ['before it copies what is there', { operations: ['copyFile'], path: 'mcpmux\\.db$' }, 'former'],
    ['before it notes what it does', { operations: ['rename'], path: 'mcpmux\\.db\\.replacing$' }, 'former'],
    ['before the log goes', { operations: ['rm'], path: 'mcpmux\\.db-wal$' }, 'backup'],
    ['between the log and the database', { operations: ['rm'], path: 'mcpmux\\.db-shm$' }, 'backup'],
    ['before the database is in its place', { operations: ['rename'], path: 'mcpmux\\.db$' }, 'backup'],
    ['before its note goes', { operations: ['rm'], path: 'mcpmux\\.db\\.replacing$' }, 'backup'],
  ])('R98 %s leaves one of the two databases, whole', async (_, rule, left) => {
    const killed = await restore([{ ...rule, does: 'kill' }]);
    expect(killed.code, killed.stderr).toBeNull();
    const names = await keysAfterStart();
    expect(names).toContain('in the backup');
    expect(names.includes('after the backup')).toBe(left === 'former');
    const leftovers = (await readdir(dataDir)).filter((name) => /\.(?:new|replacing|tmp)$/.test(name));
    expect(leftovers).toEqual([]);
  });

  it('R98 is finished or undone by the restore that comes next, too', async () => {
    await restore([{ operations: ['rename'], path: 'mcpmux\\.db$', does: 'kill' }]);
    const second = await restore();
    expect(second.code, second.stderr).toBe(0);
    expect(await keysAfterStart()).toContain('in the backup');
  });
});
