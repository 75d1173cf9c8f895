/**
 * registry/file-watches — files of servers that are applied by themselves when they change.
 *
 * An editor writes a file in several steps, or puts another in its place: its folder is watched, and it is read when it has been
 * left alone for a moment. A file that is gone or broken changes nothing; what is wrong with it is told until it is mended.
 * Owns: the list of watched files, kept as a small value in the store, and the watchers.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Closeable, describeError, type Logger } from '../base/index.ts';
import type { FoundProblem, SettingRepository } from '../model/index.ts';
import type { FileWish, ServerFiles } from './server-files.ts';

export interface FileWatchPorts {
  readonly files: ServerFiles;
  readonly settings: SettingRepository;
  readonly logger: Logger;
  /** Something is wrong with a file, or no longer. */
  readonly changed: () => void;
}

const settingKey = 'registry.files';
/** Editors write several times within less than this. */
const quietMs = 500;

interface Watched {
  readonly wish: FileWish;
  watcher: FSWatcher | undefined;
  timer: NodeJS.Timeout | undefined;
  problem: string | undefined;
  /** One change after the other. */
  applying: Promise<void>;
}

export class FileWatches implements Closeable {
  readonly #ports: FileWatchPorts;
  readonly #watched = new Map<string, Watched>();

  constructor(ports: FileWatchPorts) {
    this.#ports = ports;
  }

  /** Watches what was watched at the last stop, and applies what has changed meanwhile. Never throws. */
  async start(): Promise<void> {
    const text = await this.#ports.settings.get(settingKey).catch(() => undefined);
    for (const wish of wishesFrom(text)) {
      this.#open(wish);
      this.#soon(wish.path);
    }
  }

  isWatched(path: string): boolean {
    return this.#watched.has(path);
  }

  async set(wish: FileWish, isWatched: boolean): Promise<void> {
    if (isWatched === this.isWatched(wish.path)) return;
    if (isWatched) this.#open(wish);
    else this.#end(wish.path);
    const list = [...this.#watched.values()].map((watched) => watched.wish);
    await this.#ports.settings.set(settingKey, JSON.stringify(list));
    this.#ports.changed();
  }

  find(): readonly FoundProblem[] {
    return [...this.#watched.values()].flatMap(({ wish, problem }) =>
      problem === undefined
        ? []
        : [
            {
              id: `file:${wish.path}`,
              code: 'registry.bad_file',
              harm: 'configuration' as const,
              about: { kind: 'daemon' as const, name: wish.path },
              title: `${wish.path} is not applied`,
              cause: problem,
              fix: { says: 'mend the file; it is applied by itself', command: `mcpmux plan ${wish.path}` },
            },
          ],
    );
  }

  async close(): Promise<void> {
    const all = [...this.#watched.values()];
    for (const { wish } of all) this.#end(wish.path);
    await Promise.all(all.map(({ applying }) => applying));
  }

  #open(wish: FileWish): void {
    const watched: Watched = {
      wish,
      watcher: undefined,
      timer: undefined,
      problem: undefined,
      applying: Promise.resolve(),
    };
    this.#watched.set(wish.path, watched);
    try {
      watched.watcher = watch(dirname(wish.path), { persistent: false }, (_, name) => {
        if (name === null || name === basename(wish.path)) this.#soon(wish.path);
      });
      watched.watcher.on('error', (error) => this.#tell(watched, describeError(error)));
    } catch (error) {
      this.#tell(watched, `its folder cannot be watched: ${describeError(error)}`);
    }
  }

  #end(path: string): void {
    const watched = this.#watched.get(path);
    if (watched === undefined) return;
    clearTimeout(watched.timer);
    watched.watcher?.close();
    this.#watched.delete(path);
  }

  #soon(path: string): void {
    const watched = this.#watched.get(path);
    if (watched === undefined) return;
    clearTimeout(watched.timer);
    watched.timer = setTimeout(() => {
      watched.applying = watched.applying.then(() => this.#apply(watched));
    }, quietMs);
    watched.timer.unref();
  }

  async #apply(watched: Watched): Promise<void> {
    const { files, logger } = this.#ports;
    try {
      const { steps } = await files.apply(watched.wish, undefined, []);
      const changed = steps.filter(({ act }) => act !== 'keep').map(({ act, name }) => `${act} ${name}`);
      if (changed.length > 0) logger.info({ file: watched.wish.path, changed }, 'a watched file was applied');
      if (watched.problem !== undefined) this.#tell(watched, undefined);
    } catch (error) {
      // Its name stands before it already.
      this.#tell(watched, describeError(error).replace(`${watched.wish.path} changes nothing: `, ''));
      logger.warn({ file: watched.wish.path, error: describeError(error) }, 'a watched file was not applied');
    }
  }

  #tell(watched: Watched, problem: string | undefined): void {
    watched.problem = problem;
    this.#ports.changed();
  }
}

function wishesFrom(text: string | undefined): readonly FileWish[] {
  if (text === undefined) return [];
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? (list as FileWish[]) : [];
  } catch {
    // What cannot be read is watched again when a person says so.
    return [];
  }
}
