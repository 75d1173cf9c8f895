import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireDaemonLock, readDaemonRecord } from './index.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-lock-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
  }
  await rm(folder, { recursive: true });
});

/** A process that waits for a line, tries `rounds` times at once to take the lock, and says how often it got it. */
const starter = `
  const { acquireDaemonLock } = await import(process.argv[1]);
  process.stdout.write('loaded\\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const tries = Array.from({ length: Number(process.argv[3]) }, () => acquireDaemonLock(process.argv[2]));
  const outcomes = await Promise.allSettled(tries);
  const owned = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
  const codes = new Set(outcomes.flatMap((outcome) => outcome.status === 'rejected' ? [outcome.reason.code] : []));
  process.stdout.write(JSON.stringify({ owned, codes: [...codes] }) + '\\n');
  if (globalThis.gc) globalThis.gc();
  setInterval(() => {}, 1000);
`;

function startProcess(rounds: number) {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      starter,
      new URL('./lock.ts', import.meta.url).href,
      folder,
      String(rounds),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return {
    child,
    go: () => child.stdin.write('go\n'),
    line: async (number: number): Promise<string> => {
      while (text.split('\n').length <= number + 1)
        await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
      return text.split('\n')[number] as string;
    },
  };
}

describe('the lock of a data folder', () => {
  it('keeps a second daemon out and says where the first one is', async () => {
    const lock = await acquireDaemonLock(folder);
    await lock.announce({ url: 'http://127.0.0.1:45818/mcp', socketPath: '/run/admin.sock' });
    await expect(acquireDaemonLock(folder)).rejects.toMatchObject({
      code: 'daemon.already_running',
      kind: 'conflict',
      message: `mcpmux is already running with this data folder (${folder}): pid ${process.pid}, http://127.0.0.1:45818/mcp`,
      hint: expect.stringContaining('mcpmux stop') as string,
    });
    await lock.close();
    await lock.close();
    expect(await readDaemonRecord(folder)).toBeUndefined();
    const next = await acquireDaemonLock(folder);
    await next.close();
  });

  it('tells the command line where the daemon is', async () => {
    const lock = await acquireDaemonLock(folder);
    expect(await readDaemonRecord(folder)).toMatchObject({ pid: process.pid, url: undefined });
    await lock.announce({ url: 'http://x', socketPath: '/s' });
    expect(await readDaemonRecord(folder)).toMatchObject({ url: 'http://x', socketPath: '/s' });
    if (process.platform !== 'win32')
      expect((await stat(join(folder, 'run', 'daemon.json'))).mode & 0o777).toBe(0o600);
    await lock.close();
  });

  it('says why when the folder cannot be locked', async () => {
    await expect(acquireDaemonLock(join(folder, 'x\0y'))).rejects.toMatchObject({
      code: 'daemon.lock_failed',
    });
  });

  it('has exactly one owner when a hundred start at once, and a new one when that is killed', async () => {
    const starters = Array.from({ length: 4 }, () => startProcess(25));
    await Promise.all(starters.map(({ line }) => line(0)));
    for (const { go } of starters) go();
    const outcomes = await Promise.all(
      starters.map(async ({ line }) => JSON.parse(await line(1)) as { owned: number; codes: string[] }),
    );
    expect(outcomes.reduce((sum, { owned }) => sum + owned, 0)).toBe(1);
    expect(new Set(outcomes.flatMap(({ codes }) => codes))).toEqual(new Set(['daemon.already_running']));

    await expect(acquireDaemonLock(folder)).rejects.toMatchObject({ code: 'daemon.already_running' });
    const owner = starters[outcomes.findIndex(({ owned }) => owned === 1)]?.child as ChildProcess;
    expect((await readDaemonRecord(folder))?.pid).toBe(owner.pid);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const lock = await acquireDaemonLock(folder);
    expect((await readDaemonRecord(folder))?.pid).toBe(process.pid);
    await lock.close();
  }, 40_000);
});
