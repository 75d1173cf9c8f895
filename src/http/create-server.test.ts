import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rawHead, sendRaw } from '../../test/support/raw-http.ts';
import { type Logger, silentLogger } from '../base/index.ts';
import { createHttpServer } from './create-server.ts';

let server: Server;
let port: number;
let handler: (request: IncomingMessage, response: ServerResponse) => void;
let logged: string[] = [];
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);
const logger: Logger = { ...silentLogger, error: (_, message) => void logged.push(message) };

beforeEach(async () => {
  process.on('uncaughtException', note);
  logged = [];
  uncaught.length = 0;
  server = createHttpServer((request, response) => handler(request, response), logger);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  process.off('uncaughtException', note);
});

const post = (body = '{"a":1}'): string =>
  `${rawHead('POST /x HTTP/1.1', 'Host: x', `Content-Length: ${body.length}`)}${body}`;
const broken = (): never => {
  throw new Error('broken');
};

/** Where a listener can throw → what its own client gets. */
const throwers: Readonly<Record<string, readonly [typeof handler, number | undefined]>> = {
  'in the request listener': [broken, 500],
  'at a target that is no URL': [(request) => void new URL('//', `http://${request.headers.host}:x`), 400],
  'at a broken escape': [() => void decodeURIComponent('%zz'), 400],
  'while the body arrives': [(request) => request.on('data', broken), 500],
  'at the end of the body': [(request) => request.resume().on('end', broken), 500],
  'at the end of the request': [(request) => request.resume().on('close', broken), 500],
  'after the head of the answer': [
    (request, response) => {
      response.writeHead(200, { 'content-length': '5' });
      request.resume().on('end', broken);
    },
    undefined,
  ],
  'when a second head is written': [
    (request, response) => {
      response.writeHead(200).flushHeaders();
      request.resume().on('end', () => response.writeHead(200));
    },
    undefined,
  ],
  'when the answer is finished': [(_, response) => response.on('finish', broken).end('hello'), undefined],
  'by writing after the end': [
    (_, response) => {
      response.end('hello');
      response.write('more');
    },
    undefined,
  ],
};

describe('R66 a listener that throws', () => {
  it.each(Object.keys(throwers))('R66 ends only its own request: %s', async (name) => {
    const [thrower, status] = throwers[name] as (typeof throwers)[string];
    handler = thrower;
    const answer = await sendRaw(port, post());
    if (status !== undefined) expect(answer?.status).toBe(status);
    expect(uncaught).toEqual([]);
    expect(logged.length).toBeGreaterThan(0);
    handler = (request, response) => void request.resume().on('end', () => response.end('fine'));
    expect(await sendRaw(port, post())).toMatchObject({ status: 200, body: 'fine' });
  });

  it('R66 says nothing of what was thrown to the client', async () => {
    handler = () => {
      throw new Error('token=abc in /home/me');
    };
    const answer = await sendRaw(port, post());
    expect(answer?.body).not.toContain('token');
    expect(logged[0]).toContain('token=abc');
  });

  it('R66 bears a listener that throws when the client leaves', async () => {
    let isClosed: () => void = () => {};
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    handler = (request, response) => {
      request.resume();
      response.on('close', () => {
        isClosed();
        broken();
      });
    };
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(post());
    await once(server, 'request');
    socket.resetAndDestroy();
    await closed;
    expect(uncaught).toEqual([]);
  });
});
