/**
 * cli/stdio-bridge/lines — from a byte stream to lines, with a bound on how long one may be.
 */

/** More than the gateway takes in one request; what is longer is refused without keeping it. */
export const maxLineBytes = 16 * 1024 * 1024;

export type Line = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'too-long' };

const lineFeed = 0x0a;

export async function* readLines(
  input: AsyncIterable<Buffer | string>,
  limitBytes = maxLineBytes,
): AsyncGenerator<Line, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let isDropping = false;
  for await (const chunk of input) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let start = 0;
    for (let end = buffer.indexOf(lineFeed); end >= 0; end = buffer.indexOf(lineFeed, start)) {
      const tail = buffer.subarray(start, end);
      start = end + 1;
      if (isDropping || bytes + tail.length > limitBytes) yield { kind: 'too-long' };
      else
        yield {
          kind: 'line',
          text: Buffer.concat([...parts, tail])
            .toString('utf8')
            .trim(),
        };
      parts = [];
      bytes = 0;
      isDropping = false;
    }
    if (isDropping || start === buffer.length) continue;
    const rest = buffer.subarray(start);
    bytes += rest.length;
    if (bytes > limitBytes) {
      isDropping = true;
      parts = [];
    } else parts.push(rest);
  }
  if (isDropping) yield { kind: 'too-long' };
  else if (bytes > 0) yield { kind: 'line', text: Buffer.concat(parts).toString('utf8').trim() };
}
