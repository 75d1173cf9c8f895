/**
 * daemon/compose/foundation — what every wing of the daemon stands on: settings, time, events, logs, and what closes.
 *
 * Knows nothing of: any room above base, config and observe.
 */
import { getHeapStatistics } from 'node:v8';
import {
  ByteBudget,
  type ByteBudgetLimits,
  type Clock,
  Closer,
  describeError,
  EventBus,
  type Logger,
  systemClock,
} from '../../base/index.ts';
import type { LoadedSettings } from '../../config/index.ts';
import type { DomainEvent } from '../../model/index.ts';
import { NetworkSettings } from '../../network/index.ts';
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
  /** Shows a line to whoever sits at the terminal of the daemon. @returns false when it has none */
  showOnTerminal(text: string): boolean;
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
  readonly network: NetworkSettings;
  /** Closes what was opened, the last first. */
  readonly closer: Closer;
  readonly readiness: Readiness;
  /** What clients may make us keep. */
  readonly clientMemory: ByteBudget;
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
    network: new NetworkSettings(process.env),
    closer,
    readiness: new Readiness(['port', 'admin']),
    clientMemory: new ByteBudget(
      clientMemoryLimits(getHeapStatistics().heap_size_limit, loaded.settings.bodyCapBytes),
    ),
    startedAt: clock.now(),
  };
}

const mebibyte = 1024 * 1024;

/** An eighth of what the process may use, within bounds; one principal gets half of it, which is two requests at least. */
export function clientMemoryLimits(heapLimitBytes: number, bodyCapBytes: number): ByteBudgetLimits {
  const wanted = Math.min(256 * mebibyte, Math.max(16 * mebibyte, Math.floor(heapLimitBytes / 8)));
  const totalBytes = Math.max(wanted, 4 * bodyCapBytes);
  return { totalBytes, ownerBytes: totalBytes / 2 };
}
