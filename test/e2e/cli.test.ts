/**
 * e2e/cli — every command against a running daemon: what it prints for people, what for scripts, and its exit code.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CreatedKeyDto,
  KeyListDto,
  LogDto,
  LogEntryDto,
  ServerDetailDto,
  ServerDto,
  ServerListDto,
  SettingListDto,
  StatusDto,
  ToolListDto,
} from '../../src/contract/index.ts';
import { Child, runChild } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { type CommandOutcome, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';

const program = repositoryPath('bin/mcpmux.mjs');
const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.stop();
});

async function run(...words: readonly string[]): Promise<CommandOutcome> {
  return gateway.cli(words);
}

/** What a script gets: one line of JSON and nothing beside it. */
async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...words, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as T;
}

describe('with no server yet', () => {
  it('says in each place what to do', async () => {
    const [status, list, tools, logs] = await Promise.all([
      run('status'),
      run('list'),
      run('tools'),
      run('logs'),
    ]);
    expect(status.stdout).toContain('mcpmux add memory -- npx -y @modelcontextprotocol/server-memory');
    expect(list.stdout).toContain('mcpmux add memory');
    expect(tools.stderr).toContain('mcpmux status');
    expect(logs.stderr).toContain('No log lines yet');
    expect([status, list, tools, logs].map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });
});

describe('a server, from add to remove', () => {
  it('add says exactly what will be run, and waits until it runs', async () => {
    const { code, stdout, stderr } = await run(
      'add',
      'My Files',
      '-e',
      'TOKEN=hunter22',
      '--',
      process.execPath,
      fixture,
      'stderr=hello from the server',
    );
    expect(code).toBe(0);
    expect(stderr.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' '))).toEqual([
      'Added My Files',
      `runs ${process.execPath} ${fixture} 'stderr=hello from the server'`,
      'with variables TOKEN',
      'alias my-files (its tools are called my-files_…)',
      '',
    ]);
    expect(`${stdout}${stderr}`).not.toContain('hunter22');
    expect(stdout).toBe('My Files: connected, 4 tools\n');
  });

  it('list, show and status name it, by name, alias or id', async () => {
    const { servers } = await json<ServerListDto>('list');
    expect(servers.map(({ name, alias }) => [name, alias])).toEqual([['My Files', 'my-files']]);
    const shown = await json<ServerDetailDto>('show', 'my-files');
    expect(shown).toMatchObject({ name: 'My Files', state: { status: 'connected' } });
    expect(shown.launch).toMatchObject({ kind: 'stdio', envNames: ['TOKEN'] });
    expect(JSON.stringify(shown)).not.toContain('hunter22');
    expect((await json<ServerDetailDto>('show', shown.id)).name).toBe('My Files');
    const status = await json<StatusDto>('status');
    expect(status).toMatchObject({ pid: gateway.pid, isReady: true, authMode: 'api-key' });
    expect(status.servers).toHaveLength(1);

    expect((await run('list')).stdout).toMatch(
      /^SERVER\s+ALIAS\s+STATE\s+TOOLS\s+RUNS\nMy Files\s+my-files\s+connected\s+4 /,
    );
    expect((await run('show', 'My Files')).stdout).toMatch(/speaks\s+MCP 2025-11-25 over stdio/);
    expect((await run('ls')).stdout).toBe((await run('list')).stdout);
    // Alone it shows the status.
    expect((await run()).stdout).toMatch(/^mcpmux .* is running/);
  });

  it('disable hides its tools, enable brings them back, refresh connects anew', async () => {
    const disabled = await json<ServerDto>('disable', 'my-files');
    expect(disabled.state.status).toBe('disabled');
    expect((await json<ToolListDto>('tools')).tools).toEqual([]);
    expect((await run('status')).stdout).toMatch(/disabled .*\n.*next: mcpmux enable my-files/);
    const enabled = await json<ServerDto>('enable', 'my-files');
    expect(enabled.state.status).toBe('connected');
    const refreshed = await json<ServerDto>('refresh', 'my-files');
    expect(refreshed.state.status).toBe('connected');
    expect(refreshed.state.pid).not.toBe(enabled.state.pid);
  });

  it('remove takes it and its tools away', async () => {
    await run('add', 'passing', '--', process.execPath, fixture);
    const { code, stderr } = await run('remove', 'passing');
    expect([code, stderr]).toEqual([0, 'Removed passing.\n']);
    expect((await json<ServerListDto>('list')).servers.map(({ name }) => name)).toEqual(['My Files']);
    expect((await run('remove', 'passing')).code).toBe(4);
  });
});

describe('tools', () => {
  it('tools lists them as clients see them, and finds', async () => {
    const all = (await json<ToolListDto>('tools')).tools.map(({ name }) => name);
    expect(all).toEqual(['my-files_echo', 'my-files_env', 'my-files_grow', 'my-files_notify']);
    expect((await json<ToolListDto>('tools', 'echo')).tools[0]?.name).toBe('my-files_echo');
    expect((await json<ToolListDto>('tools', '--limit', '2')).tools).toHaveLength(2);
    expect((await run('tools', 'xqzzkw')).stderr).toContain('No tool fits');
  });

  it('call prints what the tool gave; arguments come from the line or from stdin', async () => {
    const text = await run('call', 'my-files_echo', '{"a": [1, "grün"]}');
    expect([text.code, text.stdout]).toEqual([0, '{"a":[1,"grün"]}\n']);
    const piped = await gateway.cli(['call', 'my-files_echo', '-', '--json'], { input: '{"b": 2}' });
    expect(JSON.parse(piped.stdout)).toMatchObject({ content: [{ type: 'text', text: '{"b":2}' }] });
    const environment = await run('call', 'my-files_env');
    expect(environment.stdout).toContain('"TOKEN":"hunter22"');
  });
});

describe('logs', () => {
  it('shows what the server said, newest last, as text and as JSON', async () => {
    const { stdout } = await run('logs', 'my-files');
    expect(stdout).toMatch(/stderr hello from the server/);
    const { entries } = await json<LogDto>('logs', 'my-files', '-n', '2');
    expect(entries).toHaveLength(2);
    expect((await run('logs', 'my-files', '--level', 'error')).stderr).toContain('No log lines yet');
  });

  it('-f goes on with each new line until Ctrl+C', async () => {
    const follower = new Child({
      command: process.execPath,
      args: [program, 'logs', '-f', '-n', '1', '--json'],
      env: { MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath },
    });
    try {
      await follower.waitFor('the newest line', ({ stdout }) => stdout.includes('\n') || undefined);
      await run('refresh', 'my-files');
      const line = await follower.waitFor('a line of the new start', ({ stdout }) =>
        stdout.split('\n').findLast((text) => text.includes('hello from the server')),
      );
      expect((JSON.parse(line) as LogEntryDto).serverName).toBe('My Files');
    } finally {
      const { code, signal } = await follower.stop('SIGINT');
      expect([0, 130, 'SIGINT']).toContain(code ?? signal);
      expect(follower.stderr).toBe('');
    }
  });
});

describe('keys', () => {
  it('a key lets a client in until it is revoked', async () => {
    const created = await run('key', 'create', 'laptop');
    expect(created.stdout).toMatch(/^mcpk_\w+\n$/);
    const client = new RawHttpClient({
      url: gateway.mcpUrl(),
      era: 'modern',
      headers: { authorization: `Bearer ${created.stdout.trim()}` },
    });
    expect((await client.request('tools/list')).status).toBe(200);
    const { keys } = await json<KeyListDto>('key', 'list');
    expect(keys.map(({ name }) => name)).toContain('laptop');
    expect(JSON.stringify(keys)).not.toContain(created.stdout.trim());
    expect((await run('key', 'list')).stdout).toMatch(/laptop\s+mcpk_\w+…\s+.* ago|just now/);
    expect((await run('key', 'revoke', 'laptop')).code).toBe(0);
    expect((await client.request('tools/list')).status).toBe(401);
    client.close();
    expect((await json<CreatedKeyDto>('key', 'create', 'other')).text).toMatch(/^mcpk_/);
  });
});

describe('what surrounds them', () => {
  it('config show says of every setting where it came from', async () => {
    const { settings } = await json<SettingListDto>('config', 'show');
    expect(settings.find(({ name }) => name === 'port')).toMatchObject({
      value: gateway.port,
      origin: 'env',
      source: 'MCPMUX_PORT',
    });
    expect(settings.find(({ name }) => name === 'logLevel')).toMatchObject({ origin: 'default' });
    expect((await run('config', 'show')).stdout).toMatch(/^SETTING\s+VALUE\s+FROM\n/);
  });

  it('start with a public URL and without authentication is refused', async () => {
    const start = await runChild({
      command: process.execPath,
      args: [
        program,
        '--data-dir',
        gateway.dataDir,
        'start',
        '--public-url',
        'https://mux.example',
        '--no-auth',
      ],
      cwd: gateway.dataDir,
    });
    expect(start.code).not.toBe(0);
    expect(start.stderr).toContain('authentication is off (from --no-auth)');
  });

  it('doctor finds nothing wrong here, and finds what is', async () => {
    expect((await run('doctor')).stdout).toMatch(/ok\s+server My Files\s+connected/);
    await run('add', 'broken', '--', 'no-such-command');
    const { code, stdout } = await run('doctor', '--json');
    expect(code).toBe(6);
    expect(stdout).toMatch(/no-such-command/);
    await run('remove', 'broken');
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('completion for %s names the commands', async (shell) => {
    const { code, stdout } = await run('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toContain('mcpmux');
    if (shell !== 'bash') return;
    const parsed = await runChild({ command: 'bash', args: ['-n'], input: stdout });
    expect(parsed).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('help and version work without a daemon', async () => {
    const env = { MCPMUX_DATA_DIR: '/nowhere', MCPMUX_SOCKET: '/nowhere/admin.sock' };
    for (const words of [
      ['help'],
      ['help', 'add'],
      ['help', 'exit-codes'],
      ['add', '--help'],
      ['--version'],
    ]) {
      const { code, stdout } = await runChild({
        command: process.execPath,
        args: [program, ...words],
        env,
      });
      expect([words, code, stdout === '']).toEqual([words, 0, false]);
    }
  });

  it('starts hardly slower than Node itself', async ({ annotate }) => {
    const fastest = async (args: readonly string[]): Promise<number> => {
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round += 1) {
        const startedAt = performance.now();
        await runChild({ command: process.execPath, args });
        best = Math.min(best, performance.now() - startedAt);
      }
      return best;
    };
    const bareMs = await fastest(['-e', '0']);
    const cliMs = await fastest([program, '--version']);
    await annotate(
      `bare node ${bareMs.toFixed(0)} ms, mcpmux ${cliMs.toFixed(0)} ms: ${(cliMs / bareMs).toFixed(1)} times`,
    );
    // The promise is 150 ms more on a quiet machine; here other tests may run beside it.
    expect(cliMs - bareMs).toBeLessThan(1_000);
  });

  it('stop ends the daemon, and then every command says that none runs', async () => {
    const stopped = await run('stop');
    expect([stopped.code, stopped.stderr]).toEqual([0, 'mcpmux has stopped.\n']);
    const after = await eventually('the end', async () => {
      const outcome = await run('status');
      return outcome.code === 0 ? undefined : outcome;
    });
    expect(after.code).toBe(3);
    expect(after.stderr).toContain(`the daemon is not running (data folder ${gateway.dataDir})`);
    expect(after.stderr).toContain('next: mcpmux start');
    expect((await run('stop')).code).toBe(3);
  });
});
