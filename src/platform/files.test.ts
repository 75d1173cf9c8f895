import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders, posixFiles, windowsFiles } from './files.ts';
import { platform } from './platform.ts';

const run = promisify(execFile);
const hostile = new URL('../../test/fixtures/preloads/hostile-files.mjs', import.meta.url).href;
const files = new URL('./files.ts', import.meta.url).href;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Replaces `a` by `b` in a process of its own, where file operations fail by the rules. */
async function replaceUnder(rules: readonly object[], name: 'posixFiles' | 'windowsFiles'): Promise<string> {
  await writeFile(join(folder, 'a'), 'new');
  await writeFile(join(folder, 'b'), 'old');
  const script = `
    import { ${name}, replaceFile } from ${JSON.stringify(files)};
    process.chdir(${JSON.stringify(folder)});
    await replaceFile(${name}, 'a', 'b').then(() => console.log('replaced'), (error) => console.log(error.code));
  `;
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', '--import', hostile, '--input-type=module', '-e', script],
    { env: { ...process.env, HOSTILE_FILES: JSON.stringify(rules) } },
  );
  return stdout.trim();
}

describe.runIf(platform.hasProc)('replacing a file', () => {
  it.each([
    ['EPERM once', 'windowsFiles', [{ operations: ['rename'], path: '^a$', does: 'EPERM', times: 1 }]],
    ['EBUSY for a while', 'windowsFiles', [{ operations: ['rename'], path: '^a$', does: 'EBUSY', times: 6 }]],
    ['EACCES twice', 'windowsFiles', [{ operations: ['rename'], path: '^a$', does: 'EACCES', times: 2 }]],
    [
      'EPERM once, where it is rare',
      'posixFiles',
      [{ operations: ['rename'], path: '^a$', does: 'EPERM', times: 1 }],
    ],
  ] as const)(
    'R108 gets over %s',
    async (_, name, rules) => {
      expect(await replaceUnder(rules, name)).toBe('replaced');
      expect(await readFile(join(folder, 'b'), 'utf8')).toBe('new');
      expect(await readdir(folder)).toEqual(['b']);
    },
    20_000,
  );

  it('R108 tells at once what does not pass', async () => {
    expect(await replaceUnder([{ operations: ['rename'], path: '^a$', does: 'EXDEV' }], 'windowsFiles')).toBe(
      'EXDEV',
    );
    expect(await replaceUnder([{ operations: ['rename'], path: '^a$', does: 'EPERM' }], 'posixFiles')).toBe(
      'EPERM',
    );
    expect(await readFile(join(folder, 'b'), 'utf8')).toBe('old');
  }, 20_000);

  it('is more patient where open files cannot be moved', () => {
    expect(windowsFiles.patienceMs).toBeGreaterThan(posixFiles.patienceMs * 10);
  });
});

describe('making folders', () => {
  it('makes what is missing, for the owner alone, and says what was made', async () => {
    expect(await makeFolders(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
    if (platform.files.hasModes) expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
    expect(await makeFolders(join(folder, 'a', 'b', 'c'))).toBeUndefined();
  });

  it('refuses a file in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolders(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolders(join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it
    .runIf(platform.hasProc)
    .each(['/proc/mcpmux', '/proc/mcpmux/data', '/proc/self/fdinfo/x/y', '/sys/mcpmux/data'])(
    'R107 comes to an end where no folders can be: %s',
    async (path) => {
      await expect(makeFolders(path)).rejects.toMatchObject({ code: expect.stringMatching(/^E[A-Z]+$/) });
    },
  );
});
