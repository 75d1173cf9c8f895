import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open as openFile, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, WireHarness } from '../../test/support/wire-harness.ts';
import { Secret, systemClock } from '../base/index.ts';
import { platform } from '../platform/index.ts';
import type { WireLimits } from './limits.ts';
import { findMarked, groupExists, plainChildKeeper } from './process/index.ts';
import { StdioTransport } from './stdio.ts';

const fixture = fileURLToPath(new URL('../../test/fixtures/servers/stdio-server.mjs', import.meta.url));
const isLinux = process.platform === 'linux';

let folder: string;
const open: WireHarness[] = [];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-stdio-')));
});

afterEach(async () => {
  const wires = open.splice(0);
  await Promise.all(wires.map((wire) => wire.transport.close()));
  for (const wire of wires) {
    expect(wire.closes.length).toBeLessThanOrEqual(1);
    expect(wire.afterEnd).toEqual([]);
  }
  await rm(folder, { recursive: true, force: true });
});

interface Options {
  readonly modes?: readonly string[];
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, Secret>>;
  readonly limits?: Partial<WireLimits>;
  readonly stateFolder?: string;
}

function wire(options: Options = {}): WireHarness {
  const harness = new WireHarness(
    new StdioTransport({
      server: 'fixture',
      launch: {
        kind: 'stdio',
        command: options.command ?? process.execPath,
        args: options.args ?? [fixture, ...(options.modes ?? [])],
        cwd: options.cwd,
        env: options.env ?? {},
      },
      children: plainChildKeeper('marker-of-the-test'),
      clock: systemClock,
      ownFolder: join(folder, 'own'),
      stateFolder: options.stateFolder,
      limits: { stdinGraceMs: 1_000, terminateGraceMs: 400, ...options.limits },
    }),
  );
  open.push(harness);
  return harness;
}

async function running(options: Options = {}): Promise<WireHarness> {
  const harness = wire(options);
  await harness.open();
  return harness;
}

describe('StdioTransport', () => {
  it('carries requests and answers', async () => {
    const server = await running();
    const first = server.ask('initialize', { protocolVersion: '2025-11-25' });
    expect((await server.answer(first)).json['result']).toMatchObject({ serverInfo: { name: 'fixture' } });
    const ids = Array.from({ length: 50 }, (_, i) => server.callTool('echo', { i }));
    const texts = await Promise.all(ids.map((id) => server.textOf(id)));
    expect(texts).toEqual(ids.map((_, i) => JSON.stringify({ i })));
    expect(server.messages.every((message) => message.causedBy === undefined)).toBe(true);
    expect(server.transport.pid).toBeGreaterThan(0);
  });

  it.each([
    ['CRLF', ['crlf'], 'echo', '{}'],
    ['a character split over two writes', [], 'split-utf8', 'grün €'],
  ])('reads %s', async (_, modes, tool, text) => {
    const server = await running({ modes });
    expect(await server.textOf(server.callTool(tool))).toBe(text);
  });

  it('carries a result of 20 MB', async () => {
    const server = await running();
    const text = await server.textOf(server.callTool('grow', { bytes: 20_000_000 }));
    expect(text).toHaveLength(20_000_000);
    expect(server.transport.bufferedBytes).toBe(0);
  });

  it('wakes the child once for all that is sent in one turn of the loop', async () => {
    const script = `process.stdin.on('data', (chunk) => {
      const lines = String(chunk).split('\\n').length - 1;
      process.stdout.write(JSON.stringify({ jsonrpc: '2.0', method: 'read', params: { lines } }) + '\\n');
    })`;
    const server = await running({ args: ['-e', script] });
    // Each in a callback of its own, as requests of different clients come.
    for (let call = 0; call < 16; call += 1) process.nextTick(() => server.ask('ping'));
    await eventually('the child to read', () => server.messages.length > 0);
    expect(server.messages.map(({ json }) => json['params'])).toEqual([{ lines: 16 }]);
  });

  it('still writes what was sent right before the end', async () => {
    const file = join(folder, 'seen');
    const script = `process.stdin.pipe(require('node:fs').createWriteStream(${JSON.stringify(file)}))`;
    const server = await running({ args: ['-e', script] });
    server.ask('last');
    await server.transport.close();
    expect(await readFile(file, 'utf8')).toContain('"method":"last"');
  });

  it('logs lines on stdout that are no messages, and goes on', async () => {
    const server = await running({ modes: ['non-json'] });
    expect(await server.textOf(server.callTool('echo'))).toBe('{}');
    expect((await server.heardLog(/Welcome to the server!/)).level).toBe('warn');
  });

  it('logs stderr line by line with a guessed level', async () => {
    const server = await running({ modes: ['stderr=\u001b[33mwarning: old config\u001b[0m'] });
    const line = await server.heardLog(/old config/);
    expect(line).toMatchObject({ level: 'warn', source: 'stderr', message: 'warning: old config' });
  });

  it('keeps half a line until the rest comes or the child ends', async () => {
    const server = await running({ modes: ['half-line', 'hang'] });
    await eventually('the half line', () => server.transport.bufferedBytes > 0);
    expect(server.messages).toEqual([]);
    await server.transport.close();
    expect(server.messages).toEqual([]);
  });
});

describe('StdioTransport, what the child gets', () => {
  it('is a short list of our environment, what was configured, and three open files', async () => {
    process.env['MCPMUX_TEST_CANARY'] = 'must not be seen';
    process.env['SOME_API_TOKEN'] = 'must not be seen';
    try {
      const server = await running({
        env: { GITHUB_TOKEN: new Secret('given on purpose') },
        stateFolder: join(folder, 'state'),
      });
      const seen = JSON.parse(await server.textOf(server.callTool('env'))) as {
        env: Record<string, string>;
        cwd: string;
      };
      expect(JSON.stringify(seen)).not.toContain('must not be seen');
      expect(seen.env['GITHUB_TOKEN']).toBe('given on purpose');
      expect(seen.env['MCPMUX_CHILD']).toMatch(/^marker-of-the-test\../);
      expect(seen.env['MCP_STATE_DIR']).toBe(join(folder, 'state'));
      expect(seen.env['PATH']).toBe(process.env['PATH']);
      expect(
        Object.keys(seen.env).filter((name) => /^(?:NODE_(?!EXTRA_CA)|npm_(?!config_))/.test(name)),
      ).toEqual([]);
      expect(seen.cwd).toBe(join(folder, 'own'));
    } finally {
      delete process.env['MCPMUX_TEST_CANARY'];
      delete process.env['SOME_API_TOKEN'];
    }
  });

  it.runIf(isLinux)('inherits no file of ours', async () => {
    const ours = join(folder, 'held-open-by-us');
    const file = await openFile(ours, 'w');
    try {
      const server = await running({
        command: '/bin/sh',
        args: ['-c', 'printf \'{"fds":"%s"}\\n\' "$(ls -l /proc/self/fd | tr "\\n" " ")"; cat >/dev/null'],
      });
      const { json } = await eventually('the list', () => server.messages[0]);
      // Three pipes (`ls` has its own stdout). What the test runner was started with is not ours to close.
      expect((json['fds'] as string).match(/ [012] -> /g)).toHaveLength(3);
      expect(json['fds']).not.toContain(ours);
      expect(json['fds']).not.toMatch(/eventpoll|eventfd/);
    } finally {
      await file.close();
    }
  });

  it('is its own process group and its own folder when one is given', async () => {
    const cwd = join(folder, 'elsewhere');
    await mkdir(cwd);
    const server = await running({ cwd });
    expect(JSON.parse(await server.textOf(server.callTool('env')))).toMatchObject({ cwd });
    expect(groupExists(server.transport.pid!)).toBe(true);
  });

  it('gets arguments byte for byte, whatever a shell would make of them', async () => {
    const texts = fc.sample(
      fc.oneof(
        fc
          .string({ unit: 'binary', minLength: 1, maxLength: 20 })
          .map((text) => text.replace(/[\0\ud800-\udfff]/g, '')),
        fc.constantFrom(
          '; rm -rf /',
          '$(id)',
          '`id`',
          '%PATH%',
          '^',
          'a\nb',
          '"',
          "'",
          '--call',
          '*',
          '\\',
          '',
        ),
      ),
      100,
    );
    // The first place is the fixture's mode; a separator keeps the texts from being taken for one.
    const server = await running({ args: [fixture, 'modern', ...texts.map((text) => `:${text}`)] });
    const { argv } = JSON.parse(await server.textOf(server.callTool('env'))) as { argv: string[] };
    expect(argv.slice(1)).toEqual(texts.map((text) => `:${text}`));
  });
});

describe('StdioTransport, a command that cannot be started', () => {
  it('names the command, the PATH searched and a hint', async () => {
    const server = wire({ command: 'no-such-command-anywhere' });
    await expect(server.open()).rejects.toMatchObject({
      code: 'transports.command_not_found',
      message: expect.stringContaining(
        `"no-such-command-anywhere" was not found in PATH (${process.env['PATH']})`,
      ),
      hint: 'install it, or give its full path',
    });
    expect(server.closes).toEqual([]);
  });

  it('says of a path that there is no program, and nothing of PATH', async () => {
    const server = wire({ command: './nothing-here', cwd: folder });
    await expect(server.open()).rejects.toMatchObject({
      code: 'transports.command_not_found',
      message: expect.stringContaining(`there is no program ${folder}/nothing-here`),
      hint: expect.stringContaining('--cwd'),
    });
  });

  it.each([
    ['npx', /Node\.js/],
    ['uvx', /uv/],
    ['docker', /running/],
  ])('has a hint for %s', async (command, hint) => {
    const server = wire({ command, env: { PATH: new Secret(folder) } });
    await expect(server.open()).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
  });

  it('says that a file may not be executed', async () => {
    const file = join(folder, 'tool');
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o644);
    await expect(wire({ command: file }).open()).rejects.toMatchObject({
      code: 'transports.spawn_failed',
      message: expect.stringContaining('is not executable'),
    });
  });

  it('says that the working folder is not there, or is no folder', async () => {
    await expect(wire({ cwd: join(folder, 'gone') }).open()).rejects.toMatchObject({
      code: 'transports.spawn_failed',
      message: expect.stringContaining('working folder'),
    });
    await writeFile(join(folder, 'file'), '');
    await expect(wire({ cwd: join(folder, 'file') }).open()).rejects.toMatchObject({
      message: expect.stringContaining('is not a folder'),
    });
  });

  it('starts nothing when it was cancelled before', async () => {
    const server = wire();
    await expect(server.transport.open(server, AbortSignal.abort())).rejects.toMatchObject({
      code: 'transports.cancelled',
    });
    expect(server.transport.pid).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('StdioTransport, what left the group of its child', () => {
  const stray = "trap '' TERM HUP; sleep 1000 & wait";
  it.each([
    ['in a session of its own', `setsid sh -c "${stray}" & cat`, 'close'],
    ['by a double fork', `(setsid sh -c '(${stray.replaceAll("'", '"')}) &' &) ; cat`, 'close'],
    ['and its child ends by itself', `setsid sh -c "${stray}" & sleep 0.2; exit 3`, 'exit'],
  ])('R7 is ended with it: %s', async (_, script, how) => {
    const marker = `marker-${randomUUID()}`;
    const children = plainChildKeeper(marker);
    const harness = new WireHarness(
      new StdioTransport({
        server: 'fixture',
        launch: { kind: 'stdio', command: 'sh', args: ['-c', script], cwd: undefined, env: {} },
        children,
        clock: systemClock,
        limits: { stdinGraceMs: 200, terminateGraceMs: 200 },
      }),
    );
    await harness.open();
    const strays = async () => (await findMarked(marker)).filter(({ name }) => name === 'sleep');
    await eventually('the stray', async () => (await strays()).length > 0);
    if (how === 'exit') await harness.end();
    await harness.transport.close();
    expect(await findMarked(marker)).toEqual([]);
  });
});

describe('StdioTransport, a child that ends', () => {
  it('is told with exit code and last words', async () => {
    const server = await running({ modes: ['crash-at-start=7'] });
    expect(await server.end()).toEqual({
      kind: 'exited',
      exitCode: 7,
      signal: null,
      lastStderr: ['Error: cannot find configuration', 'fatal: giving up'],
    });
    expect(server.transport.pid).toBeUndefined();
    expect(() => server.ask('ping')).toThrow(expect.objectContaining({ code: 'transports.closed' }));
  });

  it('is told within milliseconds, after what it wrote before', async () => {
    const server = await running({ modes: ['crash-on-call=3'] });
    const ids = [server.callTool('echo'), server.callTool('echo'), server.callTool('echo')];
    expect(await server.end()).toMatchObject({ kind: 'exited', exitCode: 1 });
    expect(server.messages.map((message) => message.json['id'])).toEqual(ids.slice(0, 2));
  });

  it('is told with its signal', async () => {
    const server = await running();
    await server.answer(server.ask('ping'));
    const before = performance.now();
    process.kill(server.transport.pid!, 'SIGSEGV');
    expect(await server.end()).toMatchObject({ kind: 'exited', exitCode: null, signal: 'SIGSEGV' });
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('takes what it started with it, even what holds its pipes and ignores SIGTERM', async () => {
    const server = await running({ modes: ['grandchildren=2'] });
    const { message } = await server.heardLog(/grandchildren \d+ \d+/);
    const pids = message.match(/\d+/g)!.map(Number);
    await server.answer(server.ask('ping'));
    process.kill(server.transport.pid!, 'SIGKILL');
    await server.end();
    await server.transport.close();
    expect(await living(pids)).toEqual([]);
  });
});

describe('StdioTransport, stopping', () => {
  it('lets a child leave that leaves when its stdin ends', async () => {
    const server = await running();
    await server.answer(server.ask('ping'));
    const { pid } = server.transport;
    await server.transport.close();
    expect(server.closes).toEqual([{ kind: 'asked' }]);
    expect(await living([pid!])).toEqual([]);
  });

  it('climbs the ladder to SIGKILL of the group, grandchildren included', async () => {
    const server = await running({
      modes: ['grandchildren=3', 'ignore-sigterm', 'ignore-stdin-end'],
      limits: { stdinGraceMs: 100, terminateGraceMs: 200 },
    });
    await server.answer(server.ask('ping'));
    const pid = server.transport.pid!;
    const before = performance.now();
    await Promise.all([server.transport.close(), server.transport.close()]);
    const tookMs = performance.now() - before;
    expect(tookMs).toBeGreaterThan(290);
    expect(tookMs).toBeLessThan(2_500);
    expect(
      (await platform.processes.list()).filter((entry) => entry.groupId === pid && entry.state !== 'Z'),
    ).toEqual([]);
    expect(server.closes).toEqual([{ kind: 'asked' }]);
  });

  it('may be closed before it was opened, and cannot be opened then', async () => {
    const server = wire();
    await server.transport.close();
    await expect(server.open()).rejects.toMatchObject({ code: 'transports.cancelled' });
  });
});

describe('StdioTransport, a child that misbehaves', () => {
  it('is stopped when it floods stdout with garbage, and the event loop stays free', async () => {
    const server = await running({ modes: ['flood-garbage'] });
    const delay = watchLoop();
    const error = await server.endError();
    expect(error).toMatchObject({ code: 'transports.flooded' });
    expect(error.message).toContain('more than 100 lines');
    expect(delay()).toBeLessThan(200);
    await server.transport.close();
  });

  it('is held at its rate when it floods with messages, then stopped', async () => {
    const server = await running({
      modes: ['flood-notifications'],
      limits: { messagesPerSecond: 500, messageBurst: 100, floodGraceMs: 400 },
    });
    const delay = watchLoop();
    expect(await server.endError()).toMatchObject({ code: 'transports.flooded' });
    expect(server.messages.length).toBeGreaterThan(100);
    expect(server.messages.length).toBeLessThan(1_000);
    expect(delay()).toBeLessThan(200);
  });

  it('still answers others’ calls while one floods', async () => {
    const loud = await running({ modes: ['flood-notifications'] });
    const quiet = await running();
    await eventually('the flood', () => loud.messages.length > 100);
    for (let i = 0; i < 20; i += 1)
      expect(await quiet.textOf(quiet.callTool('echo', { i }))).toBe(`{"i":${i}}`);
  });

  it('is stopped when a line passes the cap', async () => {
    const server = await running({ modes: ['endless-line'], limits: { maxMessageBytes: 1_000_000 } });
    expect(await server.endError()).toMatchObject({
      code: 'transports.too_large',
      message: 'server "fixture" sent a message larger than 1000000 bytes',
    });
    await server.transport.close();
    expect(server.transport.bufferedBytes).toBe(0);
  });

  it('gets no more than the write queue holds when it does not read', async () => {
    const server = await running({
      modes: ['never-reads'],
      limits: { writeQueueBytes: 1_000_000, stdinGraceMs: 50 },
    });
    const block = 'x'.repeat(300_000);
    let sent = 0;
    const overfill = (): void => {
      for (; sent < 20; sent += 1) server.callTool('echo', { block });
    };
    expect(overfill).toThrow(expect.objectContaining({ code: 'transports.busy', retry: 'safe' }));
    expect(sent).toBeGreaterThan(1);
    expect(server.transport.bufferedBytes).toBeLessThan(1_500_000);
  });

  it('takes one message larger than the queue, when the queue is empty', async () => {
    const server = await running({ limits: { writeQueueBytes: 1_000 } });
    expect(await server.textOf(server.callTool('echo', { block: 'x'.repeat(50_000) }))).toHaveLength(50_012);
  });

  it('cannot fill the log through stderr', async () => {
    const server = await running({ modes: ['flood-stderr'], limits: { stderrLinesPerSecond: 20 } });
    await server.heardLog(/lines on stderr were left out/);
    expect(server.logs.filter((line) => line.source === 'stderr').length).toBeLessThan(100);
    expect(await server.textOf(server.callTool('echo'))).toBe('{}');
  });

  it('that closes its stdin is told as cut, when it does not exit', async () => {
    const server = await running({ command: '/bin/sh', args: ['-c', 'exec 0<&-; sleep 1000'] });
    await eventually('the broken pipe', () => {
      try {
        server.ask('ping');
        return false;
      } catch (error) {
        return (error as { code?: string }).code === 'transports.closed';
      }
    });
    expect(await server.endError()).toMatchObject({ code: 'transports.cut' });
  });

  it('is not waited for by its cancelled start', async () => {
    const server = wire({ modes: ['hang'] });
    const giveUp = new AbortController();
    const opening = server.transport.open(server, giveUp.signal);
    giveUp.abort();
    await expect(opening).rejects.toMatchObject({ code: 'transports.cancelled' });
    expect(server.transport.pid).toBeUndefined();
  });
});

it('leaves no process, no file descriptor and no listener behind after many starts', async () => {
  const rounds = 15;
  const one = async (): Promise<void> => {
    const server = wire({ command: 'cat', args: [] });
    await server.open();
    server.ask('ping');
    await eventually('the echo', () => server.messages.length > 0);
    await server.transport.close();
  };
  await one();
  const before = process.getActiveResourcesInfo().length;
  for (let i = 0; i < rounds; i += 1) await one();
  await eventually('handles to be given back', () => process.getActiveResourcesInfo().length <= before + 2);
});

/** Those that run; what has ended and waits to be collected by an init that does not is dead all the same. */
async function living(pids: readonly number[]): Promise<number[]> {
  const running = (await platform.processes.list())
    .filter((entry) => entry.state !== 'Z')
    .map((entry) => entry.pid);
  return pids.filter((pid) => running.includes(pid));
}

/** @returns how long the event loop was blocked at most, ms */
function watchLoop(): () => number {
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - 5);
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return worst;
  };
}

it('has a fixture that runs', async () => {
  const child = spawn(process.execPath, [fixture], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe('{"jsonrpc":"2.0","id":1,"result":{}}\n');
});
