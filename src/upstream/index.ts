/**
 * upstream — connections to servers: instances, legs, wires, discovery, sign-in, server logs.
 */

export { fingerprintLaunch, type Wire } from './era-probe.ts';
export { upstreamError } from './errors.ts';
export type { CallOptions, Leg, Told } from './leg.ts';
export { type EffectiveLimits, effectiveLimits, limitTable } from './limits.ts';
export { defaultStartConcurrency, UpstreamPool } from './pool.ts';
export type { InstanceContext, LegWish, ServerInstance, ToldMemory } from './server-instance.ts';
export type { Authorization, InProcessServer, Transport } from './transport.ts';
