/**
 * e2e/first-ten-minutes.test — the page of that name, done: its three commands in an empty home with four clients, and all of it
 * taken back.
 *
 * The service manager is a stand-in that runs what the unit says; everything else is real.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readDaemonRecord } from '../../src/daemon/index.ts';
import { runChild } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { freePort } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'mcpmux-ten-')));
const dataDir = join(home, 'data');
const program = repositoryPath('bin/mcpmux.mjs');
const everything = repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const memory = repositoryPath('node_modules/@modelcontextprotocol/server-memory/dist/index.js');
const files = repositoryPath('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');

/** As systemctl would: notes what it was told, and runs what the unit says. */
const systemctl = `#!/bin/sh
unit="$XDG_CONFIG_HOME/systemd/user/$(ls "$XDG_CONFIG_HOME/systemd/user" 2>/dev/null | head -1)"
echo "$*" >>"$HOME/systemctl.log"
case "$2" in
  restart)
    sed -n 's/^Environment=/export /p' "$unit" >"$HOME/unit.sh"
    sed -n 's/^ExecStart=/exec /p' "$unit" >>"$HOME/unit.sh"
    setsid sh "$HOME/unit.sh" >/dev/null 2>&1 </dev/null & ;;
  disable) kill "$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' "$MCPMUX_DATA_DIR/run/daemon.json" 2>/dev/null)" 2>/dev/null ;;
esac
exit 0
`;

const before: Record<string, string> = {
  '.claude.json': JSON.stringify(
    {
      numStartups: 3,
      mcpServers: {
        everything: {
          type: 'stdio',
          command: 'node',
          args: [everything, 'stdio'],
          env: { API_KEY: 'sk-0123456789abcdef0123456789abcdef' },
        },
        memory: { command: 'node', args: [memory], env: { MEMORY_FILE_PATH: join(home, 'one.json') } },
      },
      projects: { [join(home, 'acme')]: { mcpServers: { notes: { command: 'node', args: [files, home] } } } },
    },
    null,
    2,
  ),
  '.cursor/mcp.json': `{\r\n\t// mine\r\n\t"mcpServers": {\r\n\t\t"every": { "command": "node", "args": ${JSON.stringify([everything, 'stdio'])}, "env": { "API_KEY": "sk-0123456789abcdef0123456789abcdef" } },\r\n\t\t"memory": { "command": "node", "args": ${JSON.stringify([memory])}, "env": { "MEMORY_FILE_PATH": ${JSON.stringify(join(home, 'two.json'))} } },\r\n\t\t"broken": {},\r\n\t},\r\n}\r\n`,
  '.codex/config.toml': `model = "x" # mine\n\n[mcp_servers.files]\ncommand = "node"\nargs = ${JSON.stringify([files, home])}\nenabled = false\n`,
  '.gemini/settings.json': `{"mcpServers":{"memory":{"command":"node","args":${JSON.stringify([memory])},"env":{"MEMORY_FILE_PATH":${JSON.stringify(join(home, 'one.json'))}}},"off":{"command":"node","args":["off.js"],"disabled":true}}}`,
};

afterAll(async () => {
  const record = await readDaemonRecord(dataDir);
  if (record !== undefined) process.kill(record.pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

it('does what the page says with three commands, and takes all of it back', async () => {
  for (const [path, text] of Object.entries(before)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  mkdirSync(join(home, 'bin'));
  mkdirSync(join(home, 'acme'));
  writeFileSync(join(home, 'bin/systemctl'), systemctl);
  chmodSync(join(home, 'bin/systemctl'), 0o755);
  const env = {
    HOME: home,
    PATH: `${join(home, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
    SHELL: undefined,
    XDG_CONFIG_HOME: join(home, '.config'),
    CODEX_HOME: undefined,
    CLAUDE_CONFIG_DIR: undefined,
    MCPMUX_DATA_DIR: dataDir,
    MCPMUX_PORT: String(await freePort()),
    MCPMUX_SOCKET: join(home, 'admin.sock'),
    MCPMUX_KEY_SOURCE: 'file',
    NO_COLOR: '1',
  };
  const run = async (words: readonly string[]) => {
    const outcome = await runChild({
      command: process.execPath,
      args: [program, ...words],
      env,
      cwd: home,
      timeoutMs: 90_000,
    });
    return { ...outcome, told: `${outcome.stdout}\n${outcome.stderr}` };
  };

  // The commands are the page's own.
  const page = readFileSync(repositoryPath('docs/first-ten-minutes.md'), 'utf8');
  const commands = (/```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '').trim().split('\n');
  expect(commands).toEqual(['mcpmux import', 'mcpmux connect --all', 'mcpmux service install']);
  const startedAt = performance.now();
  for (const command of commands) {
    const { code, told } = await run([...command.split(' ').slice(1), '--yes']);
    expect(code, told).toBe(0);
  }
  const tookMs = performance.now() - startedAt;
  expect(tookMs).toBeLessThan(90_000);
  process.stdout.write(`first ten minutes: ${commands.length} commands, ${(tookMs / 1_000).toFixed(1)} s\n`);

  const { stdout } = await run(['list', '--json']);
  const { servers } = JSON.parse(stdout) as {
    servers: { name: string; isEnabled: boolean; launch: unknown }[];
  };
  // Ten entries: two are the same as others, one has neither command nor URL, one pair differs by the folder it runs in.
  expect(servers.map(({ name }) => name).toSorted()).toEqual([
    'everything',
    'files',
    'memory',
    'memory-2',
    'notes',
    'off',
  ]);
  expect(
    servers
      .filter(({ isEnabled }) => !isEnabled)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['files', 'off']);
  expect(JSON.stringify(servers)).not.toContain('sk-0123456789abcdef');

  const keys = new Set<string>();
  for (const path of Object.keys(before)) {
    const text = readFileSync(join(home, path), 'utf8');
    const key = /Bearer (mcpk_[\w-]+)/.exec(text)?.[1] ?? '';
    const url = /"(http:\/\/127\.0\.0\.1:\d+\/mcp)"/.exec(text)?.[1] ?? '';
    keys.add(key);
    const answer = await callTool(url, key);
    expect(answer, path).toContain('Echo: field');
  }
  expect(keys.size).toBe(4);
  const { stdout: standings } = await run(['connect', '--json']);
  const { clients } = JSON.parse(standings) as { clients: { state: string }[] };
  expect(clients.filter(({ state }) => state === 'connected')).toHaveLength(4);

  const dry = await run(['uninstall', '--purge', '--dry-run']);
  expect(dry.stdout).toMatch(
    /Goes:\n(?: {2}entry in .*\n){4} {2}service .*\n {2}daemon and its servers .*\n {2}servers, keys, secrets/,
  );
  expect(existsSync(dataDir)).toBe(true);
  const gone = await run(['uninstall', '--purge', '--yes']);
  expect(gone.code, gone.told).toBe(0);
  for (const [path, text] of Object.entries(before))
    expect(readFileSync(join(home, path), 'utf8'), path).toBe(text);
  expect(existsSync(dataDir)).toBe(false);
  expect(existsSync(join(home, '.config/systemd/user/mcpmux.service'))).toBe(false);
}, 180_000);

async function callTool(url: string, key: string): Promise<string> {
  const post = async (body: unknown, session?: string): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(session === undefined ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-06-18' }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...(body as object) }),
    });
  // The daemon was started anew as a service; its servers come up beside it.
  return eventually(
    'a call of a tool',
    async () => {
      const opened = await post({
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
      });
      await opened.text();
      const session = opened.headers.get('mcp-session-id') ?? '';
      const answer = await post(
        { id: 2, method: 'tools/call', params: { name: 'everything_echo', arguments: { message: 'field' } } },
        session,
      );
      const text = await answer.text();
      return text.includes('Echo') ? text : undefined;
    },
    { timeoutMs: 30_000 },
  );
}
