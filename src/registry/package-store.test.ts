/**
 * registry/package-store.test — packages in folders of our own: what is started, what is locked, what is held. The registry is a
 * program that writes files, as npm does.
 */
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstalledServer, ServerId, SpaceId } from '../model/index.ts';
import { PackageStore, type PublishedVersion } from './package-store.ts';
import type { RunTool } from './run-tool.ts';
import { Updates } from './updates.ts';

let folder: string;
/** What the registry says of each version, and what npm was told. */
let versions: Record<string, { publisher?: string; repository?: string }>;
let told: string[][];
let bin: unknown;
let integrity: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-packages-'));
  versions = { '1.0.0': { publisher: 'anna', repository: 'git+https://git.example/x.git' } };
  told = [];
  bin = { x: 'cli.js' };
  integrity = 'sha512-abc';
});
afterEach(() => rm(folder, { recursive: true }));

const npm: RunTool = async (name, args) => {
  if (name !== 'npm') return undefined;
  told.push([...args]);
  const ok = (stdout: string) => ({ code: 0, stdout, stderr: '' });
  if (args[0] === '--version') return ok('11.0.0');
  if (args[0] === 'view') {
    const wanted = args[1]?.split('@').at(-1) ?? '';
    const version = versions[wanted] === undefined ? Object.keys(versions).at(-1) : wanted;
    const facts = versions[version ?? ''];
    return ok(JSON.stringify({ version, 'repository.url': facts?.repository, _npmUser: facts?.publisher }));
  }
  const prefix = args.find((word) => word.startsWith('--prefix='))?.slice('--prefix='.length) ?? '';
  const version = args.at(-1)?.split('@').at(-1) ?? '';
  if (versions[version] === undefined)
    return { code: 1, stdout: '', stderr: 'npm error code ETARGET\nnpm error notarget No matching version' };
  const home = join(prefix, 'node_modules', 'x');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), JSON.stringify({ name: 'x', version, bin }));
  await writeFile(join(home, 'cli.js'), `// ${version}`);
  const packages = {
    '': {},
    'node_modules/x': { version, ...(integrity !== undefined && { integrity }), hasInstallScript: true },
  };
  await writeFile(join(prefix, 'package-lock.json'), JSON.stringify({ packages }));
  return ok('');
};

const wish = { kind: 'npm', name: 'x', version: '1.0.0', program: undefined } as const;
const open = (): PackageStore => new PackageStore(folder, npm);

describe('a package', () => {
  it('is installed once, without its scripts, and started directly', async () => {
    const store = open();
    const { command, args, pinned, unrunScripts } = await store.install(wish);
    expect(command).toBe('node');
    expect(args).toEqual([join(folder, 'npm', 'x@1.0.0', 'node_modules', 'x', 'cli.js')]);
    expect(pinned).toMatchObject({
      version: '1.0.0',
      publisher: 'anna',
      repository: 'https://git.example/x',
    });
    expect(unrunScripts).toEqual(['x']);
    await store.install(wish);
    const installs = told.filter(([first]) => first === 'install');
    expect(installs).toHaveLength(1);
    expect(installs[0]).toEqual(expect.arrayContaining(['--ignore-scripts', '--save-exact', 'x@1.0.0']));
  });

  it('is known by everything that lies in its folder', async () => {
    const store = open();
    const { pinned, args } = await store.install(wish);
    expect(await store.verify(pinned)).toBeUndefined();
    await appendFile(args[0] ?? '', ' ');
    expect(await store.verify(pinned)).toBe('its files are not those that were installed');
    await rm(pinned.folder, { recursive: true });
    expect(await store.verify(pinned)).toContain('ENOENT');
  });

  it('that cannot be had leaves nothing behind', async () => {
    await expect(open().install({ ...wish, version: '9.9.9' })).rejects.toMatchObject({
      code: 'registry.package_failed',
      message: expect.stringContaining('ETARGET; notarget No matching version'),
    });
    expect(await readdir(join(folder, 'npm'))).toEqual([]);
  });

  it('that a crash left half done is installed anew', async () => {
    await mkdir(join(folder, 'npm', 'x@1.0.0', 'node_modules'), { recursive: true });
    const { pinned } = await open().install(wish);
    expect(await open().verify(pinned)).toBeUndefined();
  });

  it.each([
    ['has no program', () => (bin = undefined), 'it has no program to run'],
    ['has several programs', () => (bin = { a: 'a.js', b: 'b.js' }), 'none of its name: a, b'],
    ['has a program outside of it', () => (bin = '../../evil.js'), 'is outside of it'],
    ['has no integrity in its lock', () => (integrity = undefined), 'no integrity'],
  ])('that %s is refused', async (_, change, reason) => {
    change();
    await expect(open().install(wish)).rejects.toThrow(reason);
  });
});

describe('an update', () => {
  async function installedServer(): Promise<InstalledServer> {
    const { command, args, pinned } = await open().install(wish);
    return {
      id: 's1' as ServerId,
      spaceId: 'default' as SpaceId,
      name: 'x',
      alias: 'x',
      isEnabled: true,
      launch: { kind: 'stdio', command, args: [...args, '--port=1'], cwd: undefined, env: {} },
      sessionPolicy: 'auto',
      limits: {},
      origin: { source: 'built-in', package: pinned },
      revision: 1,
      createdAt: 0,
      updatedAt: 0,
    };
  }
  const update = async (next: Partial<PublishedVersion>, accepts = false) => {
    const server = await installedServer();
    versions['2.0.0'] = {
      publisher: next.publisher ?? 'anna',
      repository: next.repository ?? 'https://git.example/x',
    };
    const updates = new Updates(open());
    const plan = await updates.plan(server, undefined);
    return { plan, launch: await updates.install(plan, accepts) };
  };

  it('by the same publisher keeps the arguments of the server', async () => {
    const { plan, launch } = await update({});
    expect([plan.from, plan.to, plan.held]).toEqual(['1.0.0', '2.0.0', undefined]);
    expect(launch.args).toEqual([join(folder, 'npm', 'x@2.0.0', 'node_modules', 'x', 'cli.js'), '--port=1']);
    expect(launch.origin.package?.version).toBe('2.0.0');
  });

  it('by another publisher, or from another repository, is held until a person accepts it', async () => {
    await expect(update({ publisher: 'mallory' })).rejects.toMatchObject({
      code: 'registry.update_held',
      message: expect.stringContaining('its publisher was anna and is mallory'),
    });
    await expect(update({ repository: 'https://git.example/y' })).rejects.toThrow('its repository was');
    const { plan } = await update({ publisher: 'mallory' }, true);
    expect(plan.held).toBeDefined();
  });

  it('lists what is outdated, and nothing else', async () => {
    const server = await installedServer();
    const updates = new Updates(open());
    expect(await updates.outdated([server])).toEqual([]);
    versions['1.1.0'] = { publisher: 'anna', repository: 'https://git.example/x' };
    expect((await updates.outdated([server])).map(({ to }) => to)).toEqual(['1.1.0']);
  });
});
