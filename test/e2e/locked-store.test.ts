/**
 * e2e/locked-store — a store whose key is not there: locked is said everywhere, and never looks like empty.
 */
import { chmod, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
const passphrase = 'correct horse battery';
const stdio = (env: Readonly<Record<string, string>>) => ({
  kind: 'stdio' as const,
  command: process.execPath,
  args: [fixture],
  env,
});

let dataDir: string;
let gateway: Gateway | undefined;
beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-locked-')));
});
afterEach(async () => {
  await gateway?.kill();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

async function start(
  env: Readonly<Record<string, string>> = { MCPMUX_KEY_SOURCE: 'file' },
): Promise<Gateway> {
  gateway = await startGateway({ dataDir, env, waitForServers: false });
  return gateway;
}

const keyFile = async (): Promise<string> => {
  const name = (await readdir(join(dataDir, 'keys'))).find((one) => one.endsWith('.key'));
  return join(dataDir, 'keys', name ?? 'none');
};

/** What locks it, and what a person does before `mcpmux unlock`. */
const ways: readonly [
  string,
  (daemon: Gateway) => Promise<{ readonly mend: () => Promise<unknown>; readonly input: string }>,
][] = [
  [
    'a passphrase that nobody has given yet',
    async (daemon) => {
      const rotated = await daemon.cli(['key', 'rotate', '--root', '--source', 'passphrase'], {
        input: `${passphrase}\n`,
      });
      expect(rotated.code, rotated.stderr).toBe(0);
      return { mend: async () => {}, input: `${passphrase}\n` };
    },
  ],
  [
    'a key file that is missing',
    async () => {
      const file = await keyFile();
      await rename(file, join(dataDir, 'elsewhere'));
      return { mend: () => rename(join(dataDir, 'elsewhere'), file), input: '' };
    },
  ],
  [
    'a key file that others may read',
    async () => {
      const file = await keyFile();
      await chmod(file, 0o644);
      return { mend: () => chmod(file, 0o600), input: '' };
    },
  ],
  [
    'a key file that holds something else',
    async () => {
      const file = await keyFile();
      await rename(file, join(dataDir, 'elsewhere'));
      await writeFile(file, 'something else', { mode: 0o600 });
      return { mend: () => rename(join(dataDir, 'elsewhere'), file), input: '' };
    },
  ],
];

describe('a store that is locked', () => {
  it.each(ways)('R101 by %s says so everywhere, and does what needs no secret', async (_, lock) => {
    const first = await start();
    await first.addServer({ name: 'sealed', launch: stdio({ TOKEN: 'a-secret-value' }) });
    await first.addServer({ name: 'plain', launch: stdio({}) });
    const { mend, input } = await lock(first);
    await first.kill();

    const daemon = await start({});
    expect(
      await fetch(`${daemon.url}/readyz`).then(async (answer) => [answer.status, await answer.text()]),
    ).toEqual([503, 'locked: the store is locked\n']);
    const status = await daemon.cli(['status']);
    expect(status.stdout).toContain('the store is locked');
    expect(status.stdout).toContain('mcpmux unlock');
    expect(status.stdout).not.toContain('No servers yet');
    const doctor = await daemon.cli(['doctor']);
    expect(doctor.stdout).toContain('the store is locked');
    expect(doctor.stdout).not.toContain('Nothing is wrong');
    expect(doctor.code).not.toBe(0);

    expect((await daemon.admin.awaitServer('plain', 15_000)).state.status).toBe('connected');
    const sealed = await daemon.admin.awaitServer('sealed', 15_000);
    expect(sealed.state).toMatchObject({
      status: 'needs-configuration',
      reason: expect.stringContaining('locked'),
      nextStep: expect.stringContaining('mcpmux unlock'),
    });

    const client = await RawHttpClient.connect({
      url: daemon.mcpUrl(),
      era: 'modern',
      headers: daemon.headers,
    });
    const tools = (await client.request('tools/list')).result?.['tools'] as { name: string }[];
    expect(tools.map(({ name }) => name)).toContain('plain_echo');
    expect((await client.callTool('plain_echo', { n: 1 })).result).toBeDefined();
    const refused = await client.callTool('sealed_echo', { n: 1 });
    expect(JSON.stringify(refused)).toMatch(/locked/);
    expect(JSON.stringify(refused)).toMatch(/mcpmux unlock/);
    client.close();

    const taken = await daemon.cli(['add', 'sealed', '--', process.execPath, fixture]);
    expect(taken.stderr).toContain('sealed');
    const more = await daemon.cli(['add', 'more', '--', process.execPath, fixture]);
    expect(more.code, more.stderr).toBe(0);
    const secret = await daemon.cli([
      'add',
      'another',
      '-e',
      'TOKEN=x-secret-y',
      '--',
      process.execPath,
      fixture,
    ]);
    expect(secret.code).not.toBe(0);
    expect(secret.stderr).toContain('mcpmux unlock');

    await mend();
    const unlock = await daemon.cli(['unlock'], { input });
    expect(unlock.code, unlock.stderr).toBe(0);
    expect((await daemon.admin.awaitServer('sealed', 15_000)).state.status).toBe('connected');
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
  });
});
