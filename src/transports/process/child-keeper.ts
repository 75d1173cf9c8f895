/**
 * transports/process/child-keeper — what all children of one daemon share: where commands are found, and the care that
 * nothing of them outlives us.
 *
 * Three nets, each for the case that the one before is torn: the stop ladder of the wire (an orderly end), the watchdog
 * (our sudden end), the reaper at the next start (the sudden end of both).
 * Owns: the watchdog and the record of groups.
 * Knows nothing of: what the children do.
 */
import { type Clock, type Closeable, describeError, type Logger, randomText } from '../../base/index.ts';
import { markerVariable } from './child-environment.ts';
import { GroupRecord } from './group-record.ts';
import { LoginShellPath } from './login-shell-path.ts';
import { markerSeparator } from './marked-processes.ts';
import { type ReapedGroup, reapLeftovers } from './reaper.ts';
import { Watchdog } from './watchdog.ts';

export interface ChildKeeper {
  /** Value of MCPMUX_CHILD in the next child: unique, and inherited by whatever it starts. */
  nextMarker(): string;
  /**
   * Where commands are searched.
   * @param isThorough ask the login shell in any case: a command was not found without it
   */
  searchPath(isThorough: boolean): Promise<string>;
  /**
   * Starts a child that leads a process group of its own, and keeps it in mind from the moment before.
   * @param spawn starts it at once, with a marker in its environment; without a pid nothing was started
   */
  start<Child extends { readonly pid?: number | undefined }>(spawn: () => Child): Child;
  /** Nothing of the group is left, nor of what left it. */
  ended(groupId: number): void;
}

export interface DaemonChildKeeperOptions {
  /** Where the record of groups is kept; made with the first child. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ownEnvironment?: Readonly<Record<string, string | undefined>>;
}

/** The keeper of a daemon. Nothing is started or written before the first child. */
export class DaemonChildKeeper implements ChildKeeper, Closeable {
  /** What the markers of all its children begin with. */
  readonly marker = randomText(24);
  #children = 0;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #path: LoginShellPath;
  readonly #watchdog: Watchdog;
  readonly #record: GroupRecord;

  constructor(options: DaemonChildKeeperOptions) {
    this.#clock = options.clock;
    this.#folder = options.folder;
    this.#logger = options.logger;
    this.#path = new LoginShellPath({ clock: options.clock, own: options.ownEnvironment ?? process.env });
    this.#watchdog = new Watchdog(options.logger, `${markerVariable}=${this.marker}`);
    this.#record = new GroupRecord(options.folder, this.marker);
  }

  /** For people who wonder what that `sh` is; undefined while there is none. */
  get watchdogPid(): number | undefined {
    return this.#watchdog.pid;
  }

  /** Ends what earlier daemons left, and logs it. To be called once; servers may start meanwhile. Never throws. */
  async reapLeftovers(): Promise<readonly ReapedGroup[]> {
    let reaped: readonly ReapedGroup[] = [];
    try {
      reaped = await reapLeftovers(this.#clock, this.#folder, this.marker);
    } catch (error) {
      this.#logger.warn(
        { error: describeError(error) },
        'what an earlier daemon left running could not be found out',
      );
    }
    for (const { groupId, names, isGone } of reaped) {
      this.#logger.warn({ groupId, names, isGone }, 'a server that an earlier daemon left running was ended');
    }
    return reaped;
  }

  nextMarker(): string {
    this.#children += 1;
    return `${this.marker}${markerSeparator}${this.#children}`;
  }

  searchPath(isThorough: boolean): Promise<string> {
    // Asked right before a child is started.
    this.#watchdog.prepare();
    return this.#path.get(isThorough);
  }

  start<Child extends { readonly pid?: number | undefined }>(spawn: () => Child): Child {
    // Whatever becomes of us in this moment, the watchdog finds the child by its marker.
    this.#watchdog.prepare();
    const child = spawn();
    if (child.pid !== undefined) {
      this.#watchdog.add(child.pid);
      this.#record.add(child.pid, this.#clock.now());
    }
    return child;
  }

  ended(groupId: number): void {
    this.#watchdog.remove(groupId);
    this.#record.remove(groupId);
  }

  /** To be called after the last wire is closed; the watchdog ends what is left even so. */
  close(): void {
    this.#watchdog.close();
    this.#record.close();
  }
}

/** For tests and tools: our own PATH, no care beyond the wire's own stop ladder. */
export function plainChildKeeper(marker = 'none'): ChildKeeper {
  return {
    nextMarker: () => `${marker}${markerSeparator}${randomText(16)}`,
    searchPath: () => Promise.resolve(process.env['PATH'] ?? ''),
    start: (spawn) => spawn(),
    ended() {},
  };
}
