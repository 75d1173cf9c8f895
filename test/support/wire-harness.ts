/**
 * test/support/wire-harness — listens to a transport and lets a test wait for what it tells.
 */
import type { JsonObject, McpMuxError } from '../../src/base/index.ts';
import { byteTextOf } from '../../src/protocol/index.ts';
import type { ClosedReason, Transport, TransportEvents } from '../../src/transports/transport.ts';

export interface HeardMessage {
  readonly json: JsonObject;
  readonly bytes: Buffer;
  readonly causedBy: number | undefined;
}

/** Waits until `test` gives something, but not for ever. */
export async function eventually<T>(
  what: string,
  test: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await test();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export class WireHarness implements TransportEvents {
  readonly messages: HeardMessage[] = [];
  readonly failures = new Map<number, McpMuxError>();
  readonly logs: { level: string; source: string; message: string; facts: unknown }[] = [];
  readonly closes: ClosedReason[] = [];
  /** Heard after the end; must stay empty. */
  readonly afterEnd: string[] = [];
  readonly transport: Transport;
  #nextId = 1;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  message(bytes: Buffer, causedBy: number | undefined): void {
    if (this.closes.length > 0) this.afterEnd.push('message');
    this.messages.push({ json: JSON.parse(bytes.toString('utf8')) as JsonObject, bytes, causedBy });
  }

  requestFailed(id: number, error: McpMuxError): void {
    if (this.closes.length > 0) this.afterEnd.push('requestFailed');
    if (this.failures.has(id)) throw new Error(`request ${id} failed twice`);
    this.failures.set(id, error);
  }

  closed(reason: ClosedReason): void {
    this.closes.push(reason);
  }

  log(level: string, source: string, message: string, facts?: object): void {
    this.logs.push({ level, source, message, facts });
  }

  open(): Promise<void> {
    return this.transport.open(this, new AbortController().signal);
  }

  /** Sends a request and gives its id. */
  ask(
    method: string,
    params: JsonObject = {},
    more: { name?: string; paramHeaders?: Record<string, string> } = {},
  ): number {
    const id = this.#nextId++;
    this.transport.send({
      pieces: [byteTextOf(JSON.stringify({ jsonrpc: '2.0', id, method, params }))],
      id,
      method,
      ...more,
    });
    return id;
  }

  tell(method: string, params: JsonObject = {}): void {
    this.transport.send({
      pieces: [byteTextOf(JSON.stringify({ jsonrpc: '2.0', method, params }))],
      method,
    });
  }

  callTool(name: string, args: JsonObject = {}, meta?: JsonObject): number {
    return this.ask(
      'tools/call',
      { name, arguments: args, ...(meta !== undefined && { _meta: meta }) },
      { name },
    );
  }

  answer(id: number): Promise<HeardMessage> {
    return eventually(`the answer to request ${id}`, () => {
      const failure = this.failures.get(id);
      if (failure !== undefined) throw failure;
      return this.messages.find(({ json }) => json['id'] === id && json['method'] === undefined);
    });
  }

  /** The text of the first content block of a tool's answer. */
  async textOf(id: number): Promise<string> {
    const { json } = await this.answer(id);
    return (json['result'] as { content: { text: string }[] }).content[0]!.text;
  }

  failure(id: number): Promise<McpMuxError> {
    return eventually(`the failure of request ${id}`, () => {
      if (this.messages.some(({ json }) => json['id'] === id && json['method'] === undefined)) {
        throw new Error(`request ${id} was answered`);
      }
      return this.failures.get(id);
    });
  }

  end(): Promise<ClosedReason> {
    return eventually('the end of the wire', () => this.closes[0]);
  }

  /** The error of an end that was nobody's wish. */
  async endError(): Promise<McpMuxError> {
    const reason = await this.end();
    if (reason.kind !== 'failed') throw new Error(`it ended with ${reason.kind}`);
    return reason.error;
  }

  heardLog(pattern: RegExp): Promise<{ level: string; source: string; message: string; facts: unknown }> {
    return eventually(`a log line like ${pattern}`, () =>
      this.logs.find(({ message }) => pattern.test(message)),
    );
  }
}
