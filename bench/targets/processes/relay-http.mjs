/**
 * bench/targets/processes/relay-http — bare relay (b): the least that HTTP to HTTP can cost.
 *
 * node:http in, undici `dispatch` out, bytes passed on; a body that comes in one piece leaves with its head.
 *
 *     node relay-http.mjs --url http://127.0.0.1:PORT/
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { listenAndTell, readBody } from './body.mjs';
import { readFlags } from './echo.mjs';

const upstream = new URL(readFlags().url);
const pool = new Pool(upstream.origin, { connections: 64, pipelining: 1 });
const passed = ['content-type', 'accept', 'mcp-protocol-version', 'mcp-session-id', 'mcp-method', 'mcp-name'];

listenAndTell(
  createServer((request, response) => {
    readBody(request, (body) => {
      const headers = {};
      for (const name of passed) {
        const value = request.headers[name];
        if (value !== undefined) headers[name] = value;
      }
      let held;
      pool.dispatch(
        { path: upstream.pathname, method: request.method, headers, body: body.length === 0 ? null : body },
        {
          onRequestStart() {},
          onResponseStart(_controller, status, answerHeaders) {
            const passedOn = {};
            for (const name of ['content-type', 'content-length', 'mcp-session-id'])
              if (answerHeaders[name] !== undefined) passedOn[name] = answerHeaders[name];
            response.writeHead(status, passedOn);
          },
          onResponseData(_controller, chunk) {
            if (held !== undefined) response.write(held);
            held = chunk;
          },
          onResponseEnd() {
            response.end(held);
          },
          onResponseError(_controller, error) {
            if (!response.headersSent) response.writeHead(502);
            response.end(String(error));
          },
        },
      );
    });
  }),
);
