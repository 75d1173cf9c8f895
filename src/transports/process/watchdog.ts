/**
 * transports/process/watchdog — ends all children when the daemon is gone without a word (SIGKILL, power of the OOM killer).
 *
 * One `sh` for all children holds the reading end of a pipe from the daemon and keeps the list of process groups. When
 * the pipe ends, the daemon is dead, and the groups that are left are ended. It has a session of its own, so what is
 * sent to the daemon's group or terminal does not reach it. Cost: one small process, two lines per child.
 *
 * A daemon can die between the start of a child and the line that names it. So each start is announced first; when the
 * pipe ends after an announcement, the child is looked for by the marker in its environment (where the system shows it).
 * POSIX only; on Windows the system ends direct children with us.
 * Knows nothing of: servers; a group is a number.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Logger } from '../../base/index.ts';
import { platform } from '../../platform/index.ts';

const script = `
trap '' HUP INT TERM QUIT
groups=' '
announced=''
while read -r verb group; do
  case $verb in
    '~') announced=$group ;;
    =) announced='' ;;
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
[ "$groups$announced" = ' ' ] && exit 0
end() {
  for group in $groups; do kill "$1" "-$group"; done
  [ -n "$announced" ] || return 0
  for file in $(grep -lsF "$announced" /proc/[0-9]*/environ); do file=\${file#/proc/}; kill "$1" "\${file%/environ}"; done
}
end -TERM 2>/dev/null
sleep 1
end -KILL 2>/dev/null
exit 0
`;

/** It is started again when somebody ends it, but not for ever. */
const maxStarts = 5;

export class Watchdog {
  readonly #logger: Logger;
  readonly #groups = new Set<number>();
  #child: ChildProcess | undefined;
  #starts = 0;
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Children will be started soon: whatever becomes of us then, there is somebody who knows of them. */
  prepare(): void {
    if (this.#child === undefined) this.#start();
  }

  /**
   * A child is started in this very turn; `settled` says that this is over.
   * @param environment a part of its environment that no other process has
   */
  announce(environment: string): void {
    this.prepare();
    this.#tell(`~ ${environment}\n`);
  }

  settled(): void {
    this.#tell('=\n');
  }

  add(groupId: number): void {
    this.#groups.add(groupId);
    if (this.#child === undefined) this.#start();
    else this.#tell(`+ ${groupId}\n`);
  }

  remove(groupId: number): void {
    if (this.#groups.delete(groupId)) this.#tell(`- ${groupId}\n`);
  }

  /** Lets it go: it ends the groups that are still on its list. */
  close(): void {
    this.#isClosed = true;
    this.#child?.stdin?.end();
  }

  #start(): void {
    if (!platform.hasProcessGroups || this.#isClosed || this.#starts >= maxStarts) return;
    this.#starts += 1;
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#child = child;
    child.once('error', (error) => {
      this.#logger.warn({ error: error.message }, 'the watchdog of child processes cannot be started');
    });
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
      if (!this.#isClosed && this.#groups.size > 0) this.#start();
    });
    child.stdin.on('error', () => {
      // It is gone; its exit starts the next one.
    });
    // It must outlive us, not keep us alive.
    child.unref();
    (child.stdin as Writable & { unref?(): void }).unref?.();
    this.#tell([...this.#groups].map((groupId) => `+ ${groupId}\n`).join(''));
  }

  #tell(lines: string): void {
    const stdin = this.#child?.stdin;
    if (stdin?.writable) stdin.write(lines);
  }
}
