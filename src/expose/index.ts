/**
 * expose — the way in from outside through a tunnel program: finding it, running it, and what may be reached by it.
 */
export { exposeError } from './errors.ts';
export {
  Exposure,
  type ExposureOptions,
  type ExposureState,
  type FoundProgram,
  type TunnelPort,
} from './exposure.ts';
export { type TunnelProgram, tunnelPrograms } from './tunnel-programs.ts';
