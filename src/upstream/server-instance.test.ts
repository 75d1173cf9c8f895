/**
 * upstream/server-instance.test — the life of a server with real processes and sockets: who starts when, who waits for
 * whom, and that every wait comes to its end.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '../../test/support/deferred.ts';
import { nodeCommand } from '../../test/support/paths.ts';
import { rawTool, startRawHttpServer, startRawStdioServer } from '../../test/support/raw-server.ts';
import { installedServer, openServerLife, type ServerLife } from '../../test/support/server-life.ts';
import { eventually } from '../../test/support/wire-harness.ts';
import { isAlive } from '../transports/process/index.ts';
import { ownedLegsLimit } from './secondary-legs.ts';
import type { ServerInstance } from './server-instance.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

/** A server of which there can be only one, and what its processes wrote down. */
async function singleton(...modes: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'mcpmux-singleton-'));
  keep({ close: async () => rmSync(folder, { recursive: true, force: true }) });
  const file = join(folder, 'notes');
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
  const { command, args } = nodeCommand('test/fixtures/servers/singleton-server.mjs');
  const notes = (): string[] => {
    try {
      return readFileSync(file, 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  };
  return {
    launch: { kind: 'stdio', command, args: [...args, String(port), file, ...modes] } as const,
    /** Without the pids. */
    story: () => notes().map((line) => line.split(' ')[0]),
    count: (what: string) => notes().filter((line) => line.startsWith(`${what} `)).length,
  };
}

const wish = { era: 'legacy', owner: undefined } as const;

describe('reconciling', () => {
  it.each([
    [
      'a command that is not there',
      { kind: 'stdio', command: '/nowhere/at-all', args: [] } as const,
      'failed',
    ],
    ['a place where nothing listens', { kind: 'http', url: 'http://127.0.0.1:9/mcp' } as const, 'waiting'],
    ['a refused key', undefined, 'failed'],
  ])('R2 leaves a server alone that has failed for %s', async (_, given, status) => {
    const life = keep(openServerLife());
    const refusing = keep(
      await startRawHttpServer({
        eras: ['legacy'],
        onRequest: (_received, response) => {
          response.writeHead(401).end();
          return true;
        },
      }),
    );
    const launch = given ?? { kind: 'http', url: refusing.url, headers: { Authorization: 'Bearer wrong' } };
    const instance = await life.start('broken', launch);
    const before = instance.state;
    expect(before.status).toBe(status);
    for (let round = 0; round < 5; round += 1) {
      life.pool.put({ ...instance.server });
      instance.want();
    }
    expect(instance.state).toMatchObject({ flowId: before.flowId, failuresInARow: before.failuresInARow });
  });

  it('connects anew when a value changed, and not when only its place in memory did', async () => {
    const server = keep(await startRawHttpServer({ eras: ['legacy'] }));
    const life = keep(openServerLife());
    const launch = (key: string) => ({ kind: 'http', url: server.url, headers: { 'X-Key': key } }) as const;
    const instance = await life.start('same', launch('a'));
    const { flowId } = instance.state;
    life.pool.put(installedServer('same', launch('a')));
    expect(instance.state.flowId).toBe(flowId);
    life.pool.put(installedServer('same', launch('b')));
    expect(instance.state.flowId).toBe(flowId + 1);
    await instance.whenOpened();
    expect(server.received.all.at(-1)?.headers['x-key']).toBe('b');
  });
});

describe('a call', () => {
  it('R9 that comes before its server was wanted waits for it as for one that connects', async () => {
    const server = keep(await startRawHttpServer({ eras: ['legacy'] }));
    const life = keep(openServerLife());
    const instance = life.install('early', { kind: 'http', url: server.url });
    expect(instance.state.status).toBe('disconnected');
    expect((await instance.leg(wish)).isClosed).toBe(false);
    instance.want();
    expect(instance.state.flowId).toBe(1);
  });

  it('R9 does not start what is switched off or was removed', async () => {
    const server = keep(await startRawHttpServer({ eras: ['legacy'] }));
    const life = keep(openServerLife());
    const off = life.install('off', { kind: 'http', url: server.url }, { isEnabled: false });
    await expect(off.leg(wish)).rejects.toMatchObject({ code: 'upstream.not_ready' });
    const gone = life.install('gone', { kind: 'http', url: server.url });
    await life.pool.remove(gone.server.id);
    await expect(gone.leg(wish)).rejects.toMatchObject({ code: 'upstream.not_ready' });
    expect(server.received.all).toHaveLength(0);
  });

  it('R8 makes its server go before all that wait for their turn', async () => {
    const hold = deferred<void>();
    const server = keep(
      await startRawHttpServer({
        eras: ['legacy'],
        onRequest: async (received) => {
          if (received.message?.method === 'initialize') await hold.promise;
          return false;
        },
      }),
    );
    const started = keep(openServerLife({ startConcurrency: 1 }));
    const instances = Array.from({ length: 40 }, (_, at) =>
      started.install(`s${at}`, { kind: 'http', url: `${server.url}?${at}` }),
    );
    for (const instance of instances) instance.want();
    const called = instances.at(-1)!.leg(wish);
    await eventually('both of them', () => server.received.all.length >= 2);
    const order = server.received.all.map(({ path }) => path.split('?')[1]);
    expect(order.slice(0, 4)).toContain('39');
    expect(order).not.toContain('1');
    hold.resolve();
    await called;
  });
});

describe('what is still opening', () => {
  it.each(['unwant', 'end'] as const)('R89 ends with %s in the middle of initialize', async (how) => {
    const server = await singleton('silent-initialize');
    const life = keep(openServerLife());
    const instance = life.install('slow', server.launch);
    instance.want();
    await eventually('initialize', () => server.count('initialize') === 1);
    await (how === 'end' ? life.pool.remove(instance.server.id) : instance.unwant());
    expect([server.count('start'), server.count('end'), server.count('initialized')]).toEqual([1, 1, 0]);
    expect(instance.state.pid).toBeUndefined();
  });

  it('R89 never runs twice when it is switched off and on in the middle of initialize', async () => {
    const server = await singleton('silent-initialize', 'leave-after=300');
    const life = keep(openServerLife());
    const instance = life.install('slow', server.launch);
    instance.want();
    await eventually('initialize', () => server.count('initialize') === 1);
    void instance.unwant();
    instance.want();
    await eventually('the second start', () => server.count('start') === 2);
    expect(server.count('refused')).toBe(0);
    expect(server.story().indexOf('end')).toBeLessThan(server.story().lastIndexOf('start'));
  });

  it('R89 counts the private legs that are being opened, and ends them with their owner and their server', async () => {
    const asked = deferred<void>();
    let isHeld = false;
    const server = keep(
      await startRawStdioServer({
        eras: ['legacy'],
        handlers: {
          initialize: async (call) => {
            if (isHeld) await asked.promise;
            return {
              protocolVersion: call.params['protocolVersion'],
              capabilities: { tools: {} },
              serverInfo: { name: 'x', version: '1' },
            };
          },
        },
      }),
    );
    const life = keep(openServerLife());
    const instance = await life.start('shared', server.launch);
    await eventually('one process', () => server.alive().length === 1);
    isHeld = true;
    const wanted = Array.from({ length: ownedLegsLimit + 8 }, (_, at) =>
      Promise.resolve(instance.leg({ era: 'legacy', owner: `o${at}`, sessionKey: `o${at}` })).then(
        () => 'open',
        (error: { code: string }) => error.code,
      ),
    );
    await eventually('their processes', () => server.alive().length === ownedLegsLimit + 1, 20_000);
    await instance.releaseOwner('o0');
    expect(await wanted[0]).toMatch(/^transports\./);
    await eventually('one less', () => server.alive().length === ownedLegsLimit, 10_000);
    await instance.unwant();
    expect(server.processes.all.filter(({ pid }) => isAlive(pid))).toHaveLength(0);
    const ends = await Promise.all(wanted);
    expect(ends.filter((end) => end === 'transports.busy')).toHaveLength(8);
    expect(ends).not.toContain('open');
    asked.resolve();
  }, 40_000);
});

describe('a hand-over', () => {
  type Act = (life: ServerLife, instance: ServerInstance) => unknown;
  it.each<[string, Act]>([
    ['a refresh', (_life, instance) => instance.again()],
    [
      'a changed launch',
      (life, { server }) =>
        server.launch.kind === 'stdio' &&
        life.pool.put({ ...server, launch: { ...server.launch, args: [...server.launch.args, 'changed'] } }),
    ],
    ['a sign-in', (_life, instance) => instance.signInStatus.succeeded()],
    [
      'being switched off and on',
      (_life, instance) => {
        void instance.unwant();
        instance.want();
      },
    ],
  ])('R90 by %s waits for the old process to end before it starts the new one', async (_, act) => {
    const server = await singleton('leave-after=400');
    const life = keep(openServerLife());
    const instance = await life.start('only', server.launch);
    expect(instance.state.status).toBe('connected');
    act(life, instance);
    await instance.whenOpened();
    expect(instance.state.status).toBe('connected');
    expect([server.count('start'), server.count('end')]).toEqual([2, 1]);
  });
});

describe('a wait', () => {
  it('R91 for the end of a removed server does not depend on who wants it meanwhile', async () => {
    const server = await singleton('leave-after=300');
    const life = keep(openServerLife());
    const instance = await life.start('gone', server.launch);
    const removed = life.pool.remove(instance.server.id);
    instance.want();
    instance.signInStatus.succeeded();
    instance.again();
    await removed;
    expect(server.count('end')).toBe(1);
    expect(life.pool.get(instance.server.id)).toBeUndefined();
    instance.want();
    await instance.whenSettled((phase) => phase === 'ready');
    expect([instance.state.status, server.count('start')]).toEqual(['disconnected', 1]);
  });

  it('R91 for being switched off settles although it is switched on meanwhile', async () => {
    const server = await singleton('leave-after=300');
    const life = keep(openServerLife());
    const instance = await life.start('back', server.launch);
    const off = instance.unwant();
    instance.want();
    await off;
    await instance.whenOpened();
    expect(instance.state.status).toBe('connected');
  });
});

describe('what is told of a life', () => {
  it('R12 counts starts after it was connected, says the cause of each attempt, and the code of each failure', async () => {
    const life = keep(openServerLife());
    const never = life.install('never', { kind: 'http', url: 'http://127.0.0.1:9/mcp' });
    never.want();
    await eventually('three attempts', () => never.state.flowId >= 3);
    expect(never.state.restarts).toBe(0);
    const server = keep(await startRawHttpServer({ eras: ['legacy'], tools: [rawTool('one')] }));
    const instance = await life.start('ok', { kind: 'http', url: server.url });
    instance.again();
    await instance.whenOpened();
    await instance.unwant();
    expect(instance.state.restarts).toBe(1);
    const told = life.lines.map(({ message, facts }) => [message, facts?.['cause'] ?? facts?.['code']]);
    expect(told).toContainEqual(['connecting', 'it is switched on']);
    expect(told).toContainEqual(['connecting', 'a person asked for it']);
    expect(told).toContainEqual(['connecting', 'the pause after a failure is over']);
    expect(told).toContainEqual([expect.stringContaining('cannot be reached'), 'transports.unreachable']);
    expect(told).toContainEqual(['stopped because a person switched it off', undefined]);
  });
});

describe('the eras of a stdio server', () => {
  it.each([
    ['an ordinary server', [], 'legacy', ['legacy']],
    ['a server of both eras', ['modern'], 'legacy', ['legacy', 'modern']],
    ['a server of the modern era alone', ['modern-only'], 'modern', ['modern']],
    ['a server that answers nothing before initialize', ['ignore-unknown'], 'legacy', ['legacy']],
  ] as const)('R6 are found on the one process of %s', async (_, modes, era, eras) => {
    const server = await singleton(...modes);
    const life = keep(openServerLife());
    const instance = await life.start('only', server.launch);
    expect(instance.state.status).toBe('connected');
    expect(instance.legs.map((leg) => leg.era)).toEqual([era]);
    expect(life.verdicts.get(instance.server.id)?.eras).toEqual(eras);
    expect([server.count('start'), server.count('refused'), server.count('discover')]).toEqual([1, 0, 1]);
    // What was found holds for the next start.
    instance.again();
    await instance.whenOpened();
    expect([instance.state.status, server.count('discover')]).toEqual([
      'connected',
      era === 'modern' ? 2 : 1,
    ]);
  });

  it('R6 of a server that ends at an unknown first request are found by a second start after the first', async () => {
    const server = await singleton('exit-on-unknown');
    const life = keep(openServerLife());
    const instance = await life.start('shy', server.launch);
    expect(instance.state.status).toBe('connected');
    expect(life.verdicts.get(instance.server.id)?.eras).toEqual(['legacy']);
    expect([server.count('start'), server.count('refused'), server.count('discover')]).toEqual([2, 0, 1]);
    instance.again();
    await instance.whenOpened();
    expect([server.count('start'), server.count('discover')]).toEqual([3, 1]);
  });
});

describe('a server that cannot start', () => {
  it.each([
    [-32602, 'Missing API key: set FOO_KEY'],
    [-32603, 'the database is locked'],
    [-32000, 'no licence'],
  ])('R4 that refuses initialize with %d says why itself, and is tried again', async (code, message) => {
    let isReady = false;
    const server = keep(
      await startRawStdioServer({
        eras: ['legacy'],
        handlers: {
          initialize: (call) => {
            if (!isReady) return call.fail({ code, message });
            const { protocolVersion } = call.params;
            return { protocolVersion, capabilities: {}, serverInfo: { name: 'x', version: '1' } };
          },
        },
      }),
    );
    const life = keep(openServerLife());
    const instance = await life.start('keyless', server.launch);
    expect(instance.state).toMatchObject({ status: 'waiting', reason: expect.stringContaining(message) });
    expect(life.lines.some((line) => line.level === 'error' && line.message.includes(message))).toBe(true);
    isReady = true;
    await eventually('the next attempt', () => instance.isReady);
  });

  const words = String.raw`console.error('Error: FOO_KEY is not set\n    at main (a.js:1:1)\n}\nNode.js v20');`;
  it.each([
    ['ends', `${words} process.exit(1)`],
    ['is silent', `${words} process.stdin.resume()`],
  ])('R3 and %s is told by the line that says why', async (_, program) => {
    const life = keep(openServerLife({ limits: { connectTimeoutMs: 700 } }));
    const launch = {
      kind: 'stdio',
      command: process.execPath,
      args: ['-e', program],
    } as const;
    const instance = await life.start('mute', launch);
    expect(instance.state.reason).toContain('it last said: Error: FOO_KEY is not set');
    expect(instance.state.lastStderr).toContain('Error: FOO_KEY is not set');
    expect(instance.state.lastStderr.length).toBeLessThanOrEqual(3);
  });
});
