/**
 * raw/stdio-client — an MCP client over stdio made by hand, in either era: spawns a command and speaks lines of JSON.
 *
 * Lines that are not JSON are kept apart. Nothing is repaired and nothing is retried.
 */
import { Child, type ChildExit } from '../child.ts';
import { withDeadline } from '../deadline.ts';
import { Inbox } from './inbox.ts';
import {
  answerWith,
  type Era,
  type Identity,
  isRequest,
  isResponse,
  type Json,
  LATEST_LEGACY_REVISION,
  MODERN_REVISION,
  modernParams,
  type RpcError,
  type RpcId,
  type RpcMessage,
  withoutUndefined,
} from './wire.ts';

export interface RawStdioOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly era: Era;
  readonly revision?: string;
  readonly clientInfo?: Json;
  readonly capabilities?: Json;
  readonly handlers?: Readonly<Record<string, (params: Json, message: RpcMessage) => unknown>>;
  readonly timeoutMs?: number;
}

export interface StdioAnswer {
  readonly message: RpcMessage;
  readonly result: Json | undefined;
  readonly error: RpcError | undefined;
}

export class RawStdioClient {
  readonly options: RawStdioOptions;
  readonly identity: Identity;
  readonly child: Child;
  readonly inbox = new Inbox<RpcMessage>();
  readonly asked = new Inbox<RpcMessage>();
  /** Lines on stdout that are not JSON. */
  readonly noise = new Inbox<string>();
  initializeResult: Json | undefined;
  #nextId = 1;
  #rest = '';

  constructor(options: RawStdioOptions) {
    this.options = options;
    this.identity = {
      clientInfo: options.clientInfo ?? { name: 'raw-client', version: '1.0.0' },
      capabilities: options.capabilities ?? {},
      revision: options.revision ?? (options.era === 'modern' ? MODERN_REVISION : LATEST_LEGACY_REVISION),
    };
    this.child = new Child({
      command: options.command,
      args: options.args ?? [],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.child.process.stdout?.on('data', (text: string) => this.#read(text));
  }

  static async connect(options: RawStdioOptions): Promise<RawStdioClient> {
    const client = new RawStdioClient(options);
    if (options.era === 'legacy') await client.initialize();
    return client;
  }

  async initialize(params: Json = {}): Promise<StdioAnswer> {
    const answer = await this.request('initialize', {
      protocolVersion: this.identity.revision,
      capabilities: this.identity.capabilities,
      clientInfo: this.identity.clientInfo,
      ...params,
    });
    this.initializeResult = answer.result;
    if (answer.result !== undefined) this.notify('notifications/initialized');
    return answer;
  }

  async request(
    method: string,
    params?: Json,
    options: { readonly id?: RpcId; readonly meta?: Json; readonly timeoutMs?: number } = {},
  ): Promise<StdioAnswer> {
    const id = options.id === undefined ? this.#nextId++ : options.id;
    const timeoutMs = options.timeoutMs ?? this.options.timeoutMs ?? 15_000;
    const response = this.inbox.take(
      `answer to ${method}`,
      (message) => isResponse(message) && message.id === id,
      timeoutMs,
    );
    this.sendLine(JSON.stringify({ jsonrpc: '2.0', id, method, ...this.#paramsOf(params, options.meta) }));
    const gone = this.child.exited.then((exit) => {
      throw new Error(
        `the server ended (${exit.code ?? exit.signal}) before it answered ${method}:\n${this.child.stderr}`,
      );
    });
    const message = await Promise.race([response, gone]);
    return { message, result: message.result, error: message.error };
  }

  async result(method: string, params?: Json, options: { readonly meta?: Json } = {}): Promise<Json> {
    const answer = await this.request(method, params, options);
    if (answer.result === undefined) throw new Error(`${method} answered ${JSON.stringify(answer.message)}`);
    return answer.result;
  }

  callTool(name: string, args: Json = {}): Promise<StdioAnswer> {
    return this.request('tools/call', { name, arguments: args });
  }

  notify(method: string, params?: Json): void {
    this.sendLine(JSON.stringify({ jsonrpc: '2.0', method, ...this.#paramsOf(params, undefined) }));
  }

  cancel(requestId: RpcId, reason = 'no longer needed'): void {
    this.sendLine(
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } }),
    );
  }

  /** Writes exactly this line. */
  sendLine(line: string): void {
    this.child.process.stdin?.write(`${line}\n`);
  }

  /** Closes the input, as a client that leaves; ends the child when that does not. */
  async close(): Promise<ChildExit> {
    this.child.process.stdin?.end();
    try {
      return await withDeadline(this.child.exited, 5_000, 'still there');
    } catch {
      // It ignores the end of its input: the next step is not a request.
      return this.child.stop();
    }
  }

  #paramsOf(params: Json | undefined, meta: Json | undefined): { params?: Json } {
    if (this.options.era === 'modern') return { params: modernParams(params, this.identity, meta) };
    if (meta === undefined) return params === undefined ? {} : { params };
    return { params: { ...params, _meta: withoutUndefined({ ...(params?.['_meta'] as Json), ...meta }) } };
  }

  #read(text: string): void {
    // Joining once a line, not once a chunk, keeps a 20 MB line cheap.
    const lines = text.split('\n');
    if (lines.length === 1) {
      this.#rest += text;
      return;
    }
    lines[0] = this.#rest + (lines[0] ?? '');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    let message: RpcMessage;
    try {
      message = JSON.parse(line) as RpcMessage;
    } catch {
      this.noise.push(line);
      return;
    }
    this.inbox.push(message);
    if (isRequest(message)) {
      this.asked.push(message);
      void this.#answer(message);
    }
  }

  async #answer(message: RpcMessage): Promise<void> {
    const method = message.method ?? '';
    const handler = this.options.handlers?.[method];
    const answer = await answerWith(
      message.id ?? null,
      handler === undefined ? undefined : () => handler(message.params ?? {}, message),
      method,
    );
    if (answer !== undefined) this.sendLine(JSON.stringify(answer));
  }
}
