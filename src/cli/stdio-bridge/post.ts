/**
 * cli/stdio-bridge/post — sends one message of the client and hands on what comes back on its exchange.
 *
 * Knows nothing of: eras and sessions; the headers are the caller's.
 */
import { isJsonObject } from '../../base/index.ts';
import type { DaemonConnection } from './daemon-connection.ts';
import {
  answeredId,
  bridgeError,
  bridgeErrorUnder,
  type ClientMessage,
  errorUnderId,
  errorUnderText,
} from './message.ts';
import type { ParamHeaderMemory } from './modern-headers.ts';
import { explain, type Outcome } from './outcome.ts';

const postHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const getHeaders = { accept: 'text/event-stream' };

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Sees the result of the request before the client gets it. */
  readonly peek?: (result: unknown) => void;
  /** The bridge's own request: what comes back is not for the client. */
  readonly isOwn?: boolean;
  /** GET picks up a stream that broke off. */
  readonly method?: 'POST' | 'GET';
}

export interface PosterOptions {
  readonly link: DaemonConnection;
  readonly params: ParamHeaderMemory;
  readonly write: (line: string) => Promise<void>;
  readonly tell: (text: string) => void;
}

export class Poster {
  readonly #options: PosterOptions;

  constructor(options: PosterOptions) {
    this.#options = options;
  }

  async post(message: ClientMessage, options: PostOptions): Promise<Outcome> {
    const { link, params, write } = this.#options;
    const { method = 'POST', isOwn = false, peek } = options;
    const missing = new Set(message.ids);
    const take = async (line: string): Promise<void> => {
      const parsed = parseOrUndefined(line);
      for (const one of Array.isArray(parsed) ? parsed : [parsed]) {
        const id = answeredId(one);
        const isAnswer = id !== undefined && missing.delete(id);
        if (!isAnswer || !isJsonObject(one)) continue;
        peek?.(one['result']);
        if (message.method === 'tools/list') params.learn(one['result']);
      }
      if (!isOwn) await write(line);
    };
    try {
      const end = await link.exchange({
        method,
        headers: { ...(method === 'GET' ? getHeaders : postHeaders), ...options.headers },
        signal: options.signal,
        isRepeatable: message.method !== 'tools/call' && !Array.isArray(parseOrUndefined(message.text)),
        message: take,
        ...(method === 'GET' ? {} : { body: message.text }),
      });
      return { end, failure: undefined, missing: [...missing] };
    } catch (failure) {
      return { end: undefined, failure, missing: [...missing] };
    }
  }

  /** Whatever went wrong, the client gets an answer to each request; what wants no answer is told to the person. */
  async answerWhatIsMissing(outcome: Outcome, { unusableId }: ClientMessage): Promise<void> {
    const { end, failure, missing } = outcome;
    const isRefused = failure !== undefined || (end !== undefined && end.status >= 400);
    if (missing.length === 0 && !isRefused) return;
    const { message, next } = explain(outcome);
    const relayed = (id: string | number): string | undefined =>
      end === undefined || end.status < 400 ? undefined : errorUnderId(end.body, id);
    if (missing.length === 0 && unusableId !== undefined) {
      const error = end === undefined ? undefined : errorUnderText(end.body, unusableId);
      await this.#options.write(error ?? bridgeErrorUnder(unusableId, message));
    } else if (missing.length === 0) this.#options.tell(`mcpmux stdio: ${message}`);
    for (const id of missing) {
      const refusal = relayed(id);
      if (refusal === undefined) this.#options.tell(`mcpmux stdio: ${message}`);
      await this.#options.write(refusal ?? bridgeError(id, message, undefined, next));
    }
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not for us to judge: the client gets it as it came.
    return undefined;
  }
}
