/**
 * support/raw-server — MCP servers that a test plays by hand: over HTTP and as a spawned process, in both eras.
 */
export {
  type RawHttpServer,
  type RawHttpServerOptions,
  type ReceivedRequest,
  startRawHttpServer,
} from './raw/http-server.ts';
export { type RawScript, rawTool, type ServerCall, type ServerHandler } from './raw/script.ts';
export { type RawStdioProcess, type RawStdioServer, startRawStdioServer } from './raw/stdio-server.ts';
