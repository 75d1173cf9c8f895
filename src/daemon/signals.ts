/**
 * daemon/signals — what the operating system and our own mistakes can tell a running daemon.
 *
 *     SIGINT, SIGTERM, SIGBREAK   drain and end with 0; a second one ends at once with 128 + its number
 *     SIGHUP                      the terminal is gone: the same, but a second one is the same hang-up; a service ignores it
 *     SIGUSR1                     nothing: by default it would open Node's inspector to every program of this user
 *     uncaught error              log, drain, end with 70 (EX_SOFTWARE): a service manager starts a clean one
 *
 * Knows nothing of: how draining works.
 */
import { constants } from 'node:os';
import { describeError, type Logger } from '../base/index.ts';

const softwareError = 70;
/** However draining goes wrong, a daemon that was told to end ends. */
const lastResortMs = 30_000;
/** Windows ends a program about 10 s after its console was closed; by then everything must be written. */
const consoleCloseMs = 8_000;
/** Ctrl+C reaches `npm start` and the daemon at once, and npm passes its own on: that is one wish, not two. */
const echoMs = 100;

export interface SignalOptions {
  /** Stops taking requests, lets running ones end, closes everything. */
  drain(reason: string): Promise<void>;
  readonly logger: Logger;
  /** Default: the longest grace that the settings allow is not known here, so the caller says when to give up. */
  readonly lastResortMs?: number;
  /** A service or nohup runs us: no terminal's end concerns us. */
  readonly ignoresHangup?: boolean;
  /** For tests. Default: this process. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'exit' | 'platform'>;
}

/** Begins to listen. @returns closing it gives the signals their default meaning back */
export function handleSignals(options: SignalOptions): { close(): void } {
  const host = options.process ?? process;
  const logger = options.logger.child({ room: 'daemon' });
  let ending: string | undefined;
  let beganAt = 0;

  const end = (reason: string, exitCode: number, giveUpMs = options.lastResortMs ?? lastResortMs): void => {
    ending = reason;
    beganAt = performance.now();
    const lastResort = setTimeout(() => {
      logger.error({ reason }, 'draining did not end in time');
      host.exit(exitCode === 0 ? 1 : exitCode);
    }, giveUpMs);
    options.drain(reason).then(
      () => {
        clearTimeout(lastResort);
        host.exit(exitCode);
      },
      (error: unknown) => {
        clearTimeout(lastResort);
        logger.error({ reason, error: describeError(error) }, 'draining failed');
        host.exit(exitCode === 0 ? 1 : exitCode);
      },
    );
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending !== undefined) {
      if (performance.now() - beganAt < echoMs && signal === ending) return;
      host.exit(128 + constants.signals[signal]);
      return;
    }
    logger.info({ signal }, 'stopping');
    end(signal, 0);
  };
  const onHangup = (signal: NodeJS.Signals): void => {
    if (options.ignoresHangup === true) {
      logger.info({ signal }, 'ignored: there is no terminal that was closed, and nothing to read again');
      return;
    }
    // The shell and the kernel both say it. Only a person who presses Ctrl+C again is in a hurry.
    if (ending !== undefined) return;
    logger.info({ signal }, 'stopping: the terminal was closed');
    if (host.platform === 'win32') end(signal, 0, consoleCloseMs);
    else end(signal, 0);
  };
  const onMistake = (error: unknown): void => {
    logger.error({ error }, `an error that nobody caught: ${describeError(error)}`);
    if (ending === undefined) end('internal error', softwareError);
  };
  const ignore = (): void => {};
  const listeners: readonly (readonly [event: string, listener: Parameters<typeof host.on>[1]])[] = [
    ['SIGINT', onSignal],
    ['SIGTERM', onSignal],
    // Ctrl+Break. Only Windows has it.
    ['SIGBREAK', onSignal],
    ['SIGHUP', onHangup],
    ['SIGUSR1', ignore],
    ['uncaughtException', onMistake],
    ['unhandledRejection', onMistake],
  ];

  for (const [event, listener] of listeners) host.on(event, listener);
  return {
    close() {
      for (const [event, listener] of listeners) host.off(event, listener);
    },
  };
}
