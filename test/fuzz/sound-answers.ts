/**
 * fuzz/sound-answers — what a proper legacy server answers; the hostile ones bend it.
 */

export interface Asked {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** @returns undefined for what wants no answer */
export function soundAnswer({ id, method }: Asked): { readonly jsonrpc: '2.0' } | undefined {
  if (id === undefined) return undefined;
  const answer = (result: object) => ({ jsonrpc: '2.0' as const, id, result });
  switch (method) {
    case 'initialize':
      return answer({
        protocolVersion: '2025-06-18',
        capabilities: {
          tools: { listChanged: true },
          prompts: {},
          resources: { subscribe: true },
          logging: {},
        },
        serverInfo: { name: 'hostile', version: '1' },
        instructions: 'use `say`',
      });
    case 'tools/list':
      return answer({
        tools: [
          {
            name: 'say',
            title: 'Say',
            description: 'says it',
            inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
            annotations: { readOnlyHint: true },
          },
        ],
      });
    case 'tools/call':
      return answer({
        content: [{ type: 'text', text: 'said' }],
        structuredContent: { a: [1, 2.0, { b: null }] },
        isError: false,
      });
    case 'prompts/list':
      return answer({ prompts: [{ name: 'p', arguments: [{ name: 'a', required: true }] }] });
    case 'resources/list':
      return answer({ resources: [{ uri: 'file:///x', name: 'x', mimeType: 'text/plain' }] });
    case 'resources/templates/list':
      return answer({ resourceTemplates: [{ uriTemplate: 'file:///{+path}', name: 't' }] });
    case 'server/discover':
      return { jsonrpc: '2.0', ...{ id, error: { code: -32601, message: 'Method not found' } } };
    default:
      return answer({});
  }
}

/** Messages that a server may send at any time. */
export const unaskedMessages: readonly object[] = [
  { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
  { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1, total: 2 } },
  { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: { a: 1 } } },
  { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'file:///x' } },
  { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
  { jsonrpc: '2.0', id: 's1', method: 'roots/list' },
  {
    jsonrpc: '2.0',
    id: 's2',
    method: 'elicitation/create',
    params: { message: 'who?', requestedSchema: { type: 'object', properties: { n: { type: 'string' } } } },
  },
  { jsonrpc: '2.0', id: 's3', method: 'ping' },
  { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'what?' } },
];
