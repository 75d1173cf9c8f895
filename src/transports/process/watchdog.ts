/**
 * transports/process/watchdog — ends all children when the daemon is gone without a word (SIGKILL, power of the OOM killer).
 *
 * One `sh` for all children holds the reading end of a pipe from the daemon and keeps the list of process groups. When
 * the pipe ends, the daemon is dead, and the groups that are left are ended. It has a session of its own, so what is
 * sent to the daemon's group or terminal does not reach it. Cost: one small process, two lines per child.
 *
 * A daemon can die between the start of a child and the line that names it, and what a child starts may leave its group.
 * So whoever carries the marker of the daemon in its environment is ended, too (where the system shows environments).
 * POSIX only; on Windows the system ends direct children with us.
 * Knows nothing of: servers; a group is a number.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Logger } from '../../base/index.ts';
import { platform } from '../../platform/index.ts';

const script = `
marker=$1
trap '' HUP INT TERM QUIT
groups=' '
orderly=''
while read -r verb group; do
  case $verb in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
    .) orderly=1 ;;
  esac
done
[ -n "$orderly" ] && [ "$groups" = ' ' ] && exit 0
marked() {
  if [ -d /proc/self ]; then
    for file in $(grep -lsF "$marker" /proc/[0-9]*/environ); do file=\${file#/proc/}; echo "\${file%/environ}"; done
  else
    ps -A -E -ww -o pid=,command= | grep -F "$marker" | while read -r pid rest; do echo "$pid"; done
  fi
}
end() {
  for group in $groups; do kill "$1" "-$group"; done
  for pid in $(marked); do kill "$1" "$pid"; done
}
end -TERM 2>/dev/null
sleep 1
end -KILL 2>/dev/null
end -KILL 2>/dev/null
exit 0
`;

/** It is started again when somebody ends it, but not for ever. */
const maxStarts = 5;

export class Watchdog {
  readonly #logger: Logger;
  readonly #marker: string;
  readonly #groups = new Set<number>();
  #child: ChildProcess | undefined;
  #starts = 0;
  #isClosed = false;

  /** @param marker what the environment of every child and of all that it starts has, and no other process */
  constructor(logger: Logger, marker: string) {
    this.#logger = logger;
    this.#marker = marker;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Children will be started soon: whatever becomes of us then, there is somebody who knows of them. */
  prepare(): void {
    if (this.#child === undefined) this.#start();
  }

  add(groupId: number): void {
    this.#groups.add(groupId);
    if (this.#child === undefined) this.#start();
    else this.#tell(`+ ${groupId}\n`);
  }

  remove(groupId: number): void {
    if (this.#groups.delete(groupId)) this.#tell(`- ${groupId}\n`);
  }

  /** Lets it go: it ends what is left, when there are still groups on its list. */
  close(): void {
    this.#isClosed = true;
    this.#tell('.\n');
    this.#child?.stdin?.end();
  }

  #start(): void {
    if (!platform.hasProcessGroups || this.#isClosed || this.#starts >= maxStarts) return;
    this.#starts += 1;
    const child = spawn('/bin/sh', ['-c', script, 'mcpmux-watchdog', this.#marker], {
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
