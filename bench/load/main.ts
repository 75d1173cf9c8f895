/**
 * bench/load/main — the load generator by itself: one measurement of any MCP endpoint, one JSON line.
 *
 *     tsx bench/load/main.ts --url http://127.0.0.1:45818/mcp [--era legacy|modern|sse] [--connections 16]
 *       [--work echo|blob|sink|list|ping] [--bytes 200] [--tools 2000] [--seconds 4] [--warm 2] [--rate 200]
 *       [--tool SUFFIX] [--header 'name: value'] [--pid name:PID] [--tree name:PID] [--keep-sessions]
 */
import { parseArgs } from 'node:util';
import { runLoad } from './load.ts';
import type { Era, Work } from './message.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    era: { type: 'string', default: 'legacy' },
    connections: { type: 'string', default: '1' },
    work: { type: 'string', default: 'echo' },
    bytes: { type: 'string', default: '200' },
    tools: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '4' },
    warm: { type: 'string', default: '2' },
    rate: { type: 'string' },
    tool: { type: 'string' },
    header: { type: 'string', multiple: true, default: [] },
    pid: { type: 'string', multiple: true, default: [] },
    tree: { type: 'string', multiple: true, default: [] },
    'keep-sessions': { type: 'boolean', default: false },
  },
});

if (values.url === undefined) {
  console.error('bench/load: --url is missing; its header tells the options');
  process.exitCode = 2;
} else {
  const result = await runLoad({
    place: {
      era: values.era as Era,
      url: values.url,
      headers: Object.fromEntries(values.header.map(splitHeader)),
    },
    work: readWork(values.work, Number(values.bytes), Number(values.tools)),
    connections: Number(values.connections),
    warmMs: Number(values.warm) * 1_000,
    measuredMs: Number(values.seconds) * 1_000,
    ...(values.rate !== undefined && { rate: Number(values.rate) }),
    ...(values.tool !== undefined && { toolSuffix: values.tool }),
    watched: [
      ...values.pid.map((text) => ({ ...splitPid(text), isTree: false })),
      ...values.tree.map((text) => ({ ...splitPid(text), isTree: true })),
    ],
    keepsSessions: values['keep-sessions'],
  });
  console.log(JSON.stringify(result));
  if (result.errors > 0) process.exitCode = 1;
}

function readWork(kind: string, textBytes: number, tools: number): Work {
  switch (kind) {
    case 'echo':
    case 'blob':
    case 'sink':
      return { kind, textBytes };
    case 'list':
      return { kind, tools };
    case 'ping':
      return { kind };
    default:
      throw new Error(`--work is echo, blob, sink, list or ping, not "${kind}"`);
  }
}

function splitHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
}

function splitPid(text: string): { name: string; pid: number } {
  const [name = '', pid = ''] = text.split(':');
  return { name, pid: Number(pid) };
}
