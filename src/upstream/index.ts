/**
 * upstream — connections to servers: instances, legs, wires, discovery, sign-in, server logs.
 */

export { type CareLimits, reportProcesses, type ServerProcesses, UpstreamCare } from './care/index.ts';
export {
  type ConnectionOutcome,
  ConnectionService,
  type ConnectionServiceOptions,
  type SignInEnd,
  type SignInState,
} from './connection-service.ts';
export { fingerprintLaunch, type Wire } from './era-probe.ts';
export { upstreamError } from './errors.ts';
export type { InstanceContext, ToldMemory } from './instance-context.ts';
export type { CallOptions, Leg, Told } from './leg.ts';
export {
  type EffectiveLimits,
  effectiveLimits,
  isWithinLimit,
  type LimitName,
  type LimitRow,
  limitTable,
} from './limits.ts';
export { defaultStartConcurrency, UpstreamPool } from './pool.ts';
export { commandsIn, fillInSecrets, inputsIn, namesSecret, textsOf } from './secret-references/index.ts';
export type { ServerInstance } from './server-instance.ts';
export type { LegWish } from './server-legs.ts';
export { ServerLogManager, type ServerLogManagerOptions } from './server-log.ts';
