/**
 * daemon — one running mcpmux: its lock, its signals, whether it is ready.
 */
export { daemonError } from './errors.ts';
export { acquireDaemonLock, type DaemonLock } from './lock.ts';
export { Readiness, type ReadinessState } from './readiness.ts';
export { type DaemonRecord, readDaemonRecord } from './record.ts';
export { handleSignals, type SignalOptions } from './signals.ts';
