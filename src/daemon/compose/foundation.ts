/**
 * daemon/compose/foundation — what every wing of the daemon stands on: settings, time, events, logs, and what closes.
 *
 * Knows nothing of: any room above base, config and observe.
 */
import { type Clock, Closer, describeError, EventBus, type Logger, systemClock } from '../../base/index.ts';
import type { LoadedSettings } from '../../config/index.ts';
import type { DomainEvent } from '../../model/index.ts';
import type { SecretRedactor } from '../../observe/index.ts';
import { Readiness } from '../readiness.ts';
import type { StartupResources } from '../startup-lock.ts';

export interface ComposeOptions {
  readonly loaded: LoadedSettings;
  readonly version: string;
  readonly logger: Logger;
  readonly secrets: SecretRedactor;
  readonly clock?: Clock;
  /** Somebody asked by way of the admin API that the daemon stops. */
  stopRequested(reason: string): void;
  /** The data folder and the port; the daemon closes them. */
  readonly startup: StartupResources;
}

export interface Foundation {
  readonly options: ComposeOptions;
  readonly settings: LoadedSettings['settings'];
  readonly logger: Logger;
  readonly secrets: SecretRedactor;
  readonly clock: Clock;
  readonly events: EventBus<DomainEvent>;
  /** Closes what was opened, the last first. */
  readonly closer: Closer;
  readonly readiness: Readiness;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

export function layFoundation(options: ComposeOptions): Foundation {
  const { logger, secrets, loaded, startup } = options;
  const clock = options.clock ?? systemClock;
  const closer = new Closer((name, error) =>
    logger.warn({ part: name, error: describeError(error) }, 'a part did not close cleanly'),
  );
  closer.own('lock', startup.lock);
  // Where the start fails. Otherwise they are closed long before.
  closer.defer('port', () => startup.listeners.close(0));
  const events = new EventBus<DomainEvent>(clock, (error, event) =>
    logger.error({ event: event.type, error: describeError(error) }, 'a listener failed'),
  );
  return {
    options,
    settings: loaded.settings,
    logger,
    secrets,
    clock,
    events,
    closer,
    readiness: new Readiness(['port', 'admin']),
    startedAt: clock.now(),
  };
}
