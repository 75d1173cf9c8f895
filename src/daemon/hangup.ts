/**
 * daemon/hangup — what SIGHUP means for this process: the end of its terminal, or nothing.
 *
 *     otherwise                                    its terminal is closed: stop, as with SIGTERM
 *     nohup                                        go on; Node forgets at its start that the signal was ignored
 *     a service manager (systemd, launchd …)       go on: there is no terminal, and nothing to read anew
 *
 * Pure. Knows nothing of: how the daemon stops.
 */

export interface HangupFacts {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Is stdin, stdout or stderr a terminal? */
  readonly hasTerminal: boolean;
}

/** Set for their children by systemd and by supervisord. */
const serviceVariables = ['INVOCATION_ID', 'NOTIFY_SOCKET', 'SUPERVISOR_PROCESS_NAME'] as const;

export function ignoresHangup({ platform, env, hasTerminal }: HangupFacts): boolean {
  // On Windows it is the console that is closed, and the system ends us in any case.
  if (platform === 'win32') return false;
  // A shell names the program that it starts here, and nohup hands its environment on.
  if (/(^|\/)nohup$/.test(env['_'] ?? '')) return true;
  if (hasTerminal) return false;
  if (serviceVariables.some((name) => (env[name] ?? '') !== '')) return true;
  // launchd sets it for jobs; in a terminal it is 0 or the terminal's own.
  return platform === 'darwin' && !['', '0'].includes(env['XPC_SERVICE_NAME'] ?? '');
}
