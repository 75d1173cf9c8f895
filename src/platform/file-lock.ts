/**
 * platform/file-lock — one process at a time, for short acts, by a file that only one can make.
 *
 * One whose maker is dead is moved aside, never removed in place: another process may have judged the same and made its own
 * meanwhile. For a lock that lasts as long as a process, see daemon/lock.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

const pauseMs = 50;

/**
 * Waits until nobody else holds the lock.
 *
 * @param path its folder must be there
 * @returns lets it go; undefined when another process held it all the time
 * @throws the error of open(2) when the file cannot be made at all
 */
export async function takeFileLock(
  path: string,
  patienceMs: number,
): Promise<(() => Promise<void>) | undefined> {
  const mine = `${process.pid} ${randomBytes(12).toString('hex')}`;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      await writeFile(path, mine, { flag: 'wx', mode: 0o600 });
      return async () => {
        if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
      };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST' && code !== 'EPERM' && code !== 'EBUSY') throw error;
    }
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    if (holder !== undefined && isDead(holder)) await moveAside(path, holder);
    else if (performance.now() > deadline) return undefined;
    else await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function isDead(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  // Just made, not filled yet.
  if (!Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function moveAside(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    // Somebody was faster.
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => holder);
  // It was a fresh one: it goes back, unless a third has taken the place.
  if (moved !== holder) await writeFile(path, moved, { flag: 'wx', mode: 0o600 }).catch(() => {});
  await rm(aside, { force: true });
}
