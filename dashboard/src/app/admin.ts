/**
 * app/admin — the typed client of the admin API, over fetch.
 *
 * Knows nothing of: pages. What locks the session is told to app/session, everything else to whoever asked.
 */
import {
  AdminClient,
  AdminProblem,
  type AdminRequest,
  type AdminResponse,
} from '../../../src/contract/client.ts';
import { base } from './base.ts';
import { lock, proof } from './session.ts';

async function* chunksOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function sendWith(headers: Readonly<Record<string, string>>) {
  return async (request: AdminRequest): Promise<AdminResponse> => {
    const response = await fetch(base + request.path, {
      method: request.method,
      headers: { ...request.headers, ...headers, 'x-mcpmux-proof': proof() },
      credentials: 'same-origin',
      ...(request.body !== undefined && { body: request.body }),
      ...(request.signal !== undefined && { signal: request.signal }),
    });
    if (response.status === 401) lock();
    return { status: response.status, chunks: chunksOf(response) };
  };
}

/** For what a person does: it keeps the session open. */
export const admin = new AdminClient(sendWith({}));
/** For what the page does by itself: reading again after an event, streams. */
export const background = new AdminClient(sendWith({ 'x-mcpmux-background': '1' }));

/** What went wrong, in words for the person, and what to do about it. */
export function explain(error: unknown): { readonly says: string; readonly next: string | undefined } {
  if (error instanceof AdminProblem) return { says: error.message, next: error.nextStep };
  if (error instanceof TypeError) return { says: 'McpMux does not answer.', next: undefined };
  return { says: error instanceof Error ? error.message : String(error), next: undefined };
}
