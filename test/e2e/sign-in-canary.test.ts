/**
 * e2e/sign-in-canary — a secret planted in every place a secret can be is found nowhere that it should not be.
 *
 * Planted: header, environment value, input, references to a variable and a file, a client secret, tokens, codes, the API key
 * of a client, a passphrase. Looked at: every log, answer, event and error, the database and the backup as bytes, other
 * children's environments, the process list.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf, routes } from '../../src/contract/index.ts';
import { connectClient } from '../fixtures/reference/everything-client.ts';
import { eventually } from '../support/deadline.ts';
import { sendOverSocket } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { openWorld, type World } from '../support/sign-in-world.ts';

/** Each of its own, so that a find says where it comes from. */
const planted = {
  header: 'canary-header-7c1f6a',
  environment: 'canary-environment-90ab3e',
  variable: 'canary-variable-55d210',
  file: 'canary-file-e83c77',
  input: 'canary-input-4a6d08',
  clientSecret: 'canary-client-secret-19f4b2',
  passphrase: 'canary-passphrase-c2d8e0',
};

let world: World;
let folder: string;
let dataDir: string;
let events = '';
let commands = '';
const children: { plain: number; secret: number } = { plain: 0, secret: 0 };
/** Tokens, codes and verifiers as the provider saw them. */
const issued = new Set<string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mcpmux-canary-'));
  dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(folder, 'secret-file'), `${planted.file}\n`, { mode: 0o600 });
  const client = {
    client_id: 'by-hand',
    client_secret: planted.clientSecret,
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/oauth2redirect'],
    grant_types: ['authorization_code', 'refresh_token'],
  };
  world = await openWorld({
    authorizationServer: { registration: 'given', clients: [client], accessTokenSeconds: 5 },
    resource: { scopeOf: ({ method }) => (method === 'tools/call' ? 'mcp:write' : undefined) },
    gateway: {
      dataDir,
      env: { CANARY_VARIABLE: planted.variable },
      flags: ['--log-level', 'debug', '--key-source', 'file'],
    },
  });
  world.authorizationServer.bends.token = (answer) => {
    for (const name of ['access_token', 'refresh_token'])
      if (typeof answer[name] === 'string') issued.add(answer[name]);
    return answer;
  };
  const { admin } = world.gateway;
  const stop = new AbortController();
  void (async () => {
    for await (const event of admin.streamEvents(stop.signal)) events += JSON.stringify(event);
  })().catch(() => {});

  const stdio = (name: string, env: Record<string, string>) => ({
    name,
    launch: {
      kind: 'stdio' as const,
      command: process.execPath,
      args: [repositoryPath('test/fixtures/servers/stdio-server.mjs')],
      env,
    },
  });
  children.plain = (await world.gateway.addServer(stdio('plain', {}))).state.pid ?? 0;
  const withSecrets = await world.gateway.addServer(
    stdio('secret', {
      PLANTED: planted.environment,
      FROM_VARIABLE: reference('env', 'CANARY_VARIABLE'),
      FROM_FILE: reference('file', join(folder, 'secret-file')),
      FROM_INPUT: reference('input', 'KEY'),
    }),
  );
  expect(withSecrets.state.status).toBe('needs-configuration');
  const { state: told } = await world.gateway.admin
    .changeServer('secret', { inputValues: { KEY: planted.input } })
    .then(() => world.gateway.admin.awaitServer('secret', 20_000));
  children.secret = told.pid ?? 0;
  await world.add({ headers: { 'X-Key': planted.header, 'X-Ref': reference('env', 'CANARY_VARIABLE') } });
  const run = async (args: readonly string[], input = ''): Promise<void> => {
    const { stdout, stderr } = await world.gateway.cli(args, { input });
    commands += `${args.join(' ')}\n${stdout}${stderr}`;
  };
  await run(
    ['login', 'tracker', '--client-id', 'by-hand', '--client-secret-stdin'],
    `${planted.clientSecret}\n`,
  );
  await world.until('connected');
  // A step-up, renewals, a failing call, a failing reference, a rotation, a backup.
  const caller = await connectClient(
    { revision: '2025-11-25' },
    world.gateway.mcpUrl('tracker'),
    world.gateway.headers,
  );
  await caller.callTool({ name: 'test_simple_text', arguments: {} });
  await eventually(
    'a renewal',
    async () => {
      await caller.callTool({ name: 'test_simple_text', arguments: {} }).catch(() => {});
      return world.authorizationServer.counts.refreshed > 0 ? true : undefined;
    },
    { timeoutMs: 20_000, everyMs: 200 },
  );
  await caller.callTool({ name: 'test_error_handling', arguments: {} }).catch(() => {});
  await caller.close();
  await world.gateway.addServer(stdio('broken', { X: reference('file', join(folder, 'not-there')) }));
  for (const args of [
    ['auth', 'doctor', 'tracker'],
    ['auth', 'status'],
    ['status'],
    ['show', 'tracker'],
    ['logs', '-n', '1000'],
    ['key', 'rotate'],
    ['key', 'rotate', '--root'],
    ['doctor'],
  ])
    await run(args);
  await run(['backup', join(folder, 'backup.mcpmux')], `${planted.passphrase}\n`);
  for (const { form } of world.authorizationServer.requests)
    for (const name of ['code', 'code_verifier', 'refresh_token']) {
      const value = form?.get(name);
      if (value) issued.add(value);
    }
  stop.abort();
}, 120_000);

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

function reference(kind: string, target: string): string {
  return `$${`{${kind}:${target}}`}`;
}

/** In the forms in which a value travels. */
function formsOf(secret: string): readonly Buffer[] {
  return [secret, Buffer.from(secret).toString('base64').slice(0, -4), encodeURIComponent(secret)].map(
    (text) => Buffer.from(text),
  );
}

function found(content: Buffer | string, except: readonly string[] = []): string[] {
  const bytes = Buffer.from(content);
  const all = { ...planted, ...Object.fromEntries([...issued].map((value) => [`issued ${value}`, value])) };
  return Object.entries(all)
    .filter(([name]) => !except.includes(name))
    .filter(([, value]) => formsOf(value).some((form) => bytes.includes(form)))
    .map(([name]) => name);
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('a planted secret', () => {
  it('was really used: the servers got it, the provider gave tokens, and all is up', async () => {
    expect(issued.size).toBeGreaterThanOrEqual(6);
    expect(world.authorizationServer.counts.refreshed).toBeGreaterThan(0);
    expect((await world.state()).status).toBe('connected');
    if (process.platform === 'linux') {
      const environment = readFileSync(`/proc/${children.secret}/environ`);
      expect(found(environment).sort()).toEqual(['environment', 'file', 'input', 'variable']);
    }
    // The search itself finds what is there.
    expect(found(`x ${planted.header} y`)).toEqual(['header']);
    expect(found(Buffer.from(planted.header).toString('base64'))).toEqual(['header']);
  });

  it('is in no file of the data folder: not in the database, not in a log', () => {
    const files = filesUnder(dataDir);
    expect(files.some((file) => file.endsWith('mcpmux.db'))).toBe(true);
    expect(files.some((file) => file.endsWith('.log'))).toBe(true);
    const finds = files.flatMap((file) => found(readFileSync(file)).map((name) => `${name} in ${file}`));
    expect(finds).toEqual([]);
  });

  it('is not in a backup', () => {
    const file = join(folder, 'backup.mcpmux');
    expect(statSync(file).size).toBeGreaterThan(1_000);
    expect(found(readFileSync(file))).toEqual([]);
  });

  it('is in nothing that the daemon said or a command printed', () => {
    expect(found(world.gateway.log())).toEqual([]);
    expect(commands).toContain('tracker: connected');
    expect(found(commands)).toEqual([]);
  });

  it('is in no answer of the admin API and in no event', async () => {
    const send = sendOverSocket(world.gateway.socketPath);
    const ids = Object.entries(routes).filter(
      ([, route]) => route.method === 'GET' && route.answer !== 'events',
    );
    expect(ids.length).toBeGreaterThan(10);
    for (const [id] of ids) {
      for (const server of ['tracker', 'secret', 'broken']) {
        const path = pathOf(id as keyof typeof routes, { server });
        const answer = await send({ method: 'GET', path, headers: {}, body: undefined, signal: undefined });
        let text = '';
        for await (const chunk of answer.chunks) text += chunk;
        expect(found(text), path).toEqual([]);
      }
    }
    expect(events).toContain('upstream.sign_in_ended');
    expect(found(events)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is in no foreign environment and in no process list', () => {
    expect(found(readFileSync(`/proc/${children.plain}/environ`))).toEqual([]);
    expect(found(readFileSync(`/proc/${world.gateway.pid}/cmdline`))).toEqual([]);
    expect(found(execFileSync('ps', ['-eo', 'args']))).toEqual([]);
  });

  it('is not in the error of a reference that cannot be resolved', async () => {
    const { state } = await world.gateway.admin.getServer('broken');
    expect(state).toMatchObject({
      status: 'needs-configuration',
      reason: `server "broken": variable "X" needs ${reference('file', join(folder, 'not-there'))}, and there is no such file`,
      nextStep: 'when it is there: mcpmux refresh broken',
    });
  });

  it.runIf(process.platform === 'linux')('is not in what a crash leaves behind', async () => {
    process.kill(world.gateway.pid, 'SIGABRT');
    await world.gateway.exited;
    expect(found(world.gateway.log())).toEqual([]);
    const finds = filesUnder(dataDir).flatMap((file) =>
      found(readFileSync(file)).map((name) => `${name} in ${file}`),
    );
    expect(finds).toEqual([]);
  });
});
