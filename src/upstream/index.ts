/**
 * upstream — connections to servers: instances, legs, wires, discovery, sign-in, server logs.
 */

export { fingerprintLaunch, type Wire } from './era-probe.ts';
export { upstreamError } from './errors.ts';
export type { CallOptions, Leg, Told } from './leg.ts';
export {
  type EffectiveLimits,
  effectiveLimits,
  isWithinLimit,
  type LimitName,
  type LimitRow,
  limitTable,
} from './limits.ts';
export { oauthServerOf, SignIn, TokenService } from './oauth/index.ts';
export { defaultStartConcurrency, UpstreamPool } from './pool.ts';
export {
  type ChildKeeper,
  DaemonChildKeeper,
  type ProcessFacts,
  type ProcessTree,
  readProcessTrees,
} from './process/index.ts';
export type { InstanceContext, LegWish, ServerInstance, ToldMemory } from './server-instance.ts';
export { ServerLogManager, type ServerLogManagerOptions } from './server-log.ts';
export type { Authorization, InProcessServer, Transport } from './transport.ts';
export { type CreateTransportOptions, createTransport, InProcessTransport } from './transports/index.ts';
