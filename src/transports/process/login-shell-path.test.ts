import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import { LoginShellPath, mergePaths } from './login-shell-path.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-shell-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A login shell that does `profile` before it runs what it is given with -c, and counts its starts. */
async function shell(
  profile: string,
  timeoutMs = 3_000,
  more: Record<string, string> = {},
  freshMs = 10_000,
) {
  const file = join(folder, 'shell');
  await writeFile(
    file,
    `#!/bin/sh\necho "$*" >> ${join(folder, 'starts')}\n${profile}\nwhile [ "$1" != -c ]; do shift; done\neval "$2"\n`,
  );
  await chmod(file, 0o755);
  const path = new LoginShellPath({
    clock: systemClock,
    own: { PATH: '/usr/bin:/bin', SHELL: file, ...more },
    timeoutMs,
    freshMs,
  });
  const starts = async (): Promise<string[]> =>
    (await readFile(join(folder, 'starts'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);
  return { path, starts };
}

describe.runIf(process.platform !== 'win32')('LoginShellPath', () => {
  it('puts the login shell’s folders before our own, each once, and asks once', async () => {
    const { path, starts } = await shell('PATH="/opt/tools:$PATH:/late"');
    const found = await Promise.all([path.get(false), path.get(true), path.get(false)]);
    expect(new Set(found)).toEqual(new Set(['/opt/tools:/usr/bin:/bin:/late']));
    expect(await starts()).toHaveLength(1);
  });

  it('is not disturbed by what the profile prints', async () => {
    const { path } = await shell('echo "Welcome!"; echo PATH=/wrong; PATH=/right');
    expect(await path.get(false)).toBe('/right:/usr/bin:/bin');
  });

  it('tries without -i when the interactive shell fails', async () => {
    const { path, starts } = await shell('[ "$2" = -i ] && exit 1; PATH=/login');
    expect(await path.get(false)).toBe('/login:/usr/bin:/bin');
    expect((await starts()).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      '-l -i -c',
      '-l -c printf',
    ]);
  });

  it('does not wait for a profile that hangs', async () => {
    const { path } = await shell('sleep 100', 100);
    const before = performance.now();
    expect(await path.get(false)).toBe('/usr/bin:/bin');
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  it('does not ask when we were started from a shell, unless a command is missing', async () => {
    const { path, starts } = await shell('PATH=/more', 3_000, { SHLVL: '1' });
    expect(await path.get(false)).toBe('/usr/bin:/bin');
    expect(await starts()).toEqual([]);
    expect(await path.get(true)).toBe('/more:/usr/bin:/bin');
    expect(await path.get(false)).toBe('/more:/usr/bin:/bin');
  });

  const installedLater: readonly { says: string; first: string; later: string; finds: string }[] = [
    {
      says: 'a folder that came later',
      first: 'PATH=/old',
      later: 'PATH=/old:/new',
      finds: '/old:/new:/usr/bin:/bin',
    },
    {
      says: 'a shell that hung once',
      first: 'sleep 100',
      later: 'PATH=/shims',
      finds: '/shims:/usr/bin:/bin',
    },
    {
      says: 'a profile that was broken once',
      first: 'exit 1',
      later: 'PATH=/fixed',
      finds: '/fixed:/usr/bin:/bin',
    },
    {
      says: 'the old answer when it breaks later',
      first: 'PATH=/old',
      later: 'exit 1',
      finds: '/old:/usr/bin:/bin',
    },
  ];
  it.each(installedLater)(
    'R113 asks again when a command is missing: $says',
    async ({ first, later, finds }) => {
      const before = await shell(first, 150, {}, 0);
      await before.path.get(true);
      await shell(later);
      expect(await before.path.get(false)).not.toContain('/new');
      expect(await before.path.get(true)).toBe(finds);
      expect(await before.path.get(false)).toBe(finds);
    },
  );

  it('does not ask again for every missing command', async () => {
    const { path, starts } = await shell('PATH=/old');
    for (let at = 0; at < 3; at += 1) await path.get(true);
    expect(await starts()).toHaveLength(1);
  });

  it('makes do with our own PATH when the shell is not there', async () => {
    const path = new LoginShellPath({ clock: systemClock, own: { PATH: '/bin', SHELL: join(folder, 'no') } });
    expect(await path.get(false)).toBe('/bin');
  });
});

it('mergePaths keeps the order and drops what is there twice or empty', () => {
  expect(mergePaths('/a:/b::/a', '/c:/b:')).toBe('/a:/b:/c');
});
