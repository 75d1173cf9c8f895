/**
 * cli/stdio-bridge/lines — from a byte stream to lines, with a bound on how long one may be.
 */

import { RequestIdScanner } from './request-id.ts';

/** More than the gateway takes in one request; what is longer is refused without keeping it. */
export const maxLineBytes = 16 * 1024 * 1024;

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  /** `requestId` as it was written; undefined when it is no request or has none that was found. */
  | { readonly kind: 'too-long'; readonly requestId: string | undefined };

const lineFeed = 0x0a;

export async function* readLines(
  input: AsyncIterable<Buffer | string>,
  limitBytes = maxLineBytes,
): AsyncGenerator<Line, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  /** Of a line that is too long: it is not kept, only its id is looked for. */
  let scanner: RequestIdScanner | undefined;
  for await (const chunk of input) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let start = 0;
    for (let end = buffer.indexOf(lineFeed); end >= 0; end = buffer.indexOf(lineFeed, start)) {
      const tail = buffer.subarray(start, end);
      start = end + 1;
      if (scanner !== undefined || bytes + tail.length > limitBytes) {
        scanner ??= scannerOf(parts);
        scanner.push(tail);
        yield { kind: 'too-long', requestId: scanner.requestId };
      } else
        yield {
          kind: 'line',
          text: Buffer.concat([...parts, tail])
            .toString('utf8')
            .trim(),
        };
      parts = [];
      bytes = 0;
      scanner = undefined;
    }
    if (start === buffer.length) continue;
    const rest = buffer.subarray(start);
    if (scanner !== undefined) {
      scanner.push(rest);
      continue;
    }
    bytes += rest.length;
    parts.push(rest);
    if (bytes > limitBytes) {
      scanner = scannerOf(parts);
      parts = [];
    }
  }
  if (scanner !== undefined) yield { kind: 'too-long', requestId: scanner.requestId };
  else if (bytes > 0) yield { kind: 'line', text: Buffer.concat(parts).toString('utf8').trim() };
}

function scannerOf(parts: readonly Buffer[]): RequestIdScanner {
  const scanner = new RequestIdScanner();
  for (const part of parts) scanner.push(part);
  return scanner;
}
