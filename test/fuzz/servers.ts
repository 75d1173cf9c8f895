/**
 * fuzz/servers — calls and lists at servers whose answers are bent: over HTTP with JSON and event streams, and over stdio.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { AdminProblem } from '../../src/contract/index.ts';
import { META } from '../support/raw/wire.ts';
import { startHostileHttp } from './hostile-http.ts';
import type { Random } from './random.ts';
import { unwanted } from './raw-exchange.ts';
import { type Finding, Outcomes, type Surface, type SurfaceContext } from './surface.ts';

const program = fileURLToPath(new URL('hostile-stdio.ts', import.meta.url));
const names = ['hostilehttp', 'hostilestdio'] as const;
const calls = [
  { method: 'tools/call', params: { name: 'say', arguments: { text: 'x' } } },
  { method: 'tools/list', params: {} },
  { method: 'prompts/get', params: { name: 'p', arguments: { a: 'x' } } },
  { method: 'resources/read', params: { uri: 'file:///x' } },
] as const;

export async function openServers({ gateway, random }: SurfaceContext): Promise<Surface> {
  const http = await startHostileHttp(random.fork());
  const limits = { callTimeoutMs: 1_000, maxCallMs: 2_000, connectTimeoutMs: 5_000, listTimeoutMs: 1_000 };
  await gateway.admin.addServer({ name: names[0], launch: { kind: 'http', url: http.url }, limits });
  await gateway.admin.addServer({
    name: names[1],
    launch: {
      kind: 'stdio',
      command: process.execPath,
      args: ['--import', import.meta.resolve('tsx'), program, String(random.int(1e9))],
    },
    limits,
  });

  const outcomes = new Outcomes();
  const call = async (name: string, drawn: Random): Promise<Finding | undefined> => {
    const { method, params } = drawn.pick(calls);
    const called = 'name' in params ? params.name : 'uri' in params ? params.uri : undefined;
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          [META.protocolVersion]: '2026-07-28',
          [META.clientCapabilities]: drawn.chance(0.5) ? {} : { roots: {}, elicitation: { form: {} } },
          [META.clientInfo]: { name: 'fuzz', version: '1' },
          progressToken: 'p',
        },
      },
    });
    try {
      const answer = await fetch(gateway.mcpUrl(name), {
        method: 'POST',
        headers: {
          ...gateway.headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(called !== undefined && { 'mcp-name': called }),
        },
        body,
        signal: AbortSignal.timeout(8_000),
      });
      const text = await answer.text();
      outcomes.note(`${answer.status} ${text.includes('"result"') ? 'result' : 'error'}`);
      const bad = unwanted([answer.status]);
      return bad === undefined ? undefined : { says: `HTTP ${bad} for ${method} at ${name}`, input: body };
    } catch (error) {
      return { says: `no answer for ${method} at ${name}: ${String(error)}`, input: body };
    }
  };

  const refresh = async (name: string): Promise<Finding | undefined> => {
    try {
      await gateway.admin.refreshServer(name, AbortSignal.timeout(15_000));
    } catch (error) {
      if (error instanceof AdminProblem && error.kind === 'internal')
        return { says: `refresh of ${name}: ${error.message}`, input: name };
    }
    return undefined;
  };

  return {
    name: 'servers',
    outcomes,
    width: 4,
    step(drawn) {
      const name = drawn.pick(names);
      return drawn.chance(0.1) ? refresh(name) : call(name, drawn);
    },
    close: () => http.close(),
  };
}
