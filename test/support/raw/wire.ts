/**
 * raw/wire — what a hand-made MCP message looks like in each era. Written from the specification, without the SDK and
 * without the gateway's code, so that a mistake of theirs cannot hide here.
 */

export type RpcId = string | number | null;
export type Json = Record<string, unknown>;

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Any JSON-RPC message, with whatever else is in it. */
export interface RpcMessage {
  readonly jsonrpc?: unknown;
  readonly id?: RpcId;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: RpcError;
  readonly [extra: string]: unknown;
}

export type Era = 'legacy' | 'modern';

export const MODERN_REVISION = '2026-07-28';
export const LATEST_LEGACY_REVISION = '2025-11-25';

export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const;

export interface Identity {
  readonly clientInfo: Json;
  readonly capabilities: Json;
  readonly revision: string;
}

/** The params of a modern request: what was given, and the three keys every request carries. A key set to undefined is left out. */
export function modernParams(params: Json | undefined, identity: Identity, meta: Json = {}): Json {
  const given = (params?.['_meta'] ?? {}) as Json;
  return withoutUndefined({
    ...params,
    _meta: withoutUndefined({
      [META.protocolVersion]: identity.revision,
      [META.clientCapabilities]: identity.capabilities,
      [META.clientInfo]: identity.clientInfo,
      ...given,
      ...meta,
    }),
  });
}

/** The headers that mirror a modern request. */
export function modernHeaders(
  method: string,
  params: Json | undefined,
  revision: string,
): Record<string, string> {
  const name = mirroredName(method, params);
  return {
    'mcp-protocol-version': revision,
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': encodeHeaderValue(name) }),
  };
}

function mirroredName(method: string, params: Json | undefined): string | undefined {
  const key = {
    'tools/call': 'name',
    'prompts/get': 'name',
    'resources/read': 'uri',
    'tasks/get': 'taskId',
    'tasks/update': 'taskId',
    'tasks/cancel': 'taskId',
  }[method];
  const value = key === undefined ? undefined : params?.[key];
  return typeof value === 'string' ? value : undefined;
}

/** As it is when a header can hold it; in base64 between `=?base64?` and `?=` when not. */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/i.test(value);
  return isPlain ? value : `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

export function decodeHeaderValue(value: string): string {
  const encoded = /^=\?base64\?(.*)\?=$/i.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8');
}

export function isResponse(message: RpcMessage): boolean {
  return message.method === undefined && (message.result !== undefined || message.error !== undefined);
}

export function isRequest(message: RpcMessage): boolean {
  return message.method !== undefined && message.id !== undefined;
}

/** Throw it in a handler to answer with an error. */
export class RpcRefusal extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }

  toError(): RpcError {
    return {
      code: this.code,
      message: this.message,
      ...(this.data === undefined ? {} : { data: this.data }),
    };
  }
}

/** The answer to a request, made by running its handler. Undefined: the handler wants to leave it unanswered. */
export async function answerWith(
  id: RpcId,
  handler: (() => unknown) | undefined,
  method: string,
): Promise<RpcMessage | undefined> {
  if (handler === undefined) {
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found: ${method}` } };
  }
  try {
    const result = await handler();
    return result === undefined ? undefined : { jsonrpc: '2.0', id, result: result as Json };
  } catch (error) {
    const refusal = error instanceof RpcRefusal ? error : new RpcRefusal(-32603, String(error));
    return { jsonrpc: '2.0', id, error: refusal.toError() };
  }
}

export function withoutUndefined<T extends Record<string, unknown>>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
