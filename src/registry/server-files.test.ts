/**
 * registry/server-files.test — a file and its Space: three are compared, only what the file changed is touched, a fault changes
 * nothing, and a watched file follows.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDeadline } from '../../test/support/deadline.ts';
import { silentLogger } from '../base/index.ts';
import { aliasFromName, type InstalledServer, type ServerId, type SpaceId } from '../model/index.ts';
import { FileWatches } from './file-watches.ts';
import { type FileControl, ServerFiles } from './server-files.ts';

let folder: string;
let path: string;
let servers: InstalledServer[];
let done: string[];
let whenDone: (() => void) | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-files-'));
  path = join(folder, 'servers.json');
  servers = [];
  done = [];
});
afterEach(() => rm(folder, { recursive: true }));

function server(name: string, rest: Partial<InstalledServer> = {}): InstalledServer {
  return {
    id: name as ServerId,
    spaceId: 'default' as SpaceId,
    name,
    alias: aliasFromName(name),
    isEnabled: true,
    launch: { kind: 'stdio', command: 'x', args: [], cwd: undefined, env: {} },
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...rest,
  };
}

const control: FileControl = {
  installed: () => servers,
  add: async ({ name, origin }) => {
    servers.push(server(name, { origin }));
    done.push(`add ${name}`);
    whenDone?.();
  },
  change: async ({ name }, { origin, launch }) => {
    servers = servers.map((one) => (one.name === name ? { ...one, origin } : one));
    done.push(`change ${name} ${launch.args?.join(' ') ?? ''}`.trim());
    whenDone?.();
  },
  remove: async ({ name }) => {
    servers = servers.filter((one) => one.name !== name);
    done.push(`remove ${name}`);
    whenDone?.();
  },
};
const files = new ServerFiles(control);
const write = (entries: object): Promise<void> => writeFile(path, JSON.stringify({ mcpServers: entries }));
const apply = async (): Promise<string[]> => {
  done = [];
  await files.apply({ path, space: undefined }, undefined, []);
  return done;
};

describe('applying a file', () => {
  it('touches only what the file has changed since it was last applied', async () => {
    await write({ a: { command: 'a' }, b: { command: 'b' }, c: { command: 'c' } });
    expect(await apply()).toEqual(['add a', 'add b', 'add c']);
    expect(await apply()).toEqual([]);
    // Another order and more white space say the same.
    await writeFile(
      path,
      '{ "mcpServers": { "b": { "command": "b" },\n "a": {"command":"a"}, "c": {"command": "c", } } }',
    );
    expect(await apply()).toEqual([]);
    await write({ a: { command: 'a', args: ['--new'] }, b: { command: 'b' } });
    expect(await apply()).toEqual(['remove c', 'change a --new']);
  });

  it('respects what a person has changed of a server that the file left alone', async () => {
    await write({ a: { command: 'a' } });
    await apply();
    servers = servers.map((one) => ({ ...one, launch: { ...one.launch, command: 'by hand' } as never }));
    expect(await apply()).toEqual([]);
  });

  it('leaves servers alone that are not from this file, and refuses a name that one of them has', async () => {
    servers = [server('mine')];
    await write({ a: { command: 'a' } });
    expect(await apply()).toEqual(['add a']);
    await write({ Mine: { command: 'a' } });
    await expect(apply()).rejects.toMatchObject({ code: 'registry.file_conflict' });
    expect(servers.map(({ name }) => name)).toEqual(['mine', 'a']);
  });

  it('changes nothing when the file is broken, another than was shown, or wants what it may not', async () => {
    await write({ a: { command: 'a' } });
    const shown = await files.plan({ path, space: undefined });
    expect(shown.steps).toMatchObject([{ act: 'add', name: 'a', launch: { command: 'a' } }]);
    await write({ a: { command: 'evil' } });
    await expect(files.apply({ path, space: undefined }, shown.digest, [])).rejects.toMatchObject({
      code: 'registry.plan_changed',
    });
    await writeFile(path, '{ "mcpServers": { "a": { "command": "a" }, }\n "b" ');
    await expect(apply()).rejects.toThrow(/line 2: it is no JSON/);
    await write({ b: { command: 'b' }, a: { command: 'a', env: { LD_PRELOAD: 'x' } } });
    await expect(apply()).rejects.toMatchObject({ code: 'registry.refused_variable' });
    await rm(path);
    await expect(apply()).rejects.toThrow('ENOENT');
    expect(servers).toEqual([]);
  });
});

describe('a watched file', () => {
  const settings = new Map<string, string>();
  const open = (): FileWatches =>
    new FileWatches({
      files,
      logger: silentLogger,
      changed: () => whenDone?.(),
      settings: {
        get: async (key) => settings.get(key),
        set: async (key, value) => void settings.set(key, value),
        delete: async (key) => void settings.delete(key),
      },
    });
  const next = (until: () => boolean): Promise<void> =>
    withDeadline(
      new Promise<void>((resolve) => {
        whenDone = () => until() && resolve();
        whenDone();
      }),
      8_000,
      'the file was not applied',
    );

  it('is applied when it changes, tells what is wrong until it is mended, and is watched after a restart', async () => {
    await write({ a: { command: 'a' } });
    await apply();
    const watches = open();
    await watches.set({ path, space: undefined }, true);
    await write({ a: { command: 'a', args: ['1'] } });
    await next(() => done.includes('change a 1'));

    await writeFile(path, '{');
    await next(() => watches.find().length === 1);
    expect(watches.find()[0]).toMatchObject({ cause: expect.stringContaining('line 1: it is no JSON') });
    expect(servers.map(({ name }) => name)).toEqual(['a']);
    // Editors put another file in its place.
    await writeFile(`${path}.new`, JSON.stringify({ mcpServers: { a: { command: 'a', args: ['2'] } } }));
    await rename(`${path}.new`, path);
    await next(() => done.includes('change a 2') && watches.find().length === 0);
    await watches.close();

    await write({ a: { command: 'a', args: ['3'] } });
    const again = open();
    await again.start();
    await next(() => done.includes('change a 3'));
    await again.set({ path, space: undefined }, false);
    expect(settings.get('registry.files')).toBe('[]');
    await again.close();
  });
});
