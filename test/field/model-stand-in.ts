/**
 * field/model-stand-in — answers as a language model would who wants one tool called, over the four wires that clients speak.
 *
 * The first turn calls the tool whose name ends in `echo`; once the client brings the tool's result, it is said back as
 * `RESULT …`. So a client's output shows that the whole way was walked.
 * Wires: Anthropic Messages, OpenAI Responses, OpenAI Chat Completions, Gemini generateContent.
 */
import { createServer, type ServerResponse } from 'node:http';

type Json = Record<string, unknown>;
type SseEvent = readonly [event: string | undefined, data: unknown];

export interface ModelStandIn {
  readonly url: string;
  close(): Promise<void>;
}

const argumentsText = '{"message":"field"}';
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

export async function startModelStandIn(): Promise<ModelStandIn> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const body = (chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())) as Json;
        answer((request.url ?? '/').split('?')[0] ?? '/', body, response);
      } catch {
        sendJson(response, { error: { message: 'not understood' } }, 400);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answer(path: string, body: Json, response: ServerResponse): void {
  if (path.endsWith('/count_tokens')) sendJson(response, { input_tokens: 1 });
  else if (path.endsWith('/v1/messages')) anthropic(body, response);
  else if (path.endsWith('/responses')) responses(body, response);
  else if (path.endsWith('/chat/completions')) chat(body, response);
  else if (/:(stream)?generateContent$/i.test(path)) gemini(path, body, response);
  else sendJson(response, { error: { message: 'not here' } }, 404);
}

function anthropic(body: Json, response: ServerResponse): void {
  const tool = wanted(listOf(body['tools']).map((entry) => entry['name']));
  const last = listOf(body['messages']).at(-1);
  const result = listOf(last?.['content']).find((part) => part['type'] === 'tool_result');
  const isCall = result === undefined && tool !== undefined;
  const text = said(result?.['content'], tool);
  const stopReason = isCall ? 'tool_use' : 'end_turn';
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const call = { type: 'tool_use', id: 'toolu_1', name: tool, input: {} };
  if (body['stream'] !== true) {
    const content = isCall
      ? [{ ...call, input: JSON.parse(argumentsText) as Json }]
      : [{ type: 'text', text }];
    sendJson(response, { ...message, content, stop_reason: stopReason });
    return;
  }
  const delta = isCall
    ? { type: 'input_json_delta', partial_json: argumentsText }
    : { type: 'text_delta', text };
  sendEvents(
    response,
    [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: isCall ? call : { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: { output_tokens: 1 },
      },
      { type: 'message_stop' },
    ].map((event) => [event.type, event] as const),
  );
}

function responses(body: Json, response: ServerResponse): void {
  const tools = listOf(body['tools']).flatMap((entry) =>
    entry['type'] === 'namespace'
      ? listOf(entry['tools']).map((inner) => ({ ...inner, namespace: entry['name'] }) as Json)
      : [entry],
  );
  const tool = tools.find((entry) => isWanted(entry['name']));
  const output = listOf(body['input']).find((entry) => entry['type'] === 'function_call_output');
  const item =
    output === undefined && tool !== undefined
      ? {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_1',
          name: tool['name'],
          ...(tool['namespace'] === undefined ? {} : { namespace: tool['namespace'] }),
          arguments: argumentsText,
          status: 'completed',
        }
      : {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [
            { type: 'output_text', text: said(output?.['output'], String(tool?.['name'])), annotations: [] },
          ],
        };
  const whole = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: body['model'],
    output: [item],
    usage: {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    },
  };
  sendEvents(
    response,
    [
      { type: 'response.created', response: { ...whole, output: [], status: 'in_progress' } },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: whole },
    ].map((event) => [event.type, event] as const),
  );
}

function chat(body: Json, response: ServerResponse): void {
  const tool = wanted(
    listOf(body['tools']).map((entry) => (entry['function'] as Json | undefined)?.['name']),
  );
  const result = listOf(body['messages']).findLast((message) => message['role'] === 'tool');
  const isCall = result === undefined && tool !== undefined;
  const delta = isCall
    ? {
        role: 'assistant',
        tool_calls: [
          { index: 0, id: 'call_1', type: 'function', function: { name: tool, arguments: argumentsText } },
        ],
      }
    : { role: 'assistant', content: said(result?.['content'], tool) };
  const finish = isCall ? 'tool_calls' : 'stop';
  const chunk = { id: 'chat_1', object: 'chat.completion.chunk', created: 1, model: body['model'] };
  if (body['stream'] !== true) {
    const choices = [{ index: 0, message: delta, finish_reason: finish }];
    sendJson(response, { ...chunk, object: 'chat.completion', choices, usage });
    return;
  }
  sendEvents(response, [
    [undefined, { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] }],
    [undefined, { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: finish }], usage }],
    [undefined, '[DONE]'],
  ]);
}

function gemini(path: string, body: Json, response: ServerResponse): void {
  const declared = listOf(body['tools']).flatMap((entry) => listOf(entry['functionDeclarations']));
  const tool = wanted(declared.map((entry) => entry['name']));
  const result = listOf(body['contents'])
    .flatMap((content) => listOf(content['parts']))
    .find((part) => part['functionResponse'] !== undefined);
  const part =
    result === undefined && tool !== undefined
      ? { functionCall: { name: tool, args: JSON.parse(argumentsText) as Json } }
      : { text: said((result?.['functionResponse'] as Json | undefined)?.['response'], tool) };
  const whole = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  };
  if (path.includes('stream')) sendEvents(response, [[undefined, whole]]);
  else sendJson(response, whole);
}

function isWanted(name: unknown): name is string {
  return typeof name === 'string' && name.endsWith('echo');
}

function wanted(names: readonly unknown[]): string | undefined {
  return names.find(isWanted);
}

function said(result: unknown, tool: string | undefined): string {
  if (result !== undefined) return `RESULT ${JSON.stringify(result)}`;
  return tool === undefined ? 'there is no such tool' : '';
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendEvents(response: ServerResponse, events: readonly SseEvent[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [event, data] of events) {
    if (event !== undefined) response.write(`event: ${event}\n`);
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  response.end();
}
