/**
 * upstream/care — looks after running servers: memory, buffers, idleness, and what their processes cost.
 */
export { reportProcesses, type ServerProcesses } from './process-report.ts';
export { type ResourceLimits, ResourceMonitor } from './resource-monitor.ts';
