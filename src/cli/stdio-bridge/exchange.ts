/**
 * cli/stdio-bridge/exchange — one HTTP request to the MCP endpoint and all that comes back on it.
 *
 * In: method, headers, body. Out: each message as it arrives, then how the exchange ended.
 * Knows nothing of: sessions, eras, what the messages mean.
 */
import { Agent, type IncomingMessage, request } from 'node:http';
import { SseParser } from '../../protocol/index.ts';

/** More than any message that the gateway lets through. */
const maxMessageBytes = 128 * 1024 * 1024;
/** An answer of another kind than JSON or an event stream is only read to explain it. */
const maxOtherBytes = 64 * 1024;

export interface Endpoint {
  readonly url: URL;
  /** The API key; undefined when the daemon asks for none. */
  readonly key: string | undefined;
  /** Where the bridge was started: a client that reports no folder works there. */
  readonly folder?: string | undefined;
}

export interface ExchangeRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** It does no harm when the gateway gets it twice. */
  readonly isRepeatable: boolean;
  /** One JSON-RPC message without line breaks. The next is not read before this one is taken. */
  readonly message: (text: string) => Promise<void>;
  /** The head of an answer has come: somebody is there. */
  readonly reached?: () => void;
}

export interface ExchangeEnd {
  readonly status: number;
  readonly kind: 'json' | 'events' | 'other' | 'empty';
  readonly sessionId: string | undefined;
  /** Of a JSON or other answer with a status other than 2xx. */
  readonly body: string;
  /** The answer broke off before its end. */
  readonly isCut: boolean;
  readonly lastEventId: string | undefined;
  readonly retryMs: number | undefined;
}

/** There was no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** Nothing had left, or a second time does no harm: it may be sent again. */
  readonly isSafeToRepeat: boolean;

  constructor(cause: Error, isSafeToRepeat: boolean) {
    super(cause.message, { cause });
    this.isSafeToRepeat = isSafeToRepeat;
  }
}

const neverLeft: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT', 'EADDRNOTAVAIL']);

const agent = new Agent({ keepAlive: true });

/** Ends idle connections, so that the process can end. */
export function closeConnections(): void {
  agent.destroy();
}

/** @throws NoAnswer */
export async function exchange(endpoint: Endpoint, asked: ExchangeRequest): Promise<ExchangeEnd> {
  const response = await head(endpoint, asked);
  asked.reached?.();
  const status = response.statusCode ?? 0;
  const contentType = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const sessionId = firstOf(response.headers['mcp-session-id']);
  const isFine = status >= 200 && status < 300;
  const end = { status, sessionId, body: '', isCut: false, lastEventId: undefined, retryMs: undefined };
  if (isFine && contentType === 'text/event-stream') {
    return { ...end, kind: 'events', ...(await readEvents(response, asked.message)) };
  }
  const { text, isCut } = await readText(response, isFine ? maxMessageBytes : maxOtherBytes);
  if (isFine && !isCut && contentType === 'application/json' && text.trim() !== '') {
    await asked.message(oneLine(text));
    return { ...end, kind: 'json' };
  }
  const kind = text.trim() === '' ? 'empty' : contentType === 'application/json' ? 'json' : 'other';
  return { ...end, kind, body: text, isCut };
}

function head(endpoint: Endpoint, asked: ExchangeRequest): Promise<IncomingMessage> {
  const { url, key, folder } = endpoint;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method: asked.method,
      signal: asked.signal,
      headers: {
        ...asked.headers,
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(folder === undefined ? {} : { 'x-mcpmux-bridge-folder': encodeURIComponent(folder) }),
        ...(asked.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(asked.body)) }),
      },
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      // A connection that was kept and had died in the meantime fails like this, mostly before anything was read.
      const wasKept = outgoing.reusedSocket && asked.isRepeatable;
      reject(new NoAnswer(error, neverLeft.has(error.code) || wasKept));
    });
    outgoing.end(asked.body);
  });
}

async function readEvents(
  response: IncomingMessage,
  take: (text: string) => Promise<void>,
): Promise<{ isCut: boolean; lastEventId: string | undefined; retryMs: number | undefined }> {
  let arrived: string[] = [];
  let retryMs: number | undefined;
  let isTooLarge = false;
  const parser = new SseParser(
    {
      event: ({ type, data }) => {
        if ((type === undefined || type === 'message') && data.length > 0)
          arrived.push(oneLine(data.toString('utf8')));
      },
      retry: (delayMs) => {
        retryMs = delayMs;
      },
      tooLarge: () => {
        isTooLarge = true;
      },
    },
    maxMessageBytes,
  );
  let isCut = false;
  try {
    for await (const chunk of response) {
      parser.push(chunk as Buffer);
      const messages = arrived;
      arrived = [];
      for (const message of messages) await take(message);
      if (isTooLarge) break;
    }
  } catch {
    // Reset, or aborted by us: the caller knows which.
    isCut = true;
  }
  return { isCut: isCut || isTooLarge, lastEventId: parser.lastEventId, retryMs };
}

async function readText(
  response: IncomingMessage,
  limitBytes: number,
): Promise<{ text: string; isCut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes > limitBytes) return { text: Buffer.concat(chunks).toString('utf8'), isCut: true };
      chunks.push(chunk as Buffer);
    }
  } catch {
    return { text: Buffer.concat(chunks).toString('utf8'), isCut: true };
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isCut: false };
}

/** Line breaks in valid JSON stand between tokens only; a blank does as well. */
function oneLine(json: string): string {
  return json.trim().replace(/[\r\n]+/g, ' ');
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
