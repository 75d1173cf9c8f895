/**
 * cli/ask-secret — asks for values without showing them, or takes one line each of what is piped in.
 *
 * Owns: stdin while it asks. One asker serves a whole command, because what was piped in may come in one piece.
 */
import type { Closeable } from '../base/index.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';

const lineEnds = new Set(['\r', '\n']);
const endOfInput = '\u0004';
const interrupt = '\u0003';
const erase = new Set(['\u007f', '\b']);

export class SecretAsker implements Closeable {
  readonly #io: Io;
  #input: AsyncIterator<Buffer | string> | undefined;
  #rest: string[] = [];
  #endedWithCr = false;
  #signal: AbortSignal | undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Somebody can type. Otherwise values are read from what is piped in. */
  get isTerminal(): boolean {
    return this.#io.stdin.isTTY === true && this.#io.stdin.setRawMode !== undefined;
  }

  /** A question that Enter answers as its capital letter says: `[Y/n]` or `[y/N]`. Without a terminal that is the answer. */
  async confirm(question: string, byDefault: boolean): Promise<boolean> {
    if (!this.isTerminal) return byDefault;
    this.#io.stderr.write(`${question} ${byDefault ? '[Y/n]' : '[y/N]'} `);
    const typed = (await this.#readLine(false)).trim().toLowerCase();
    if (typed === '') return byDefault;
    return typed === 'y' || typed === 'yes';
  }

  /**
   * Asks for `what` on stderr and reads until Enter; on a terminal nothing of it is shown.
   *
   * @param signal  nobody needs the answer any more. Standard input cannot be read after that
   * @throws cli.interrupted on Ctrl+C; the reason of `signal`
   */
  async ask(what: string, signal?: AbortSignal): Promise<string> {
    const { stdin, stderr } = this.#io;
    this.#signal = signal;
    if (!this.isTerminal) return this.#readLine(false);
    stderr.write(`${what}: `);
    stdin.setRawMode?.(true);
    try {
      return await this.#readLine(true);
    } finally {
      stdin.setRawMode?.(false);
      stderr.write('\n');
    }
  }

  /** Asks on stderr for something that may be seen while it is typed. Empty when just Enter was pressed. */
  async askOpenly(what: string): Promise<string> {
    this.#io.stderr.write(`${what}: `);
    return (await this.#readLine(false)).trim();
  }

  /** Lets stdin go, so that the process can end. */
  async close(): Promise<void> {
    // A read that waits would hold the process, and `return` would wait for it.
    if (this.#signal?.aborted === true) this.#io.stdin.destroy?.();
    else await this.#input?.return?.();
  }

  async #readLine(isTerminal: boolean): Promise<string> {
    let typed = '';
    for (;;) {
      const character = await this.#next();
      if (character === undefined || (isTerminal && character === endOfInput)) return typed;
      if (lineEnds.has(character)) {
        const isSecondHalf = character === '\n' && this.#endedWithCr && typed === '';
        this.#endedWithCr = character === '\r';
        if (isSecondHalf) continue;
        return typed;
      }
      this.#endedWithCr = false;
      if (isTerminal && character === interrupt) throw cliError('interrupted');
      if (isTerminal && erase.has(character)) typed = Array.from(typed).slice(0, -1).join('');
      else typed += character;
    }
  }

  async #next(): Promise<string | undefined> {
    while (this.#rest.length === 0) {
      this.#input ??= this.#io.stdin[Symbol.asyncIterator]();
      const chunk = await unlessAborted(this.#input.next(), this.#signal);
      if (chunk.done === true) return undefined;
      this.#rest = Array.from(chunk.value.toString());
    }
    return this.#rest.shift();
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    // It may fail later, when standard input is closed.
    work.catch(() => {});
  }
}
