/**
 * bench/load/message — prebuilt requests in which only id and nonce change, and the judgement of their answers.
 *
 * An answer counts only when it is an answer of MCP: right id, no error, no `isError`, and, for calls, the nonce of
 * this very request in a text of the right length. A gateway that is fast at saying no is not fast.
 * Knows nothing of: sockets.
 */

export type Era = 'legacy' | 'modern' | 'sse';

export type Work =
  /** `tools/call` of `echo`: the text goes both ways. */
  | { readonly kind: 'echo'; readonly textBytes: number }
  /** `tools/call` of `blob`: a small request, a large result. */
  | { readonly kind: 'blob'; readonly textBytes: number }
  /** `tools/call` of `sink`: a large request, a small result. */
  | { readonly kind: 'sink'; readonly textBytes: number }
  | { readonly kind: 'list'; readonly tools: number }
  | { readonly kind: 'ping' };

export interface Template {
  readonly bytes: Buffer;
  readonly method: string;
  readonly toolName: string | undefined;
  readonly idAt: number;
  readonly nonceAt: number | undefined;
}

export const modernRevision = '2026-07-28';
export const legacyRevision = '2025-11-25';

const idDigits = 7;
const smallestId = 10 ** (idDigits - 1);
const idRange = 9 * smallestId;
const idPlace = '"id":1000000';
const noncePlace = 'n=7777777';

/** The id that request number `sequence` of a run gets; always seven digits. */
export function idOf(sequence: number): number {
  return smallestId + (sequence % idRange);
}

/** Differs from the id, so that an answer that only repeats the id is not taken for an echo. */
export function nonceOf(id: number): number {
  return 11 * smallestId - 1 - id;
}

/** Builds the request that every lane sends again and again. */
export function makeTemplate(era: Era, work: Work, toolName: string | undefined): Template {
  const method = work.kind === 'list' ? 'tools/list' : work.kind === 'ping' ? 'ping' : 'tools/call';
  const params: Record<string, unknown> = {};
  if (era === 'modern') params['_meta'] = modernMeta;
  if (work.kind === 'echo' || work.kind === 'sink') {
    params['name'] = toolName;
    params['arguments'] = { text: noncePlace.padEnd(work.textBytes, 'x') };
  } else if (work.kind === 'blob') {
    params['name'] = toolName;
    params['arguments'] = { nonce: noncePlace, bytes: work.textBytes };
  }
  const text = `{"jsonrpc":"2.0",${idPlace},"method":"${method}","params":${JSON.stringify(params)}}`;
  const nonceAt = text.indexOf(noncePlace);
  return {
    bytes: Buffer.from(text),
    method,
    toolName,
    idAt: text.indexOf(idPlace) + '"id":'.length,
    nonceAt: nonceAt === -1 ? undefined : nonceAt + 'n='.length,
  };
}

export const modernMeta: Readonly<Record<string, unknown>> = {
  'io.modelcontextprotocol/protocolVersion': modernRevision,
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** Writes seven digits over those at `at`. */
export function writeDigits(bytes: Buffer, at: number, value: number): void {
  let left = value;
  for (let index = at + idDigits - 1; index >= at; index -= 1) {
    bytes[index] = 0x30 + (left % 10);
    left = Math.trunc(left / 10);
  }
}

/** Larger answers are judged by head, tail and length: parsing them would cost more than serving them. */
const parseUpToBytes = 64 * 1024;

/** @returns what is wrong with the answer, or undefined */
export function judgeAnswer(body: Buffer, id: number, work: Work): string | undefined {
  if (body.length > parseUpToBytes) return judgeLarge(body, id, work);
  let message: Answer;
  try {
    message = JSON.parse(body.toString('utf8')) as Answer;
  } catch {
    return `no JSON: ${sample(body)}`;
  }
  if (message.id !== id) return `id ${String(message.id)} instead of ${id}: ${sample(body)}`;
  const { result } = message;
  if (message.error !== undefined || result === undefined) return `an error: ${sample(body)}`;
  if (result.isError === true) return `isError: ${sample(body)}`;
  switch (work.kind) {
    case 'ping':
      return undefined;
    case 'list': {
      const count = result.tools?.length ?? 0;
      return count === work.tools ? undefined : `${count} tools instead of ${work.tools}`;
    }
    case 'sink':
    case 'echo':
    case 'blob': {
      const text = result.content?.[0]?.text;
      const wanted = work.kind === 'sink' ? noncePlace.length : work.textBytes;
      if (text?.length !== wanted) return `${text?.length ?? 'no'} characters instead of ${wanted}`;
      return text.startsWith(`n=${nonceOf(id)}`)
        ? undefined
        : `not the nonce of this request: ${sample(body)}`;
    }
  }
}

interface Answer {
  readonly id?: unknown;
  readonly error?: unknown;
  readonly result?: {
    readonly isError?: boolean;
    readonly tools?: readonly unknown[];
    readonly content?: readonly { readonly text?: string }[];
  };
}

function judgeLarge(body: Buffer, id: number, work: Work): string | undefined {
  const head = body.toString('latin1', 0, 512);
  const tail = body.toString('latin1', body.length - 512);
  const ends = `${head} ${tail}`;
  if (!new RegExp(`"id":\\s*${id}[,}]`).test(ends)) return `not id ${id}: ${sample(body)}`;
  if (!ends.includes('"result"') || /"isError":\s*true/.test(ends)) return `no good result: ${sample(body)}`;
  if (work.kind === 'echo' || work.kind === 'blob') {
    if (!ends.includes(`n=${nonceOf(id)}`)) return `not the nonce of this request: ${sample(body)}`;
    const surplus = body.length - work.textBytes;
    if (surplus < 0 || surplus > 2_048) return `${body.length} bytes for a text of ${work.textBytes}`;
  }
  if (work.kind === 'list' && body.length < work.tools * 40)
    return `${body.length} bytes for ${work.tools} tools`;
  return undefined;
}

function sample(body: Buffer): string {
  return JSON.stringify(body.toString('utf8', 0, 160));
}
