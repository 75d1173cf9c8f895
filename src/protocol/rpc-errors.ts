/**
 * protocol/rpc-errors — the JSON-RPC error codes of MCP by name, and which of them an era may see.
 *
 * Knows nothing of: McpMuxError; downstream/reply turns our errors' kinds into these numbers.
 */

export const parseError = -32700;
export const invalidRequest = -32600;
export const methodNotFound = -32601;
export const invalidParams = -32602;
export const internalError = -32603;

/** Until 2025-11-25; since 2026-07-28 a missing resource is `invalidParams`. */
export const resourceNotFound = -32002;
/** 2025-11-25 only; modern servers answer `input_required` instead. */
export const urlElicitationRequired = -32042;

/** 2026-07-28, HTTP 400: a header says other than the body, or is missing. */
export const headerMismatch = -32020;
/** 2026-07-28, HTTP 400: `data.requiredCapabilities` says what the client would have to declare. */
export const missingRequiredClientCapability = -32021;
/** 2026-07-28, HTTP 400: `data.supported` and `data.requested`. */
export const unsupportedProtocolVersion = -32022;

/**
 * Is the code one whose meaning 2026-07-28 fixes or reserves (-32020 … -32099)?
 * Errors of our own never use these, so that nobody takes them for the peer's.
 *
 * @see MCP 2026-07-28, basic/index, error codes
 */
export function isReservedForModern(code: number): boolean {
  return code <= -32020 && code >= -32099;
}

/** Does the code describe one hop (ours to the server), so that relaying it would tell the client a wrong thing? */
export function isHopError(code: number): boolean {
  return code === headerMismatch || code === unsupportedProtocolVersion;
}
