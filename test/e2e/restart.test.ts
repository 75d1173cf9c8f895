/**
 * e2e/restart — thirty servers, and a daemon that is killed: what counted is there again, and nothing is left behind.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { type RawStdioServer, rawTool, startRawStdioServer } from '../support/raw-server.ts';
import { namesOfServersTools } from '../support/tool-names.ts';

const count = 30;
const names = Array.from({ length: count }, (_, at) => `s${String(at + 1).padStart(2, '0')}`);
const tools = names.map((name) => `${name}_ping-pong`);

let dataDir: string;
let server: RawStdioServer;
let gateway: Gateway;
let session: RawHttpClient;
let otherKey: string;
/** Each tools/list waits for it. */
let gate: Deferred<void> = deferred();
/** How many processes wait at the gate. */
let waiting = 0;
/** Opens the gate when so many wait: fewer at once, and it stays shut. */
let opensAt = 4;

beforeAll(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-restart-')));
  server = await startRawStdioServer({
    eras: ['legacy'],
    handlers: {
      'tools/list': async () => {
        waiting += 1;
        if (waiting >= opensAt) gate.resolve();
        await gate.promise;
        return { tools: [rawTool('ping-pong')] };
      },
    },
  });
});

afterAll(async () => {
  gate.resolve();
  session?.close();
  await gateway?.kill();
  await server?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function toolNames(client: RawHttpClient): Promise<string[]> {
  return namesOfServersTools(await client.result('tools/list'));
}

function statusCounts(): Promise<Record<string, number>> {
  return gateway.admin.getStatus().then(({ servers }) => {
    const counts: Record<string, number> = {};
    for (const { state } of servers) counts[state.status] = (counts[state.status] ?? 0) + 1;
    return counts;
  });
}

it(`starts ${count} servers in parallel`, async () => {
  gateway = await startGateway({
    dataDir,
    waitForServers: false,
    servers: names.map((name) => ({ name, launch: server.launch })),
  });
  await eventually(
    'all connected',
    async () => ((await statusCounts())['connected'] === count ? true : undefined),
    { timeoutMs: 50_000, everyMs: 100 },
  );
  session = await RawHttpClient.connect({ url: gateway.mcpUrl(), era: 'legacy', headers: gateway.headers });
  expect(await toolNames(session)).toEqual(tools);
  otherKey = (await gateway.admin.createKey('another client')).text;
});

it('leaves no child behind when it is killed', async () => {
  const children = server.alive();
  expect(children.length).toBeGreaterThanOrEqual(count);
  process.kill(gateway.pid, 'SIGKILL');
  await withDeadline(
    Promise.all(children.map((child) => child.gone)),
    15_000,
    () => `${server.alive().length} children are still there`,
  );
  await gateway.kill();
  session.forgetConnections();
});

it('has catalogue, sessions and keys again before any server is connected', async () => {
  gate = deferred();
  waiting = 0;
  opensAt = Number.POSITIVE_INFINITY;
  gateway = await startGateway({ dataDir, port: gateway.port });
  expect((await statusCounts())['connected']).toBeUndefined();

  // The same session: the client does not know that anything happened.
  expect(await toolNames(session)).toEqual(tools);
  const modern = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'modern',
    headers: { authorization: `Bearer ${otherKey}` },
  });
  expect(await toolNames(modern)).toEqual(tools);
  expect((await statusCounts())['connected']).toBeUndefined();

  const call = session.callTool('s30_ping-pong');
  gate.resolve();
  expect((await call).result?.['content']).toEqual([{ type: 'text', text: 'called ping-pong' }]);
  modern.close();
});

it('ends every child when it is stopped', async () => {
  await eventually(
    'all connected',
    async () => ((await statusCounts())['connected'] === count ? true : undefined),
    { timeoutMs: 50_000, everyMs: 100 },
  );
  const children = server.alive();
  expect(children.length).toBeGreaterThanOrEqual(count);
  await gateway.stop();
  await withDeadline(Promise.all(children.map((child) => child.gone)), 5_000, 'a child is still there');
});
