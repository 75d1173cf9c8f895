/**
 * upstream/care — looks after running servers: memory, buffers, idleness, and what their processes cost.
 */
export { reportProcesses, type ServerProcesses } from './process-report.ts';
export { type CareLimits, UpstreamCare } from './upstream-care.ts';
