/**
 * fuzz/hostile-http — a server over HTTP whose answers are bent: status lines, heads, framings, event streams, bodies.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mutateMessage } from './mutate-json.ts';
import type { Random } from './random.ts';
import { type Asked, soundAnswer, unaskedMessages } from './sound-answers.ts';

export interface HostileHttp {
  readonly url: string;
  close(): Promise<void>;
}

const oddHeads = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6',
  'HTTP/1.1 204 No Content',
  'HTTP/1.1 301 Moved\r\nLocation: //',
  'HTTP/1.1 307 Moved\r\nLocation: http://[',
  'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer resource_metadata="http://["',
  'HTTP/1.1 429 Too Many\r\nRetry-After: -1',
  'HTTP/1.1 503 Busy\r\nRetry-After: 1e99',
  'HTTP/1.1 999 What',
  'HTTP/2 200',
  'nonsense',
  'HTTP/1.1 200 OK\r\nContent-Type: text/html',
  'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json',
  'HTTP/1.1 200 OK\r\nMcp-Session-Id: \u0001\u00ff\r\nContent-Type: application/json',
  'HTTP/1.1 404 Not Found\r\nContent-Type: application/json',
] as const;

export async function startHostileHttp(random: Random): Promise<HostileHttp> {
  const server = createServer((request) => {
    request.on('error', () => {});
    void answer(request);
  });
  async function answer(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    let asked: Asked = {};
    try {
      asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
    } catch {
      // A GET or a DELETE.
    }
    const { socket } = request;
    socket.on('error', () => {});
    socket.end(answerTo(request, asked));
  }
  function answerTo(request: IncomingMessage, asked: Asked): Buffer {
    if (request.method === 'GET') return random.chance(0.5) ? head('HTTP/1.1 405 No', 0) : events(undefined);
    const sound = soundAnswer(asked);
    if (sound === undefined) return head('HTTP/1.1 202 Accepted', 0);
    const isHandshake = asked.method === 'initialize' || asked.method === 'tools/list';
    if (random.chance(isHandshake ? 0.85 : 0.2)) return json(Buffer.from(JSON.stringify(sound)));
    if (random.chance(0.2)) {
      const body = mutateMessage(sound, random);
      return Buffer.concat([head(random.pick(oddHeads), random.chance(0.5) ? body.length : undefined), body]);
    }
    return random.chance(0.5) ? events(sound) : json(mutateMessage(sound, random));
  }
  function json(body: Buffer): Buffer {
    return Buffer.concat([
      head('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: s', body.length),
      body,
    ]);
  }
  /** An event stream of some bent messages, then the answer. */
  function events(sound: object | undefined): Buffer {
    const parts: Buffer[] = [head('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream', undefined)];
    const messages = [
      ...Array.from({ length: random.int(4) }, () => random.pick(unaskedMessages)),
      ...(sound === undefined ? [] : [sound]),
    ];
    for (const message of messages) {
      const data = random.chance(0.5) ? mutateMessage(message, random) : Buffer.from(JSON.stringify(message));
      const before = random.pick([
        '',
        'id: 1\n',
        'id: \u00ff\u0000\n',
        'id\n',
        'event: message\n',
        'event: x\n',
        'retry: 0\n',
        'retry: -1e9\n',
        ': c\n',
        '\ufeff',
        'data\ndata:\n'.repeat(50),
      ]);
      const end = random.pick(['\n\n', '\n\n', '\r\n\r\n', '\r\r', '\n', '']);
      parts.push(Buffer.from(`${before}data: `, 'latin1'), data, Buffer.from(end));
    }
    return Buffer.concat(parts);
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param bodyBytes undefined = until the end of the connection */
function head(first: string, bodyBytes: number | undefined): Buffer {
  const length = bodyBytes === undefined ? '' : `Content-Length: ${bodyBytes}\r\n`;
  return Buffer.from(`${first}\r\n${length}Connection: close\r\n\r\n`, 'latin1');
}
