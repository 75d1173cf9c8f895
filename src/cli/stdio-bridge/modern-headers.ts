/**
 * cli/stdio-bridge/modern-headers — the standard headers of a modern request, made from its body.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http, "Standard Headers"
 */
import { isJsonObject } from '../../base/index.ts';
import {
  encodeHeaderValue,
  encodeParamHeaders,
  metaOf,
  type ParamHeader,
  protocolVersionKey,
  type RawJson,
  scanParamHeaders,
} from '../../protocol/index.ts';
import type { ClientMessage } from './message.ts';

/** Which arguments of which tool travel in headers too; learned from the lists that pass. */
export class ParamHeaderMemory {
  readonly #byTool = new Map<string, readonly ParamHeader[]>();

  /** @param result of a `tools/list` */
  learn(result: unknown): void {
    const tools = isJsonObject(result) && Array.isArray(result['tools']) ? result['tools'] : [];
    for (const tool of tools) {
      if (!isJsonObject(tool) || typeof tool['name'] !== 'string') continue;
      const scan = scanParamHeaders(tool['inputSchema']);
      if (scan.ok && scan.params.length > 0) this.#byTool.set(tool['name'], scan.params);
      else this.#byTool.delete(tool['name']);
    }
  }

  of(tool: string): readonly ParamHeader[] {
    return this.#byTool.get(tool) ?? [];
  }
}

export function modernHeaders(
  { method = '', params }: Pick<ClientMessage, 'method' | 'params'>,
  memory: ParamHeaderMemory,
): Record<string, string> {
  const version = metaOf(params)?.text(protocolVersionKey);
  const name = nameOf(method, params);
  const args = params?.object('arguments');
  return {
    'mcp-protocol-version': version === undefined ? '' : encodeHeaderValue(version),
    'mcp-method': encodeHeaderValue(method),
    ...(name === undefined ? {} : { 'mcp-name': encodeHeaderValue(name) }),
    ...(method === 'tools/call' && name !== undefined && args !== undefined
      ? encodeParamHeaders(memory.of(name), args)
      : {}),
  };
}

/** What `Mcp-Name` says: a tool's or prompt's name, a resource's URI, a task's id. */
function nameOf(method: string, params: RawJson | undefined): string | undefined {
  const key =
    method === 'tools/call' || method === 'prompts/get'
      ? 'name'
      : method === 'resources/read'
        ? 'uri'
        : method.startsWith('tasks/')
          ? 'taskId'
          : undefined;
  return key === undefined ? undefined : params?.text(key);
}
