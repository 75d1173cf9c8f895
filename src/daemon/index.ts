/**
 * daemon — one running mcpmux: its lock, its signals, whether it is ready.
 */
export { daemonError } from './errors.ts';
export { acquireDaemonLock, type DaemonLock } from './lock.ts';
export { Readiness, type ReadinessState } from './readiness.ts';
export { type DaemonRecord, readDaemonRecord } from './record.ts';
export { type RunCommand, Service, type ServiceState } from './service/service.ts';
export { planService, type ServiceFacts, type ServicePlan } from './service/service-plan.ts';
export { handleSignals, type SignalOptions } from './signals.ts';
