/**
 * support/raw-http — speaks HTTP/1.1 by hand, for requests that no proper client would send.
 */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; a repeated header is joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends `bytes` over one connection and reads one answer.
 *
 * @returns undefined when the connection ended without an answer
 */
export function sendRaw(
  port: number,
  bytes: string | Buffer,
  options: {
    readonly host?: string;
    readonly deadlineMs?: number;
    /** How many answers to pass over first, when `bytes` are several requests. */
    readonly skip?: number;
  } = {},
): Promise<RawAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: options.host ?? '127.0.0.1' });
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer in time; so far: ${Buffer.concat(chunks).toString('latin1')}`));
    }, options.deadlineMs ?? 5_000);
    const chunks: Buffer[] = [];
    const hasBody = !bytes.toString('latin1').startsWith('HEAD ');
    const settle = (answer: RawAnswer | undefined): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      let rest = Buffer.concat(chunks).toString('latin1');
      for (let passed = 0; ; passed += 1) {
        const found = parseAnswer(rest, hasBody);
        if (found === undefined) return;
        if (passed === (options.skip ?? 0)) return settle(found.answer);
        rest = found.rest;
      }
    });
    socket.on('error', () => settle(undefined));
    socket.on('close', () => settle(undefined));
    socket.write(bytes);
  });
}

/** The head of a request line by line, ended. */
export function rawHead(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

interface Found {
  readonly answer: RawAnswer;
  readonly rest: string;
}

function parseAnswer(text: string, hasBody: boolean): Found | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  // An interim answer: the real one follows.
  if (status === 100) return parseAnswer(text.slice(end + 4), hasBody);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const rest = text.slice(end + 4);
  if (headers['transfer-encoding'] === 'chunked') {
    if (!rest.endsWith('0\r\n\r\n')) return undefined;
    return { answer: { status, headers, body: joinChunks(rest) }, rest: '' };
  }
  const length = hasBody ? Number(headers['content-length'] ?? '0') : 0;
  if (rest.length < length) return undefined;
  return { answer: { status, headers, body: rest.slice(0, length) }, rest: rest.slice(length) };
}

function joinChunks(text: string): string {
  let body = '';
  for (let at = 0; at < text.length; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return body;
}
