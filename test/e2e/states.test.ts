/**
 * e2e/states — servers that hang, crash, are slow or die: they cost their own tools, and the status tells them apart.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AddServerBody, ServerStateDto, StatusDto } from '../../src/contract/index.ts';
import { eventually, withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { type RawStdioServer, rawTool, startRawStdioServer } from '../support/raw-server.ts';
import { namesOfServersTools } from '../support/tool-names.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');

let gateway: Gateway;
/** Answers tools/list when the test says so: as slow as is needed. */
let slow: RawStdioServer;
const slowMayAnswer = deferred<void>();

function server(name: string, ...habits: readonly string[]): AddServerBody {
  return { name, launch: { kind: 'stdio', command: process.execPath, args: [fixture, ...habits] } };
}

beforeAll(async () => {
  slow = await startRawStdioServer({
    eras: ['legacy'],
    tools: [rawTool('patience')],
    handlers: {
      'tools/list': async () => {
        await slowMayAnswer.promise;
        return { tools: [rawTool('patience')] };
      },
    },
  });
  gateway = await startGateway({
    waitForServers: false,
    servers: [
      server('hung', 'hang'),
      server('crashing', 'crash-at-start=3'),
      { name: 'slow', launch: slow.launch },
      server('good'),
    ],
  });
});

afterAll(async () => {
  slowMayAnswer.resolve();
  await gateway?.stop();
  await slow?.close();
});

/** What a script sees. */
async function status(name: string): Promise<ServerStateDto> {
  const { code, stdout } = await gateway.cli(['status', '--json']);
  expect(code).toBe(0);
  const found = (JSON.parse(stdout) as StatusDto).servers.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no server ${name} in ${stdout}`);
  return found.state;
}

async function until(name: string, fits: (state: ServerStateDto) => boolean): Promise<ServerStateDto> {
  return eventually(
    `${name} in that state`,
    async () => {
      const { state } = await gateway.admin.getServer(name);
      return fits(state) ? state : undefined;
    },
    { timeoutMs: 20_000 },
  );
}

function client(era: 'legacy' | 'modern', alias?: string): Promise<RawHttpClient> {
  return RawHttpClient.connect({ url: gateway.mcpUrl(alias), era, headers: gateway.headers });
}

async function toolNames(of: RawHttpClient): Promise<string[]> {
  return namesOfServersTools(await of.result('tools/list'));
}

describe('a server that hangs, one that crashes and one that is slow with its lists', () => {
  it.each(['legacy', 'modern'] as const)('cost a %s client only their own tools', async (era) => {
    await until('good', (state) => state.status === 'connected');
    const asker = await client(era);
    const startedAt = performance.now();
    const names = await toolNames(asker);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(names).toEqual(['good_echo', 'good_env', 'good_grow', 'good_notify']);
    expect((await asker.callTool('good_echo', { a: 1 })).result?.['content']).toEqual([
      { type: 'text', text: '{"a":1}' },
    ]);
    asker.close();
  });

  it('are told apart in the status, each with its reason and the next step', async () => {
    await until('crashing', (state) => state.status === 'failed');
    await until('hung', (state) => state.nextStep !== null);
    await until('slow', (state) => state.nextStep !== null);
    expect(await status('crashing')).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/exit code 3.*cannot find configuration.*not started again/),
      nextStep: expect.stringContaining('mcpmux logs crashing'),
    });
    expect(await status('hung')).toMatchObject({
      status: 'connecting',
      reason: expect.stringMatching(/has not answered the handshake yet \(\d+ s\)/),
      nextStep: expect.stringContaining('mcpmux logs hung'),
    });
    expect(await status('slow')).toMatchObject({
      status: 'connecting',
      reason: expect.stringMatching(/handshake is done; it has not answered with its lists yet \(\d+ s\)/),
      nextStep: expect.stringContaining('mcpmux logs slow'),
    });
    const { stdout } = await gateway.cli(['status']);
    expect(stdout).toMatch(/next: mcpmux logs crashing/);
  });

  it('the slow one is there as soon as it has answered, and clients are told', async () => {
    const listener = await client('modern');
    const call = listener.listen({ toolsListChanged: true });
    await call.inbox.take('the acknowledgement');
    slowMayAnswer.resolve();
    await call.inbox.take('the notice', (message) => message.method === 'notifications/tools/list_changed');
    await until('slow', (state) => state.status === 'connected');
    expect(await toolNames(listener)).toContain('slow_patience');
    listener.close();
  });
});

describe('a child that is killed while it idles', () => {
  it('is seen within a second, comes back by itself, and both eras are told', async () => {
    const before = await until('good', (state) => state.status === 'connected');
    const [legacy, modern] = await Promise.all([client('legacy'), client('modern')]);
    const standing = legacy.openStream();
    await standing.head;
    const listening = modern.listen({ toolsListChanged: true });
    await listening.inbox.take('the acknowledgement');
    const stop = new AbortController();
    const events = gateway.admin.streamEvents(stop.signal);
    await events.next();

    const killedAt = performance.now();
    process.kill(before.pid ?? -1, 'SIGKILL');
    for await (const event of events) {
      if (event.type !== 'upstream.status_changed') continue;
      expect(performance.now() - killedAt).toBeLessThan(1_000);
      expect(event.data['state']).toMatchObject({
        status: 'waiting',
        reason: 'server "good" ended (signal SIGKILL)',
        nextStep: expect.stringContaining('mcpmux logs good'),
      });
      break;
    }
    // While it is away: the call waits for it.
    const called = await legacy.callTool('good_echo', { b: 2 });
    expect(called.result?.['content']).toEqual([{ type: 'text', text: '{"b":2}' }]);
    const after = await until('good', (state) => state.status === 'connected');
    expect(after.pid).not.toBe(before.pid);
    expect(after.restarts).toBe(before.restarts + 1);
    const isNotice = (message: { method?: string }) => message.method === 'notifications/tools/list_changed';
    await standing.inbox.take('the notice for the legacy session', isNotice);
    await listening.inbox.take('the notice for the modern listener', isNotice);
    expect(await toolNames(modern)).toContain('good_echo');
    stop.abort();
    await turn();
    legacy.close();
    modern.close();
  });

  it('in the middle of a call fails that call and says so, and repeats nothing', async () => {
    const held = deferred<void>();
    const raw = await startRawStdioServer({
      eras: ['legacy'],
      tools: [rawTool('pay')],
      handlers: {
        'tools/call:pay': () => {
          held.resolve();
          return undefined;
        },
      },
    });
    try {
      await gateway.addServer({ name: 'till', launch: raw.launch });
      const payer = await client('modern');
      const paying = payer.callTool('till_pay');
      await withDeadline(held.promise, 10_000, 'the call did not reach the server');
      const [one] = raw.alive();
      one?.exit(9);
      const { error } = await paying;
      expect(error).toMatchObject({
        code: -32603,
        message: expect.stringMatching(/server "till" ended \(exit code 9\)/),
        data: { source: 'gateway', nextStep: expect.stringContaining('mcpmux logs till') },
      });
      await until('till', (state) => state.status === 'connected' && state.restarts === 1);
      const calls = raw.processes.all.flatMap(({ received }) =>
        received.all.filter((message) => message.method === 'tools/call'),
      );
      expect(calls).toHaveLength(1);
      payer.close();
      await gateway.admin.removeServer('till');
    } finally {
      await raw.close();
    }
  });
});
