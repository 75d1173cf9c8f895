/**
 * downstream — the MCP endpoint that clients talk to: intake, replies, legacy sessions, listeners, notifications.
 */
export { createDownstream, type Downstream, type DownstreamOptions } from './create-downstream.ts';
export { downstreamError } from './errors.ts';
