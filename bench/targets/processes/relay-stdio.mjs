/**
 * bench/targets/processes/relay-stdio — bare relay (c): the least that HTTP to stdio can cost.
 *
 * One shared child, ids rewritten. `parse`: both ways through JSON.parse and JSON.stringify. `splice`: only the bytes
 * of the id are replaced, which is the floor for large messages.
 *
 *     node relay-stdio.mjs --mode parse|splice --command node --arg echo-stdio.mjs
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { listenAndTell, readBody } from './body.mjs';
import { readFlags } from './echo.mjs';
import { readLineBytes } from './lines.mjs';

const flags = readFlags();
const isSplicing = flags.mode === 'splice';
const child = spawn(flags.command, [flags.arg], { stdio: ['pipe', 'pipe', 'inherit'] });
const waiting = new Map();
const idStart = '{"jsonrpc":"2.0","id":'.length;
const newline = Buffer.from('\n');
let nextId = 1;

readLineBytes(child.stdout, (line) => {
  if (isSplicing) {
    const end = endOfId(line);
    const { response, id } = take(Number(line.toString('latin1', idStart, end)));
    send(response, [line.subarray(0, idStart), Buffer.from(id), line.subarray(end)]);
    return;
  }
  const message = JSON.parse(line.toString('utf8'));
  const { response, id } = take(message.id);
  message.id = id;
  send(response, [Buffer.from(JSON.stringify(message))]);
});

listenAndTell(
  createServer((request, response) => {
    readBody(request, (body) => {
      const id = nextId++;
      if (isSplicing) {
        if (body.subarray(0, idStart).toString('latin1') !== '{"jsonrpc":"2.0","id":')
          return note(response, body);
        const end = endOfId(body);
        waiting.set(id, { response, id: body.toString('latin1', idStart, end) });
        child.stdin.cork();
        child.stdin.write(body.subarray(0, idStart));
        child.stdin.write(String(id));
        child.stdin.write(body.subarray(end));
        child.stdin.write(newline);
        child.stdin.uncork();
        return undefined;
      }
      const message = JSON.parse(body.toString('utf8'));
      if (message.id === undefined) return note(response, body);
      waiting.set(id, { response, id: message.id });
      message.id = id;
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return undefined;
    });
  }),
);
process.on('exit', () => child.kill());

function take(id) {
  const entry = waiting.get(id);
  waiting.delete(id);
  return entry;
}

function send(response, parts) {
  let bodyBytes = 0;
  for (const part of parts) bodyBytes += part.length;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bodyBytes });
  if (parts.length === 1) return response.end(parts[0]);
  if (bodyBytes < 65_536) return response.end(Buffer.concat(parts, bodyBytes));
  response.cork();
  for (const part of parts) response.write(part);
  response.end();
  response.uncork();
  return undefined;
}

function note(response, body) {
  child.stdin.write(`${body}\n`);
  response.writeHead(202, { 'content-length': 0 });
  response.end();
}

function endOfId(bytes) {
  let at = idStart;
  while (bytes[at] >= 0x30 && bytes[at] <= 0x39) at += 1;
  return at;
}
