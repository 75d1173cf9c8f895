/**
 * daemon/signals — what the operating system and our own mistakes can tell a running daemon.
 *
 *     SIGINT, SIGTERM, SIGHUP   drain and end with 0; a second one ends at once with 128 + its number
 *     SIGUSR1                   nothing: by default it would open Node's inspector to every program of this user
 *     uncaught error            log, drain, end with 70 (EX_SOFTWARE): a service manager starts a clean one
 *
 * Knows nothing of: how draining works.
 */
import { constants } from 'node:os';
import { describeError, type Logger } from '../base/index.ts';

const softwareError = 70;
/** However draining goes wrong, a daemon that was told to end ends. */
const lastResortMs = 30_000;

export interface SignalOptions {
  /** Stops taking requests, lets running ones end, closes everything. */
  drain(reason: string): Promise<void>;
  readonly logger: Logger;
  /** Default: the longest grace that the settings allow is not known here, so the caller says when to give up. */
  readonly lastResortMs?: number;
  /** For tests. Default: this process. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'exit'>;
}

/** Begins to listen. @returns closing it gives the signals their default meaning back */
export function handleSignals(options: SignalOptions): { close(): void } {
  const host = options.process ?? process;
  const logger = options.logger.child({ room: 'daemon' });
  let ending: string | undefined;

  const end = (reason: string, exitCode: number): void => {
    ending = reason;
    const lastResort = setTimeout(() => {
      logger.error({ reason }, 'draining did not end in time');
      host.exit(exitCode === 0 ? 1 : exitCode);
    }, options.lastResortMs ?? lastResortMs);
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
      host.exit(128 + constants.signals[signal]);
      return;
    }
    logger.info({ signal }, 'stopping');
    end(signal, 0);
  };
  const onMistake = (error: unknown): void => {
    logger.error({ error }, `an error that nobody caught: ${describeError(error)}`);
    if (ending === undefined) end('internal error', softwareError);
  };
  const ignore = (): void => {};

  host.on('SIGINT', onSignal);
  host.on('SIGTERM', onSignal);
  host.on('SIGHUP', onSignal);
  host.on('SIGUSR1', ignore);
  host.on('uncaughtException', onMistake);
  host.on('unhandledRejection', onMistake);
  return {
    close() {
      host.off('SIGINT', onSignal);
      host.off('SIGTERM', onSignal);
      host.off('SIGHUP', onSignal);
      host.off('SIGUSR1', ignore);
      host.off('uncaughtException', onMistake);
      host.off('unhandledRejection', onMistake);
    },
  };
}
