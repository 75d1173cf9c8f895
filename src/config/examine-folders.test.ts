import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineFolders, type FolderFinding, prepareFolders } from './index.ts';

const isLinux = process.platform === 'linux';
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mcpmux-examine-'));
  mkdirSync(join(root, 'good'), { mode: 0o700 });
  mkdirSync(join(root, 'open'));
  chmodSync(join(root, 'open'), 0o755);
  writeFileSync(join(root, 'file'), '');
  mkdirSync(join(root, 'broken'), { mode: 0o700 });
  symlinkSync(join(root, 'broken', 'mcpmux.db'), join(root, 'broken', 'mcpmux.db'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function examine(dataDir: string): Promise<readonly FolderFinding[]> {
  return examineFolders({ dataDir, configDir: join(dataDir, 'config'), logsDir: join(dataDir, 'logs') });
}

describe('R58 folders as a daemon finds them', () => {
  it.each([
    ['one that is there', 'good', 'fine', /good$/],
    ['one that can be made', join('good', 'new', 'er'), 'fine', /start makes it/],
    ['one that others can read', 'open', 'warning', /can be read by other users/],
    ['a file', 'file', 'trouble', /is not a folder/],
    ['one below a file', join('file', 'x'), 'trouble', /a file is in the way/],
  ])('R58 %s', async (_, name, verdict, says) => {
    const [folder] = await examine(join(root, name));
    expect(folder?.verdict).toBe(verdict);
    expect(folder?.says).toMatch(says);
  });

  it('R58 finds a file in a good folder that cannot be used', async () => {
    const findings = await examine(join(root, 'broken'));
    expect(findings[0]?.verdict).toBe('fine');
    expect(findings.filter(({ verdict }) => verdict === 'trouble')).toEqual([
      expect.objectContaining({
        says: expect.stringMatching(/mcpmux\.db cannot be used: its links go round/) as string,
      }),
    ]);
  });

  it.skipIf(!isLinux)('R58 says that a folder cannot be made', async () => {
    const [folder] = await examine('/proc/mcpmux/data');
    expect([folder?.verdict, folder?.says]).toEqual([
      // Where root looks, everything may be written, until it is tried.
      expect.stringMatching(/trouble|fine/),
      expect.stringContaining('/proc/mcpmux/data'),
    ]);
  });
});

describe('R107 a data folder where none can be', () => {
  it.skipIf(!isLinux).each(['/proc/mcpmux', '/proc/self/mcpmux/data', '/sys/mcpmux/data'])(
    'R107 %s is refused at once',
    async (dataDir) => {
      await expect(
        prepareFolders({
          dataDir,
          logsDir: join(dataDir, 'logs'),
          socketPath: join(dataDir, 'run', 'admin.sock'),
        }),
      ).rejects.toMatchObject({ code: 'config.folder_not_writable' });
    },
  );
});
