/**
 * support/raw-client — MCP clients made by hand, for tests: over HTTP and over stdio, in both eras.
 */
export {
  type CallOptions,
  type HeaderMap,
  type RawAnswer,
  type RawCall,
  type RawEvent,
  RawHttpClient,
  type RawHttpOptions,
} from './raw/http-client.ts';
export { Inbox } from './raw/inbox.ts';
export { RawStdioClient, type RawStdioOptions, type StdioAnswer } from './raw/stdio-client.ts';
export {
  decodeHeaderValue,
  type Era,
  encodeHeaderValue,
  type Json,
  LATEST_LEGACY_REVISION,
  META,
  MODERN_REVISION,
  type RpcError,
  type RpcId,
  type RpcMessage,
  RpcRefusal,
} from './raw/wire.ts';
