/**
 * bench/targets/processes/echo-http — the raw upstream over Streamable HTTP, without sessions; answers are JSON.
 *
 *     node echo-http.mjs [--era dual|legacy|modern] [--tools 2000]
 */
import { createServer } from 'node:http';
import { listenAndTell, readBody } from './body.mjs';
import { createEcho, readFlags } from './echo.mjs';

const flags = readFlags();
const era = flags.era ?? 'dual';
const answer = createEcho({ era, tools: Number(flags.tools ?? 2) });

listenAndTell(
  createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST', 'content-length': 0 });
      response.end();
      return;
    }
    readBody(request, (body) => {
      const reply = answer(JSON.parse(body.toString('utf8')));
      if (reply === undefined) {
        response.writeHead(202, { 'content-length': 0 });
        response.end();
        return;
      }
      const text = Buffer.from(JSON.stringify(reply));
      const isWrongEra = reply.error !== undefined && era !== 'dual';
      response.writeHead(isWrongEra ? 400 : 200, {
        'content-type': 'application/json',
        'content-length': text.length,
      });
      response.end(text);
    });
  }),
);
