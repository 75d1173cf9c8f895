/**
 * bench/load/lanes — one way to a target that carries one request at a time: an HTTP connection, a legacy event stream
 * with its POSTs, or a turn on a child's pipes.
 *
 * Knows nothing of: what is measured.
 */
import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { type ResponseHead, ResponseReader } from './http-response.ts';
import { idOf, makeTemplate, nonceOf, type Template, type Work, writeDigits } from './message.ts';

export interface Exchanged {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** The JSON of the answer; empty when there was none (202). */
  readonly body: Buffer;
}

export interface Lane {
  /** Any message at all, for opening sessions. */
  post(message: object): Promise<Exchanged>;
  /** Prepares the request that `send` repeats. */
  arm(template: Template, headers: Readonly<Record<string, string>>): void;
  /** Sends the armed request with this id; `done` gets the answer, or what went wrong. */
  send(id: number, done: (body: Buffer | undefined, problem: string | undefined) => void): void;
  close(): void;
}

const nothing = Buffer.alloc(0);
const accept = 'application/json, text/event-stream';

interface Waiting {
  readonly resolve: (exchanged: Exchanged) => void;
  readonly reject: (error: Error) => void;
}

/** One keep-alive connection. Requests are written by hand, so that the generator costs little beside its target. */
export class HttpLane implements Lane {
  readonly #url: URL;
  readonly #baseHeaders: Readonly<Record<string, string>>;
  readonly #socket: Socket;
  readonly #ready: Promise<void>;
  #request: Buffer = nothing;
  #bodyAt = 0;
  #template: Template | undefined;
  #expectedId: number | undefined;
  #event: string | undefined;
  #done: ((body: Buffer | undefined, problem: string | undefined) => void) | undefined;
  #waiting: Waiting | undefined;

  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#baseHeaders = headers;
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#ready = new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('error', reject);
    });
    const reader = new ResponseReader({
      streaming: () => {
        this.#event = undefined;
      },
      event: (_type, data) => this.#sawEvent(data),
      ended: (head, body) => this.#ended(head, body),
    });
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk));
    this.#socket.on('close', () => {
      reader.close();
      this.#failed('the connection was closed');
    });
    this.#socket.on('error', (error) => this.#failed(error.message));
  }

  async post(message: object, headers: Readonly<Record<string, string>> = {}): Promise<Exchanged> {
    await this.#ready;
    const body = Buffer.from(JSON.stringify(message));
    return this.request('POST', body, { 'content-type': 'application/json', accept, ...headers }, message);
  }

  /** Any request, whose answer is waited for. */
  async request(
    method: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    message?: { readonly id?: unknown },
  ): Promise<Exchanged> {
    await this.#ready;
    return within(`${method} ${this.#url.href}`, (resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#expectedId = typeof message?.id === 'number' ? message.id : undefined;
      this.#socket.write(this.#head(method, body.length, headers));
      if (body.length > 0) this.#socket.write(body);
    });
  }

  arm(template: Template, headers: Readonly<Record<string, string>>): void {
    const head = Buffer.from(
      this.#head('POST', template.bytes.length, { 'content-type': 'application/json', accept, ...headers }),
    );
    this.#request = Buffer.concat([head, template.bytes]);
    this.#bodyAt = head.length;
    this.#template = template;
  }

  send(id: number, done: (body: Buffer | undefined, problem: string | undefined) => void): void {
    const { idAt, nonceAt } = this.#template as Template;
    this.#done = done;
    this.#expectedId = id;
    writeDigits(this.#request, this.#bodyAt + idAt, id);
    if (nonceAt !== undefined) writeDigits(this.#request, this.#bodyAt + nonceAt, nonceOf(id));
    // The buffer is written before the next answer can come: a lane has one request in flight.
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#done = undefined;
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #head(method: string, bodyBytes: number, headers: Readonly<Record<string, string>>): string {
    let text = `${method} ${this.#url.pathname}${this.#url.search} HTTP/1.1\r\nhost: ${this.#url.host}\r\n`;
    const all = { ...headers, ...this.#baseHeaders };
    for (const name in all) text += `${name}: ${all[name]}\r\n`;
    return method === 'POST' ? `${text}content-length: ${bodyBytes}\r\n\r\n` : `${text}\r\n`;
  }

  /** Of a stream only the answer counts; what a server says before it is no part of it. */
  #sawEvent(data: string): void {
    if (this.#expectedId === undefined || data.includes(String(this.#expectedId))) this.#event = data;
  }

  #ended(head: ResponseHead, body: Buffer): void {
    const answer = this.#event === undefined ? body : Buffer.from(this.#event);
    this.#event = undefined;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve({ status: head.status, headers: head.headers, body: answer });
      return;
    }
    const done = this.#done;
    this.#done = undefined;
    // 202: the answer comes another way, or there is none and the judge says so.
    if (head.status === 200 || head.status === 202) done?.(answer, undefined);
    else done?.(undefined, `HTTP ${head.status}: ${answer.toString('utf8', 0, 160)}`);
  }

  #failed(reason: string): void {
    this.#waiting?.reject(new Error(`${this.#url.host}: ${reason}`));
    this.#waiting = undefined;
    const done = this.#done;
    this.#done = undefined;
    done?.(undefined, reason);
  }
}

/** HTTP+SSE of 2024-11-05: answers come on a stream that stands, requests are POSTs that are only acknowledged. */
export class SseLane implements Lane {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #stream: Socket;
  readonly #endpoint: Promise<URL>;
  readonly #answers = new Map<unknown, (body: Buffer) => void>();
  #posts: HttpLane | undefined;

  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#headers = headers;
    this.#stream = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    let text = `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n`;
    for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
    this.#stream.write(`${text}\r\n`);
    this.#endpoint = within(`the endpoint of ${url.href}`, (resolve, reject) => {
      const reader = new ResponseReader({
        streaming: () => {},
        event: (type, data) => {
          if (type === 'endpoint') resolve(new URL(data, url));
          else this.#answered(Buffer.from(data));
        },
        ended: (head) => reject(new Error(`${url.href} answered with HTTP ${head.status}`)),
      });
      this.#stream.on('data', (chunk: Buffer) => reader.push(chunk));
      this.#stream.on('error', reject);
    });
  }

  async post(message: { readonly id?: unknown }): Promise<Exchanged> {
    this.#posts ??= new HttpLane(await this.#endpoint, this.#headers);
    const answered =
      message.id === undefined
        ? Promise.resolve(nothing)
        : within<Buffer>(`an answer of ${this.#url.href}`, (resolve) =>
            this.#answers.set(message.id, resolve),
          );
    const { status, headers } = await this.#posts.post(message);
    if (status >= 300) throw new Error(`${this.#url.href}: a POST was answered with HTTP ${status}`);
    return { status: 200, headers, body: await answered };
  }

  arm(template: Template): void {
    this.#posts?.arm(template, {});
  }

  send(id: number, done: (body: Buffer | undefined, problem: string | undefined) => void): void {
    // Lane and target are done when both have come: the acknowledgement, which frees the connection, and the answer.
    let body: Buffer | undefined;
    let isFree = false;
    this.#answers.set(id, (answer) => {
      body = answer;
      if (isFree) done(body, undefined);
    });
    this.#posts?.send(id, (_acknowledged, problem) => {
      isFree = true;
      if (problem !== undefined) done(undefined, problem);
      else if (body !== undefined) done(body, undefined);
    });
  }

  close(): void {
    this.#posts?.close();
    this.#stream.destroy();
  }

  #answered(body: Buffer): void {
    const { id } = JSON.parse(body.toString('utf8')) as { id?: unknown };
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    answer?.(body);
  }
}

/** The floor for stdio: the upstream itself, as many requests in flight as there would be lanes. */
export class StdioFloor {
  readonly #child: ReturnType<typeof spawn>;
  readonly #answers = new Map<number, (body: Buffer) => void>();
  #held: Buffer = nothing;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#push(chunk));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  lane(): Lane {
    let request = nothing;
    let template: Template = makeTemplate('legacy', { kind: 'ping' } satisfies Work, undefined);
    return {
      post: (message) =>
        within('an answer over stdio', (resolve) => {
          const id = (message as { id?: number }).id;
          if (id === undefined) resolve({ status: 202, headers: new Map(), body: nothing });
          else this.#answers.set(id, (body) => resolve({ status: 200, headers: new Map(), body }));
          this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
        }),
      arm: (armed) => {
        template = armed;
        request = Buffer.concat([armed.bytes, Buffer.from('\n')]);
      },
      send: (id, done) => {
        this.#answers.set(id, (body) => done(body, undefined));
        writeDigits(request, template.idAt, id);
        if (template.nonceAt !== undefined) writeDigits(request, template.nonceAt, nonceOf(id));
        this.#child.stdin?.write(request);
      },
      close: () => {},
    };
  }

  close(): void {
    this.#child.kill();
  }

  #push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (let end = this.#held.indexOf(10); end !== -1; end = this.#held.indexOf(10)) {
      const line = this.#held.subarray(0, end);
      this.#held = this.#held.subarray(end + 1);
      const at = line.indexOf('"id":') + 5;
      const id = Number.parseInt(line.toString('latin1', at, at + 16), 10);
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      answer?.(line);
    }
  }
}

/** Nothing that opens or ends a session waits for ever. */
const answerTimeoutMs = 20_000;

function within<Value>(
  what: string,
  act: (resolve: (value: Value) => void, reject: (error: Error) => void) => void,
): Promise<Value> {
  return new Promise<Value>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${what} did not come within ${answerTimeoutMs / 1_000} s`)),
      answerTimeoutMs,
    );
    act(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** Ids for messages that open sessions; far from those that are measured. */
let openingId = 0;
export function nextOpeningId(): number {
  openingId += 1;
  return idOf(8_000_000 + (openingId % 900_000));
}
