/**
 * fault/hostile-files — the built daemon where files cannot be linked, are held for a moment, or cannot go while open: as on
 * Windows with a virus scanner, on exFAT, on a network share.
 */
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const passphrase = 'correct horse battery';
const preload = repositoryPath('test/fixtures/preloads/hostile-files.mjs');
let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-hostile-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const under = (rules: readonly object[]) => ({
  MCPMUX_KEY_SOURCE: 'file',
  NODE_OPTIONS: `--import=${preload}`,
  HOSTILE_FILES: JSON.stringify(rules),
});

describe('a first start and a restore', () => {
  it.each([
    ['there are no hard links', [{ operations: ['link'], path: '.', does: 'EPERM' }]],
    ['links are not known at all', [{ operations: ['link'], path: '.', does: 'ENOTSUP' }]],
    ['the first rename is refused', [{ operations: ['rename'], path: '.', does: 'EPERM', times: 1 }]],
    [
      'open files can neither move nor go',
      [{ operations: ['rename', 'rm', 'unlink'], path: 'mcpmux\\.db', does: 'if-open:EBUSY' }],
    ],
    [
      'all of it',
      [
        { operations: ['link'], path: '.', does: 'EPERM' },
        { operations: ['rename'], path: '.', does: 'EBUSY', times: 2 },
        { operations: ['rename', 'rm', 'unlink'], path: 'mcpmux\\.db', does: 'if-open:EBUSY' },
      ],
    ],
  ])('R108 succeed where %s', async (_, rules) => {
    const first = await startGateway({ dataDir: folder, env: under(rules) });
    await first.admin.createKey('kept');
    const backup = join(folder, 'copy.mcpmux');
    const made = await first.cli(['backup', backup], { input: `${passphrase}\n` });
    expect(made.code, made.stderr).toBe(0);
    await first.admin.createKey('made later');
    await first.stop();
    const restored = await runChild({
      command: process.execPath,
      args: [repositoryPath('bin/mcpmux.mjs'), 'restore', backup, '--overwrite'],
      env: { MCPMUX_DATA_DIR: folder, ...under(rules) },
      cwd: folder,
      input: `${passphrase}\n`,
      timeoutMs: 30_000,
    });
    expect(restored.code, restored.stderr).toBe(0);
    const second = await startGateway({ dataDir: folder, env: under(rules) });
    const names = (await second.admin.listKeys()).keys.map(({ name }) => name);
    expect(names).toContain('kept');
    expect(names).not.toContain('made later');
    await second.stop();
    // Without the trouble nothing is left over after one more start.
    const third = await startGateway({ dataDir: folder, env: { MCPMUX_KEY_SOURCE: 'file' } });
    await third.stop();
    expect((await readdir(folder)).filter((name) => /\.(?:new|replacing|tmp)$/.test(name))).toEqual([]);
  });

  it('R107 end where the data folder is in a pseudo file system, and say so', async () => {
    for (const dataDir of ['/proc/mcpmux', '/sys/mcpmux/data']) {
      const started = await runChild({
        command: process.execPath,
        args: [repositoryPath('bin/mcpmux.mjs'), 'start', '--data-dir', dataDir],
        env: { MCPMUX_PORT: '0' },
        cwd: folder,
        timeoutMs: 15_000,
      });
      expect(started.code, started.stderr).toBe(9);
      expect(started.stderr).toContain(dataDir);
      expect(started.stderr).toContain('--data-dir');
    }
  });
});
