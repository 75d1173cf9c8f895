/**
 * raw/stdio-server — an MCP server over stdio that a test plays itself.
 *
 * What a gateway spawns is a small program that passes its stdin and stdout on to the test, over a local socket. So a
 * handler is code of the test, and can write any bytes, be slow, log to stderr, or end the process.
 */
import { createServer, type Socket } from 'node:net';
import { deferred } from '../deferred.ts';
import { nodeCommand } from '../paths.ts';
import { Inbox } from './inbox.ts';
import { LinePlayer } from './line-player.ts';
import type { RawScript } from './script.ts';
import type { Json, RpcMessage } from './wire.ts';

const CHILD = 'test/fixtures/quirks/stdio-child.mjs';

/** One process that was spawned from the launch. */
export interface RawStdioProcess {
  readonly pid: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Messages of the client, in order. */
  readonly received: Inbox<RpcMessage>;
  send(message: RpcMessage): void;
  /** Writes exactly these bytes to its stdout. */
  write(bytes: string | Buffer): void;
  writeStderr(text: string): void;
  exit(code: number): void;
  /** Settles when its stdin was closed. */
  readonly inputClosed: Promise<void>;
  /** Settles when the process is gone. */
  readonly gone: Promise<void>;
}

export interface RawStdioServer {
  /** What to give a gateway: the launch of this server. */
  readonly launch: {
    readonly kind: 'stdio';
    readonly command: string;
    readonly args: string[];
    readonly env: Record<string, string>;
  };
  readonly processes: Inbox<RawStdioProcess>;
  /** The processes that are alive. */
  alive(): readonly RawStdioProcess[];
  close(): Promise<void>;
}

/** @param script what each process plays; `ignoreEof`: stays although its stdin is closed */
export async function startRawStdioServer(
  script: RawScript & { readonly ignoreEof?: boolean },
): Promise<RawStdioServer> {
  const processes = new Inbox<RawStdioProcess>();
  const alive = new Set<PlayedProcess>();
  const listener = createServer((socket) => {
    const one = new PlayedProcess(socket, script, () => processes.push(one));
    alive.add(one);
    socket.on('close', () => alive.delete(one));
  });
  const port = await new Promise<number>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const { command, args } = nodeCommand(CHILD);
  return {
    launch: {
      kind: 'stdio',
      command,
      args: [...args],
      env: { RAW_CONTROL_PORT: String(port), ...(script.ignoreEof === true ? { RAW_IGNORE_EOF: '1' } : {}) },
    },
    processes,
    alive: () => [...alive],
    async close() {
      for (const one of alive) one.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

class PlayedProcess implements RawStdioProcess {
  pid = -1;
  args: readonly string[] = [];
  env: Readonly<Record<string, string>> = {};
  readonly #player: LinePlayer;
  readonly #socket: Socket;
  readonly #inputClosed = deferred<void>();
  readonly #gone = deferred<void>();
  #rest = '';

  constructor(socket: Socket, script: RawScript, onHello: () => void) {
    this.#socket = socket;
    this.#player = new LinePlayer(script, {
      write: (bytes) => this.write(bytes),
      exit: (code) => this.exit(code),
    });
    // Two lines in a row leave together; they would not wait for each other in a pipe either.
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#control(JSON.parse(line) as Json, onHello);
    });
    socket.on('error', () => {
      // The process ended: `close` follows.
    });
    socket.on('close', () => {
      this.#inputClosed.resolve();
      this.#gone.resolve();
      this.#player.cancelAll();
    });
  }

  get received(): Inbox<RpcMessage> {
    return this.#player.received;
  }

  get inputClosed(): Promise<void> {
    return this.#inputClosed.promise;
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  send(message: RpcMessage): void {
    this.#player.send(message);
  }

  write(bytes: string | Buffer): void {
    this.#tell({ out: Buffer.from(bytes).toString('base64') });
  }

  writeStderr(text: string): void {
    this.#tell({ err: Buffer.from(text).toString('base64') });
  }

  exit(code: number): void {
    this.#tell({ exit: code });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #tell(command: Json): void {
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    this.#socket.write(`${JSON.stringify(command)}\n`);
    queueMicrotask(() => this.#socket.uncork());
  }

  #control(event: Json, onHello: () => void): void {
    if (typeof event['pid'] === 'number') {
      this.pid = event['pid'];
      this.args = event['args'] as string[];
      this.env = event['env'] as Record<string, string>;
      onHello();
    } else if (event['eof'] === true) {
      this.#inputClosed.resolve();
    } else if (typeof event['in'] === 'string') {
      this.#player.receive(Buffer.from(event['in'], 'base64'));
    }
  }
}
