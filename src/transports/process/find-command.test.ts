import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand } from './find-command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-find-'));
  for (const name of ['a', 'b']) await mkdir(join(folder, name));
  await mkdir(join(folder, 'a', 'folder'));
  for (const [file, mode] of [
    ['a/denied', 0o644],
    ['b/denied', 0o755],
    ['a/only-denied', 0o644],
    ['b/tool', 0o755],
  ] as const) {
    await writeFile(join(folder, file), '#!/bin/sh\n');
    await chmod(join(folder, file), mode);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.runIf(process.platform !== 'win32')('findCommand', () => {
  const path = (): string => ['', '/nowhere', join(folder, 'a'), join(folder, 'b')].join(delimiter);

  it.each([
    ['a command of a later folder', 'tool', 'found', 'b/tool'],
    ['the first that may be executed', 'denied', 'found', 'b/denied'],
    ['one that may not be executed', 'only-denied', 'not-executable', 'a/only-denied'],
    ['a folder of that name', 'folder', 'not-found', undefined],
    ['nothing', 'no-such', 'not-found', undefined],
  ])('finds %s', async (_, command, kind, file) => {
    expect(await findCommand(command, path(), '/')).toEqual({
      kind,
      ...(file !== undefined && { file: join(folder, file) }),
    });
  });

  it('reads a command with a separator from the working folder, not from PATH', async () => {
    expect(await findCommand('./tool', path(), join(folder, 'b'))).toMatchObject({ kind: 'found' });
    expect(await findCommand('./tool', path(), join(folder, 'a'))).toEqual({ kind: 'not-found' });
    expect(await findCommand(join(folder, 'b', 'tool'), '', '/')).toMatchObject({ kind: 'found' });
  });
});
