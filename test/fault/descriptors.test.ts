/**
 * fault/descriptors.test — a daemon that may open no more files (EMFILE): row 42 of the faults.
 */
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { rawHead, sendRaw } from '../support/raw-http.ts';
import { openDescriptors, processExists, processorMsOf } from './processes.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
const echo = { kind: 'stdio' as const, command: process.execPath, args: [fixture] };
const spare = 60;

async function limitDescriptors(pid: number, count: number): Promise<void> {
  const { code, stderr } = await runChild({
    command: 'prlimit',
    args: ['--pid', String(pid), `--nofile=${count}:`],
  });
  if (code !== 0) throw new Error(`prlimit: ${stderr}`);
}

const aSecond = () => new Promise((resolve) => setTimeout(resolve, 1_050));

/** Connections that ask for something and read what comes, until somebody ends them. */
function crowd(gateway: Gateway, count: number) {
  const sockets: Socket[] = [];
  let closed = 0;
  for (let at = 0; at < count; at += 1) {
    const socket = connect({ port: gateway.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.on('close', () => {
      closed += 1;
    });
    socket.resume();
    sockets.push(socket);
  }
  return {
    closed: () => closed,
    end: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

it('42: more connections than descriptors are told so or closed, those that are there go on, nothing spins, and it heals', async () => {
  const gateway = await startGateway({ servers: [{ name: 'echo', launch: echo }] });
  const client = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'legacy',
    headers: gateway.headers,
  });
  const call = async (n: number) => {
    const answer = await client.callTool('echo_echo', { n });
    expect(answer.result?.['content']).toEqual([{ type: 'text', text: `{"n":${n}}` }]);
  };
  const tryCall = async (n: number) => (await client.callTool('echo_echo', { n })).result !== undefined;
  await call(0);
  const before = openDescriptors(gateway.pid);
  await limitDescriptors(gateway.pid, before + spare);
  await aSecond(); // the daemon asks for its limit at most that often

  const people = crowd(gateway, 300);
  await eventually('the closing of what does not fit', () => people.closed() >= 300 - spare || undefined);
  // Who comes now and asks gets an answer, and a server still finds descriptors for its start.
  const ask = () =>
    sendRaw(gateway.port, rawHead('GET /mcp HTTP/1.1', 'Host: localhost', 'Connection: close'));
  await eventually('the end of those who wait for an answer without asking', ask);
  for (let at = 0; at < 20; at += 1) {
    const answer = await ask();
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1', connection: 'close' } });
    expect(answer!.body).toContain('http.crowded');
  }
  process.kill((await gateway.admin.getServer('echo')).state.pid ?? 0, 'SIGKILL');
  await eventually('the server that was started in want', async () => (await tryCall(-1)) || undefined);
  for (let n = 1; n <= 50; n += 1) await call(n);
  const cpuBefore = processorMsOf(gateway.pid);
  await aSecond();
  const cpuMs = processorMsOf(gateway.pid) - cpuBefore;
  console.log(`${people.closed()} of 300 closed; ${cpuMs} ms of processor time in a second of want`);
  expect(cpuMs).toBeLessThan(300);

  people.end();
  await eventually('the release of their descriptors', () =>
    openDescriptors(gateway.pid) <= before + 5 ? true : undefined,
  );
  await limitDescriptors(gateway.pid, 1_024);
  const fresh = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'modern',
    headers: gateway.headers,
  });
  expect((await fresh.callTool('echo_echo')).result).toBeDefined();
  expect((await gateway.addServer({ name: 'another', launch: echo })).state.status).toBe('connected');
  for (const one of [client, fresh]) one.close();
  await gateway.stop();
});

it('42: a server that cannot be started for want of descriptors is told so, and starts when there are some', async () => {
  const gateway = await startGateway();
  await gateway.addServer({ name: 'echo', launch: echo });
  const want = await eventually(
    'the reason',
    async () => {
      const now = (await gateway.admin.getServer('echo').catch(() => undefined))?.state;
      if (now?.status === 'connected') {
        // Once more when something else has given descriptors back in the meantime.
        await limitDescriptors(gateway.pid, openDescriptors(gateway.pid) + 1);
        if (now.pid !== null && processExists(now.pid)) process.kill(now.pid, 'SIGKILL');
      }
      // A server that crashed would be left alone by now.
      return now !== undefined && now.failuresInARow >= 5 && now.status === 'waiting' ? now : undefined;
    },
    { everyMs: 50, timeoutMs: 20_000 },
  );
  expect(want.reason).toMatch(
    /^server "echo" could not be started: the daemon has no room for more open files/,
  );
  await limitDescriptors(gateway.pid, 1_024);
  const client = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'modern',
    headers: gateway.headers,
  });
  expect((await client.callTool('echo_echo')).result).toBeDefined();
  client.close();
  await gateway.stop();
});
