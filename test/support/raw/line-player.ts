/**
 * raw/line-player — plays a script to one client that speaks lines of JSON, whatever carries the bytes.
 */
import { randomUUID } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { type Deferred, deferred } from '../deferred.ts';
import { Inbox } from './inbox.ts';
import { eraOf, play, type RawScript, refuseEra, type ServerCall } from './script.ts';
import { isResponse, type Json, type RpcId, type RpcMessage } from './wire.ts';

export interface LineWire {
  write(bytes: string | Buffer): void;
  exit(code: number): void;
}

export class LinePlayer {
  readonly received = new Inbox<RpcMessage>();
  readonly #script: RawScript;
  readonly #wire: LineWire;
  readonly #decoder = new StringDecoder('utf8');
  readonly #asked = new Map<RpcId, Deferred<RpcMessage>>();
  /** Calls that may still be cancelled, by id: 1 and "1" are two. */
  readonly #running = new Map<string, Deferred<void>>();
  #rest = '';

  constructor(script: RawScript, wire: LineWire) {
    this.#script = script;
    this.#wire = wire;
  }

  receive(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#message(JSON.parse(line) as RpcMessage);
  }

  send(message: RpcMessage): void {
    this.#wire.write(`${JSON.stringify(message)}\n`);
  }

  cancelAll(): void {
    for (const call of this.#running.values()) call.resolve();
  }

  #message(message: RpcMessage): void {
    this.received.push(message);
    if (isResponse(message)) {
      this.#asked.get(message.id ?? null)?.resolve(message);
      return;
    }
    if (message.id === undefined) {
      if (message.method === 'notifications/cancelled') {
        this.#running.get(JSON.stringify(message.params?.['requestId'] ?? null))?.resolve();
      }
      return;
    }
    const refusal = refuseEra(this.#script, message);
    if (refusal !== undefined) this.send({ jsonrpc: '2.0', id: message.id, error: refusal });
    else void play(this.#script, this.#callOf(message));
  }

  #callOf(message: RpcMessage): ServerCall {
    const id = message.id ?? null;
    const key = JSON.stringify(id);
    const cancelled = deferred<void>();
    this.#running.set(key, cancelled);
    const answer = (response: RpcMessage) => {
      this.#running.delete(key);
      this.send(response);
    };
    const write = (bytes: string | Buffer) => this.#wire.write(bytes);
    return {
      wire: 'stdio',
      session: this,
      era: eraOf(message),
      id,
      method: message.method ?? '',
      params: message.params ?? {},
      message,
      reply: (result, extra = {}) => answer({ jsonrpc: '2.0', id, result: result as Json, ...extra }),
      fail: (error) => answer({ jsonrpc: '2.0', id, error }),
      raw: write,
      rawCut: (bytes) => {
        write(bytes);
        this.#wire.exit(1);
      },
      write,
      end: () => {},
      breakOff: () => this.#wire.exit(1),
      notify: (method, params) =>
        this.send({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) }),
      ask: (method, params = {}) => {
        const askId = randomUUID();
        const response = deferred<RpcMessage>();
        this.#asked.set(askId, response);
        this.send({ jsonrpc: '2.0', id: askId, method, params });
        return response.promise.finally(() => this.#asked.delete(askId));
      },
      cancelled: cancelled.promise,
    };
  }
}

/** Plays `script` on this process's own stdin and stdout. */
export function playOnStdio(script: RawScript): void {
  const player = new LinePlayer(script, {
    write: (bytes) => {
      process.stdout.write(bytes);
    },
    exit: (code) => process.exit(code),
  });
  process.stdin.on('data', (chunk: Buffer) => player.receive(chunk));
  process.stdin.on('end', () => process.exit(0));
  process.stdout.on('error', () => process.exit(0));
}
