/**
 * upstream — connections to servers: instances, legs, wires, discovery, sign-in, server logs.
 */

export { type ResourceLimits, ResourceMonitor, reportProcesses, type ServerProcesses } from './care/index.ts';
export {
  type ConnectionOutcome,
  ConnectionService,
  type ConnectionServiceOptions,
  type SignInEnd,
  type SignInState,
} from './connection-service.ts';
export type { Wire } from './era-probe.ts';
export { upstreamError } from './errors.ts';
export type { HandshakeResult as Told } from './handshake.ts';
export type { HandshakeCache, InstanceContext } from './instance-context.ts';
export { fingerprintLaunch } from './launch-fingerprint.ts';
export type { CallOptions, Leg } from './leg.ts';
export {
  type EffectiveLimits,
  effectiveLimits,
  isWithinLimit,
  type LimitName,
  type LimitRow,
  limitTable,
} from './limits.ts';
export { UpstreamPool } from './pool.ts';
export {
  commandsIn,
  inputsIn,
  namesSecret,
  resolveSecrets,
  splitReferences,
  textsOf,
} from './secret-references/index.ts';
export type { ServerInstance } from './server-instance.ts';
export type { LegRequest } from './server-legs.ts';
export { ServerLogManager, type ServerLogManagerOptions } from './server-log.ts';
export { defaultStartConcurrency } from './start-queue.ts';
