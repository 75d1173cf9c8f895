/**
 * fuzz/mutate-head — the head of an HTTP message, bent: lines that are missing, twice, folded, of other versions, forms and
 * framings.
 *
 * Knows nothing of: bodies, beyond their length.
 */
import type { Random } from './random.ts';

const methods = ['GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'CONNECT', 'TRACE', 'PRI', 'SOURCE', 'get', ''];
const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'HTTP/11', 'http/1.1', ''];
const targets = [
  '/',
  '//',
  '*',
  '/mcp/',
  '/mcp//',
  '/%zz',
  '/%2e%2e/mcp',
  '/servers/%00/mcp',
  '/servers/a/b/c',
  'http://[',
  'http://127.0.0.1/mcp',
  'http://user@x/mcp',
  '/livez?%zz',
  '/messages?sessionId=%zz',
  '/oauth2redirect?state=%zz&code=',
  '\\mcp',
  '/mcp#x',
  'x:1',
];
const extraLines = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Content-Length: 0',
  'Content-Length: -1',
  'Content-Length: 18446744073709551616',
  'Content-Length: 5, 5',
  'Content-Encoding: gzip',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: text/plain',
  'Expect: 100-continue',
  'Expect: a miracle',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: close',
  'Origin: null',
  'Origin: http://evil.example',
  'Sec-Fetch-Site: cross-site',
  'Accept: application/json',
  'Accept: ;;,q=',
  'Host: evil.example',
  'Authorization: Bearer',
  'Mcp-Session-Id: \u0001',
  'Mcp-Session-Id: x',
  'Mcp-Protocol-Version: 2026-07-28',
  'Mcp-Protocol-Version: nonsense',
  'Mcp-Method: tools/list',
  'Mcp-Name: =?base64?//?=',
  'Last-Event-ID: a.1',
  'Last-Event-ID: %zz',
  'X-Mcpmux-Workspace: \u00ff',
  ' folded: line',
  'no colon',
  ': empty name',
  `X-Long: ${'x'.repeat(20_000)}`,
];

export interface Head {
  readonly method: string;
  readonly target: string;
  readonly lines: readonly string[];
}

/** @returns the head with its empty line, one character a byte */
export function mutateHead({ method, target, lines }: Head, random: Random): string {
  const bent = [...lines];
  const isBent = random.chance(0.4);
  if (isBent) {
    for (let count = random.int(3); count > 0; count -= 1)
      bent.splice(random.int(bent.length + 1), 0, random.pick(extraLines));
    if (random.chance(0.15)) bent.splice(random.int(bent.length), 1);
    if (random.chance(0.1)) bent.push(...Array.from({ length: 120 }, (_, at) => `X-${at}: y`));
  }
  const first = [
    isBent && random.chance(0.15) ? random.pick(methods) : method,
    isBent && random.chance(0.15) ? random.pick(targets) : target,
    isBent && random.chance(0.15) ? random.pick(versions) : 'HTTP/1.1',
  ].join(isBent && random.chance(0.05) ? '  ' : ' ');
  const lineEnd = isBent && random.chance(0.05) ? '\n' : '\r\n';
  let text = `${[first, ...bent].join(lineEnd)}${lineEnd}${lineEnd}`;
  if (isBent && random.chance(0.1)) {
    const at = random.int(text.length);
    text = text.slice(0, at) + String.fromCharCode(random.int(256)) + text.slice(at + 1);
  }
  return text;
}
