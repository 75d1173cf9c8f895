/**
 * raw/script — what a hand-made server says: sensible defaults for every method, and a test's own handlers over them.
 *
 * A handler may answer with a result, refuse, send bytes that no SDK would send, ask the client something, or stay
 * silent. Knows nothing of: HTTP, pipes.
 */
import {
  type Era,
  type Json,
  LATEST_LEGACY_REVISION,
  META,
  MODERN_REVISION,
  type RpcError,
  type RpcId,
  type RpcMessage,
  RpcRefusal,
} from './wire.ts';

/** One request that a hand-made server has to answer. */
export interface ServerCall {
  readonly wire: 'http' | 'stdio';
  /** The same for all calls of one process, or of one HTTP session. */
  readonly session: object;
  readonly era: Era;
  readonly id: RpcId;
  readonly method: string;
  readonly params: Json;
  readonly message: RpcMessage;
  /** Answers with a result; `extra` are further keys beside `result`. */
  reply(result: unknown, extra?: Json): void;
  fail(error: RpcError): void;
  /** Answers with exactly these bytes: an HTTP body of type JSON, or a line on stdout (give the line's end yourself). */
  raw(bytes: string | Buffer): void;
  /** Answers with these bytes and then breaks off, before what was announced is there. */
  rawCut(bytes: string | Buffer): void;
  /** HTTP: writes exactly these bytes to an event stream, which stays open until `end()`. Stdio: to stdout. */
  write(bytes: string | Buffer): void;
  end(): void;
  /** Breaks off: HTTP cuts the connection, stdio ends the process. */
  breakOff(): void;
  /** Sends a notification on this call's own stream. */
  notify(method: string, params?: Json): void;
  /** Sends a request to the client on this call's own stream and waits for the response. Legacy servers only. */
  ask(method: string, params?: Json): Promise<RpcMessage>;
  /** Settles when the client gives the call up: stream closed, or notifications/cancelled. */
  readonly cancelled: Promise<void>;
}

/** Gives a result to answer with, or undefined when it has answered (or will) by itself. */
export type ServerHandler = (call: ServerCall) => unknown;

export interface RawScript {
  /** Which eras it speaks; it refuses the other as servers of that kind do. */
  readonly eras: readonly Era[];
  readonly tools?: readonly Json[];
  readonly prompts?: readonly Json[];
  readonly resources?: readonly Json[];
  readonly templates?: readonly Json[];
  readonly capabilities?: Json;
  readonly serverInfo?: Json;
  readonly instructions?: string;
  readonly legacyRevision?: string;
  /** By method; `tools/call:<name>` for one tool goes before `tools/call`. */
  readonly handlers?: Readonly<Record<string, ServerHandler>>;
}

/** Runs the handler of a call, or the default. What it throws becomes an error answer. */
export async function play(script: RawScript, call: ServerCall): Promise<void> {
  const tool = call.method === 'tools/call' ? String(call.params['name']) : undefined;
  const handler =
    (tool === undefined ? undefined : script.handlers?.[`tools/call:${tool}`]) ??
    script.handlers?.[call.method];
  try {
    const result = handler === undefined ? answerByDefault(script, call) : await handler(call);
    if (result !== undefined) call.reply(result);
  } catch (error) {
    const refusal = error instanceof RpcRefusal ? error : new RpcRefusal(-32603, String(error));
    call.fail(refusal.toError());
  }
}

/** The era of a message: modern when its `_meta` says so. */
export function eraOf(message: RpcMessage): Era {
  const meta = message.params?.['_meta'] as Json | undefined;
  return meta?.[META.protocolVersion] === undefined ? 'legacy' : 'modern';
}

/** What a server that does not speak this era answers; undefined when it does. */
export function refuseEra(script: RawScript, message: RpcMessage): RpcError | undefined {
  if (script.eras.includes(eraOf(message))) return undefined;
  return script.eras.includes('modern')
    ? {
        code: -32022,
        message: 'Unsupported protocol version',
        data: { supported: [MODERN_REVISION], requested: message.params?.['protocolVersion'] ?? 'unknown' },
      }
    : { code: -32000, message: 'Bad Request: Server not initialized' };
}

function answerByDefault(script: RawScript, call: ServerCall): Json {
  const complete = call.era === 'modern' ? { resultType: 'complete' } : {};
  const cacheable = call.era === 'modern' ? { ...complete, ttlMs: 0, cacheScope: 'private' } : {};
  const serverInfo = script.serverInfo ?? { name: 'raw-server', version: '1.0.0' };
  const instructions = script.instructions === undefined ? {} : { instructions: script.instructions };
  switch (call.method) {
    case 'initialize':
      return {
        protocolVersion: script.legacyRevision ?? LATEST_LEGACY_REVISION,
        capabilities: capabilitiesOf(script),
        serverInfo,
        ...instructions,
      };
    case 'server/discover':
      return {
        ...cacheable,
        supportedVersions: [MODERN_REVISION],
        capabilities: capabilitiesOf(script),
        ...instructions,
        _meta: { [META.serverInfo]: serverInfo },
      };
    case 'ping':
    case 'logging/setLevel':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return {};
    case 'tools/list':
      return { ...cacheable, tools: script.tools ?? [] };
    case 'prompts/list':
      return { ...cacheable, prompts: script.prompts ?? [] };
    case 'resources/list':
      return { ...cacheable, resources: script.resources ?? [] };
    case 'resources/templates/list':
      return { ...cacheable, resourceTemplates: script.templates ?? [] };
    case 'tools/call':
      return { ...complete, content: [{ type: 'text', text: `called ${String(call.params['name'])}` }] };
    default:
      throw new RpcRefusal(-32601, `Method not found: ${call.method}`);
  }
}

function capabilitiesOf(script: RawScript): Json {
  return {
    tools: { listChanged: true },
    ...(script.prompts === undefined ? {} : { prompts: { listChanged: true } }),
    ...(script.resources === undefined && script.templates === undefined
      ? {}
      : { resources: { listChanged: true, subscribe: true } }),
    ...script.capabilities,
  };
}

/** A tool without arguments; `more` is merged over it. */
export function rawTool(name: string, more: Json = {}): Json {
  return { name, description: `The tool ${name}.`, inputSchema: { type: 'object', properties: {} }, ...more };
}
