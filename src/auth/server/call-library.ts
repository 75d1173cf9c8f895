/**
 * auth/server/call-library — hands a request that we have read and judged to the protocol library, and catches its answer.
 *
 * The library derives addresses from the request. It sees the one we advertise, whatever a proxy in between has written.
 * Knows nothing of: what is asked and answered.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

export interface LibraryRequest {
  readonly method: string;
  /** Path and query, without the path under which a proxy publishes us. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | undefined;
  /** What we advertise to this caller: `https://host[/path]`. */
  readonly base: string;
  readonly remoteAddress: string | undefined;
}

export interface LibraryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

export type LibraryListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request and a response that are on no wire. */
export function createCall(request: LibraryRequest): {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly answer: Promise<LibraryAnswer>;
} {
  const base = new URL(request.base);
  const path = base.pathname === '/' ? '' : base.pathname;
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const headers: Record<string, string> = {
    host: base.host,
    'x-forwarded-proto': base.protocol.slice(0, -1),
  };
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = value;
  if (body !== undefined) headers['content-length'] = String(body.length);
  const incoming = Object.assign(Readable.from(body === undefined ? [] : [body], { objectMode: false }), {
    method: request.method,
    url: request.url,
    originalUrl: path + request.url,
    headers,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    complete: true,
    socket: { remoteAddress: request.remoteAddress, encrypted: base.protocol === 'https:' },
  }) as unknown as IncomingMessage;
  const outgoing = new ServerResponse({ method: request.method } as IncomingMessage);
  const answer = new Promise<LibraryAnswer>((resolve) => {
    const chunks: Buffer[] = [];
    const take = (chunk: unknown): void => {
      if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
      else if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    };
    outgoing.write = ((chunk: unknown) => {
      take(chunk);
      return true;
    }) as typeof outgoing.write;
    outgoing.end = ((chunk: unknown) => {
      take(chunk);
      resolve({
        status: outgoing.statusCode,
        headers: outgoing.getHeaders() as Record<string, string | readonly string[]>,
        body: Buffer.concat(chunks).toString(),
      });
      return outgoing;
    }) as typeof outgoing.end;
  });
  return { incoming, outgoing, answer };
}

export async function callLibrary(
  listener: LibraryListener,
  request: LibraryRequest,
): Promise<LibraryAnswer> {
  const { incoming, outgoing, answer } = createCall(request);
  await listener(incoming, outgoing);
  return answer;
}
