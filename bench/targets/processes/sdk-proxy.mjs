/**
 * bench/targets/processes/sdk-proxy — the gateway one would build of SDK v2's parts: its handler in front, one shared
 * client behind, a low-level Server for each request.
 *
 *     node sdk-proxy.mjs --url http://…            or   --command node --arg echo-stdio.mjs
 */
import { createServer } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { listenAndTell } from './body.mjs';
import { readFlags } from './echo.mjs';

const flags = readFlags();
const info = { name: 'bench-sdk-proxy', version: '1.0.0' };
/** Answers pass as they are. */
const anything = {
  '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) },
};

const client = new Client(info, { capabilities: {}, versionNegotiation: { mode: 'auto' } });
await client.connect(
  flags.url === undefined
    ? new StdioClientTransport({ command: flags.command, args: [flags.arg] })
    : new StreamableHTTPClientTransport(new URL(flags.url)),
);

const handler = createMcpHandler(() => {
  const server = new Server(info, { capabilities: { tools: {} } });
  for (const method of ['tools/list', 'tools/call'])
    server.setRequestHandler(method, ({ params }) => client.request({ method, params }, anything));
  return server;
});

const handle = toNodeHandler(handler);
listenAndTell(createServer((request, response) => void handle(request, response)));
