/**
 * test/e2e/store-crash — the store is killed, at any moment and at any step, and nothing that counted is lost.
 *
 * A step is a statement to the database or a change to the file system. Each run takes some steps, other ones each
 * time; MCPMUX_EVERY_STEP=1 takes all (minutes).
 */

import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret, silentLogger, systemClock } from '../../src/base/index.ts';
import { loadSqlite, openStore, type Store, type StoreOptions } from '../../src/store/index.ts';
import { expectAllSecrets, fillWithSecrets } from '../suites/sealing.ts';
import { type ChildOrder, childPassphrase, nextMigrations } from '../suites/store-child.ts';
import { httpServer } from '../suites/store-samples.ts';
import { firstSpaceId } from '../support/first-space.ts';

const program = fileURLToPath(new URL('../suites/store-child.ts', import.meta.url));
/** Children at once: as many as the smallest machine has cores. */
const atOnce = 2;

const isThorough = process.env['MCPMUX_EVERY_STEP'] === '1';
const stepsTaken = 4;

interface Ended {
  readonly isKilled: boolean;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** @param onLine may kill the child */
function runChild(
  order: ChildOrder,
  onLine: (kill: () => void, line: string) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const deadline = setTimeout(() => child.kill('SIGKILL'), 50_000);
    let text = '';
    let stderr = '';
    let seen = 0;
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n').slice(0, -1);
      for (const line of lines.slice(seen)) onLine(() => child.kill('SIGKILL'), line);
      seen = lines.length;
    });
    child.once('error', reject);
    child.once('close', (_, signal) => {
      clearTimeout(deadline);
      resolve({ isKilled: signal === 'SIGKILL', lines: text.split('\n').slice(0, -1), stderr });
    });
  });
}

describe('a store that is killed', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mcpmux-crash-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function withStore<T>(
    folder: string,
    work: (store: Store) => Promise<T>,
    changed: Partial<StoreOptions> = {},
  ): Promise<T> {
    const store = await openStore({
      location: { kind: 'sqlite', file: join(folder, 'mcpmux.db') },
      keys: { source: 'file', dataFolder: folder },
      clock: systemClock,
      logger: silentLogger,
      ...changed,
    });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  async function expectWhole(folder: string): Promise<void> {
    const { DatabaseSync } = await loadSqlite();
    const handle = new DatabaseSync(join(folder, 'mcpmux.db'));
    try {
      expect(handle.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
      expect(handle.prepare('pragma foreign_key_check').all()).toEqual([]);
    } finally {
      handle.close();
    }
  }

  it('has every write that it acknowledged, 3 times at a random moment', async () => {
    const server = httpServer('GitHub');
    for (let round = 0; round < 3; round += 1) {
      const folder = join(root, String(round));
      await withStore(folder, (store) => store.repositories.servers.insert(server));
      const killAfter = 1 + Math.floor(Math.random() * 150);
      const { isKilled, lines, stderr } = await runChild(
        { act: 'write', folder, serverId: server.id },
        (kill, line) => {
          if (Number(line) >= killAfter) kill();
        },
      );
      expect(isKilled, stderr).toBe(true);
      const acknowledged = Number(lines.at(-1));
      await withStore(folder, async ({ repositories }) => {
        const stored = await repositories.credentials.getTokens(server.id);
        expect(stored?.generation).toBeGreaterThanOrEqual(acknowledged);
        expect(stored?.accessToken.reveal()).toBe(`access ${stored?.generation}`);
        for (let at = 1; at <= acknowledged; at += 1)
          expect(await repositories.settings.get(`w${at}`)).toHaveLength(at % 700);
      });
      await expectWhole(folder);
    }
  });

  /** Kills a child in front of its first, second, … step, each time on a fresh copy. */
  async function killAtSteps(
    act: ChildOrder['act'],
    template: string | undefined,
    check: (folder: string, isKilled: boolean) => Promise<void>,
    more: Partial<ChildOrder> = {},
  ): Promise<void> {
    const prepare = async (name: string) => {
      const folder = join(root, name);
      // A closed store has an empty log, which on Node 20 goes away a little later.
      const isLasting = (path: string) => !/-(?:wal|shm)$/.test(path);
      if (template !== undefined) await cp(template, folder, { recursive: true, filter: isLasting });
      return folder;
    };
    const whole = await prepare('whole');
    const { lines, isKilled, stderr } = await runChild({ act, folder: whole, ...more });
    const steps = Number(/^step (\d+)$/.exec(lines.at(-1) ?? '')?.[1]);
    expect(isKilled, stderr).toBe(false);
    expect(steps, stderr).toBeGreaterThan(5);
    await check(whole, false);
    const points: number[] = [];
    const stride = isThorough ? 1 : Math.max(1, steps / stepsTaken);
    for (let at = 1 + Math.random() * (stride - 1); at <= steps; at += stride) points.push(Math.floor(at));
    const next = points.values();
    const worker = async () => {
      for (const killAt of next) {
        const folder = await prepare(`step-${killAt}`);
        const ended = await runChild({ act, folder, killAt, ...more });
        expect(ended.isKilled, `${act} before step ${killAt}: ${ended.stderr}`).toBe(true);
        await check(folder, true);
        await expectWhole(folder);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  async function filledTemplate(): Promise<string> {
    const template = join(root, 'template');
    await withStore(template, fillWithSecrets);
    return template;
  }

  const longMs = isThorough ? 1_800_000 : 120_000;

  it(
    'while it is made for the first time, opens as new',
    async () => {
      await killAtSteps('create', undefined, async (folder) => {
        await withStore(folder, async (store) => {
          expect(store.describe().isLocked).toBe(false);
          await fillWithSecrets(store);
          await expectAllSecrets(store);
        });
      });
    },
    longMs,
  );

  it(
    'while it is upgraded, is upgraded at the next start',
    async () => {
      await killAtSteps('upgrade', await filledTemplate(), async (folder) => {
        await withStore(
          folder,
          async (store) => {
            expect(store.describe().schemaVersion).toBe(1_000);
            await expectAllSecrets(store);
            expect(await store.repositories.settings.get('plain')).toBe('setting');
          },
          { migrations: nextMigrations },
        );
      });
    },
    longMs,
  );

  it(
    'while its data key is rotated, opens everything and goes on',
    async () => {
      await killAtSteps('rotate-data-key', await filledTemplate(), async (folder) => {
        await withStore(folder, async (store) => {
          await expectAllSecrets(store);
          await store.rotateDataKey();
          await expectAllSecrets(store);
        });
      });
    },
    longMs,
  );

  it(
    'while its root key is rotated, has the key that opens it',
    async () => {
      await killAtSteps('rotate-root-key', await filledTemplate(), async (folder) => {
        await withStore(folder, async (store) => {
          expect(store.describe().isLocked).toBe(false);
          await expectAllSecrets(store);
          await store.rotateRootKey();
          await expectAllSecrets(store);
        });
      });
    },
    longMs,
  );

  it(
    'while a backup is restored over it, is the old one or the new one',
    async () => {
      const template = await filledTemplate();
      const fromFile = join(root, 'backup');
      await withStore(template, async (store) => {
        await store.repositories.servers.insert(httpServer('from the backup'));
        await store.backup(fromFile, new Secret(childPassphrase));
      });
      await rm(template, { recursive: true });
      await withStore(template, async (store) => {
        await fillWithSecrets(store);
        await store.repositories.servers.insert(httpServer('from before'));
      });
      const seen = new Set<string>();
      await killAtSteps(
        'restore',
        template,
        async (folder) => {
          await withStore(folder, async (store) => {
            await expectAllSecrets(store);
            const listed = await store.repositories.servers.list(firstSpaceId);
            const last = listed.map((server) => server.name).find((name) => name.startsWith('from'));
            expect(listed).toHaveLength(4);
            seen.add(String(last));
          });
        },
        { fromFile },
      );
      expect(seen).toContain('from the backup');
      for (const name of seen) expect(['from before', 'from the backup']).toContain(name);
    },
    longMs,
  );
});
