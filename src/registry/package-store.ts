/**
 * registry/package-store — packages installed once, in a folder each, with an exact version and a lock.
 *
 *     packages/npm/@scope+name@1.2.3/    package-lock.json (integrity of every package), node_modules/
 *     packages/pypi/name@1.2.3/          requirements.lock (a hash for every wheel), a virtual environment
 *
 * A folder gets its name when all of it is there, and nobody changes it after that: what is in it is hashed as a whole.
 * Install scripts do not run. Servers are started directly from here, without npx and its shell in between.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describeError, isMcpMuxError } from '../base/index.ts';
import type { PinnedPackage } from '../model/index.ts';
import { platform } from '../platform/index.ts';
import { registryError } from './errors.ts';
import type { RunTool, ToolResult } from './run-tool.ts';

export interface PackageWish {
  readonly kind: 'npm' | 'pypi';
  readonly name: string;
  readonly version: string;
  /** Its program, where it is not named like the package. */
  readonly program: string | undefined;
}

export interface InstalledPackage {
  readonly pinned: PinnedPackage;
  readonly command: string;
  /** Before the server's own arguments. */
  readonly args: readonly string[];
  /** Packages whose install scripts were not run. */
  readonly unrunScripts: readonly string[];
}

/** What a registry says of one version. */
export interface PublishedVersion {
  readonly version: string;
  readonly publisher: string | undefined;
  readonly repository: string | undefined;
}

export class PackageStore {
  readonly #folder: string;
  readonly #run: RunTool;
  /** Asked once: each takes a process. */
  readonly #able = new Map<string, Promise<boolean>>();

  constructor(folder: string, run: RunTool) {
    this.#folder = folder;
    this.#run = run;
  }

  /** Can packages of this kind be installed here? */
  canInstall(kind: string): Promise<boolean> {
    const known = this.#able.get(kind) ?? this.#isAble(kind);
    // Who installs the program that is missing asks again.
    known.then((isAble) => isAble || this.#able.delete(kind)).catch(() => this.#able.delete(kind));
    this.#able.set(kind, known);
    return known;
  }

  async #isAble(kind: string): Promise<boolean> {
    if (kind === 'npm') return (await this.#run('npm', ['--version'], { timeoutMs: 20_000 }))?.code === 0;
    if (kind === 'pypi') return (await this.#python()) !== undefined;
    return false;
  }

  /** Installs it, or finds it installed. @throws registry.package_failed */
  async install(wish: PackageWish): Promise<InstalledPackage> {
    const folder = join(this.#folder, wish.kind, `${wish.name.replaceAll('/', '+')}@${wish.version}`);
    // The lock is written last: a folder without one was left half done by a crash.
    const lock = join(folder, wish.kind === 'npm' ? 'package-lock.json' : 'requirements.lock');
    const isThere = await stat(lock).then(
      (facts) => facts.isFile(),
      () => false,
    );
    if (!isThere) {
      await rm(folder, { recursive: true, force: true });
      await this.#fill(wish, folder);
    }
    const find = wish.kind === 'npm' ? npmProgram : pypiProgram;
    const started = await find(folder, wish).catch((error: unknown) => {
      if (isMcpMuxError(error)) throw error;
      const reason = `its folder ${folder} is damaged (${describeError(error)}); delete it and try again`;
      throw packageError(wish, reason, error);
    });
    const published = await this.published(wish.kind, wish.name, wish.version);
    return {
      ...started,
      pinned: {
        kind: wish.kind,
        name: wish.name,
        version: wish.version,
        folder,
        integrity: await treeHash(folder),
        ...(wish.program !== undefined && { program: wish.program }),
        ...(published?.publisher !== undefined && { publisher: published.publisher }),
        ...(published?.repository !== undefined && { repository: published.repository }),
      },
    };
  }

  /** Why what lies in its folder is not what was installed; undefined = it is. */
  async verify(item: PinnedPackage): Promise<string | undefined> {
    const found = await treeHash(item.folder).catch((error: unknown) => describeError(error));
    if (found === item.integrity) return undefined;
    return found.startsWith('sha256-') ? 'its files are not those that were installed' : found;
  }

  /** @param version undefined = the newest. @returns undefined when the registry cannot be asked or does not know it */
  async published(
    kind: 'npm' | 'pypi',
    name: string,
    version?: string,
  ): Promise<PublishedVersion | undefined> {
    if (kind === 'npm') {
      const spec = version === undefined ? name : `${name}@${version}`;
      const said = await this.#run('npm', ['view', spec, 'version', 'repository.url', '_npmUser', '--json'], {
        timeoutMs: 60_000,
      });
      return said?.code === 0 ? npmVersion(said.stdout) : undefined;
    }
    if (version !== undefined) return { version, publisher: undefined, repository: undefined };
    const python = await this.#python();
    if (python === undefined) return undefined;
    const said = await this.#run(python, ['-m', 'pip', 'index', 'versions', name], { timeoutMs: 60_000 });
    const newest = /^\S+ \(([^)\s]+)\)/.exec(said?.stdout ?? '')?.[1];
    return newest === undefined
      ? undefined
      : { version: newest, publisher: undefined, repository: undefined };
  }

  async #python(): Promise<string | undefined> {
    for (const name of ['python3', 'python']) {
      const said = await this.#run(
        name,
        ['-c', 'import venv, ensurepip, sys; print(sys.version_info >= (3, 10))'],
        {
          timeoutMs: 20_000,
        },
      );
      if (said?.code === 0 && said.stdout.trim() === 'True') return name;
    }
    return undefined;
  }

  async #fill(wish: PackageWish, folder: string): Promise<void> {
    const part = `${folder}.part-${process.pid}-${Date.now()}`;
    try {
      await mkdir(part, { recursive: true });
      // A virtual environment holds its own path, so it is made where it stays; the lock is what says that it is whole.
      if (wish.kind === 'npm') {
        await this.#npm(wish, part);
        await rename(part, folder);
      } else {
        await rm(part, { recursive: true });
        await this.#pypi(wish, folder);
      }
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      if (wish.kind === 'pypi') await rm(folder, { recursive: true, force: true });
      if (isMcpMuxError(error)) throw error;
      throw packageError(wish, describeError(error), error);
    }
  }

  async #npm(wish: PackageWish, folder: string): Promise<void> {
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const said = await this.#run(
      'npm',
      [
        'install',
        `--prefix=${folder}`,
        '--ignore-scripts',
        '--save-exact',
        '--no-audit',
        '--no-fund',
        '--no-progress',
        '--package-lock=true',
        '--global=false',
        `${wish.name}@${wish.version}`,
      ],
      { cwd: folder },
    );
    expectSuccess(wish, 'npm', said);
  }

  async #pypi(wish: PackageWish, folder: string): Promise<void> {
    const python = await this.#python();
    if (python === undefined) throw packageError(wish, 'Python 3.10 or newer with venv is not here');
    await mkdir(folder, { recursive: true });
    const own = join(folder, 'env');
    expectSuccess(wish, 'python', await this.#run(python, ['-m', 'venv', own], { timeoutMs: 120_000 }));
    const report = join(folder, 'report.json');
    const program = join(
      own,
      platform.isWindows ? 'Scripts' : 'bin',
      platform.isWindows ? 'python.exe' : 'python',
    );
    const args = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--only-binary=:all:'];
    const said = await this.#run(program, [...args, `--report=${report}`, `${wish.name}==${wish.version}`]);
    expectSuccess(wish, 'pip', said);
    await writeFile(join(folder, 'requirements.lock'), lockOf(await readFile(report, 'utf8')));
    await rm(report);
  }
}

function packageError(wish: PackageWish, reason: string, cause?: unknown): Error {
  return registryError(
    'package_failed',
    { name: wish.name, version: wish.version, kind: wish.kind, reason },
    cause,
  );
}

function expectSuccess(wish: PackageWish, tool: string, said: ToolResult | undefined): void {
  if (said?.code === 0) return;
  if (said === undefined) throw packageError(wish, `${tool} is not here`);
  if (said.code === null) throw packageError(wish, `${tool} did not end in time`);
  const lines = `${said.stderr}\n${said.stdout}`
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?(code )?/, '').trim())
    .filter((line) => line !== '' && !/^(A complete log|npm (warn|notice))/.test(line));
  throw packageError(wish, `${tool} failed: ${lines.slice(0, 3).join('; ').slice(0, 500)}`);
}

interface NpmView {
  readonly version?: string;
  readonly 'repository.url'?: string;
  readonly _npmUser?: string | { readonly name?: string };
}

function npmVersion(text: string): PublishedVersion | undefined {
  const parsed = JSON.parse(text) as NpmView | readonly NpmView[];
  const view = Array.isArray(parsed) ? (parsed as readonly NpmView[]).at(-1) : (parsed as NpmView);
  if (typeof view?.version !== 'string') return undefined;
  const user = view._npmUser;
  const publisher = typeof user === 'string' ? user.split(' ')[0] : user?.name;
  const repository = view['repository.url']?.replace(/^git\+/, '').replace(/\.git$/, '');
  return { version: view.version, publisher, repository };
}

interface NpmLock {
  readonly packages?: Readonly<
    Record<string, { readonly hasInstallScript?: boolean; readonly integrity?: string }>
  >;
}

async function npmProgram(folder: string, wish: PackageWish): Promise<Omit<InstalledPackage, 'pinned'>> {
  const home = join(folder, 'node_modules', ...wish.name.split('/'));
  const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    readonly bin?: string | Readonly<Record<string, string>>;
  };
  const short = wish.name.split('/').at(-1) ?? wish.name;
  const programs = typeof manifest.bin === 'string' ? { [short]: manifest.bin } : (manifest.bin ?? {});
  const names = Object.keys(programs);
  const chosen = wish.program ?? (names.includes(short) ? short : names.length === 1 ? names[0] : undefined);
  const script = chosen === undefined ? undefined : programs[chosen];
  if (script === undefined)
    throw packageError(
      wish,
      names.length === 0
        ? 'it has no program to run'
        : `it has several programs, and none of its name: ${names.join(', ')}`,
    );
  const file = join(home, script);
  if (!file.startsWith(home + sep)) throw packageError(wish, `its program ${script} is outside of it`);
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as NpmLock;
  const entries = Object.entries(lock.packages ?? {}).filter(([path]) => path !== '');
  const unlocked = entries.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path);
  if (unlocked.length === entries.length) throw packageError(wish, 'npm wrote no integrity into its lock');
  return {
    command: 'node',
    args: [file],
    unrunScripts: entries
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, '')),
  };
}

async function pypiProgram(folder: string, wish: PackageWish): Promise<Omit<InstalledPackage, 'pinned'>> {
  const programs = join(folder, 'env', platform.isWindows ? 'Scripts' : 'bin');
  const ending = platform.isWindows ? '.exe' : '';
  const there = await readdir(programs);
  const short = wish.name.split('.').at(-1) ?? wish.name;
  const wanted = [wish.program, wish.name, wish.name.replaceAll('_', '-'), short].filter(
    (name) => name !== undefined,
  );
  const chosen = wanted.find((name) => there.includes(name + ending));
  if (chosen === undefined) throw packageError(wish, `it has no program named ${wanted[0]}`);
  return { command: join(programs, chosen + ending), args: [], unrunScripts: [] };
}

interface PipReport {
  readonly install?: readonly {
    readonly metadata?: { readonly name?: string; readonly version?: string };
    readonly download_info?: {
      readonly archive_info?: { readonly hashes?: Readonly<Record<string, string>> };
    };
  }[];
}

/** In the format that pip installs from with `--require-hashes`. */
function lockOf(report: string): string {
  const { install = [] } = JSON.parse(report) as PipReport;
  const lines = install.map(({ metadata, download_info: from }) => {
    const hash = from?.archive_info?.hashes?.['sha256'];
    return `${metadata?.name}==${metadata?.version}${hash === undefined ? '' : ` --hash=sha256:${hash}`}`;
  });
  return `${lines.sort().join('\n')}\n`;
}

/** Of every file and link in a folder, by name and content. What Python writes while it runs does not count. */
async function treeHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const walk = async (path: string): Promise<void> => {
    for (const name of (await readdir(path)).sort()) {
      if (name === '__pycache__' || name === '.package-lock.json') continue;
      const file = join(path, name);
      const facts = await lstat(file);
      if (facts.isDirectory()) await walk(file);
      else {
        hash.update(`${relative(folder, file).split(sep).join('/')}\0`);
        if (facts.isSymbolicLink()) hash.update(await readlink(file));
        else hash.update(await fileHash(file));
      }
    }
  };
  await walk(folder);
  return `sha256-${hash.digest('base64')}`;
}

async function fileHash(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest();
}
