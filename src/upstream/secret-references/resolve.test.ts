import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../../base/index.ts';
import type { InputDefinition, InstalledServer, Launch, ServerId, SpaceId } from '../../model/index.ts';
import { Keychain, type KeychainEntry } from '../../platform/index.ts';
import { type ResolveOptions, resolveSecrets } from './resolve.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcpmux-references-'));
afterAll(() => rmSync(folder, { recursive: true }));

function keychainThat(answers: (service: string, account: string) => Promise<string | null>): Keychain {
  const AsyncEntry = class implements KeychainEntry {
    readonly #entry: readonly [string, string];
    constructor(service: string, account: string) {
      this.#entry = [service, account];
    }
    getPassword(): Promise<string | null> {
      return answers(...this.#entry);
    }
    setPassword(): Promise<void> {
      throw new Error('read only');
    }
    deletePassword(): Promise<unknown> {
      throw new Error('read only');
    }
  };
  return new Keychain(async () => ({ AsyncEntry }));
}

const ref = (kind: string, target: string): string => `$${`{${kind}:${target}}`}`;

function server(launch: Launch): InstalledServer {
  return {
    id: 's1' as ServerId,
    spaceId: 'default' as SpaceId,
    name: 'GitHub',
    alias: 'github',
    isEnabled: true,
    launch,
    sessionPolicy: 'auto',
    limits: {},
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
  };
}

function http(value: string, change: Partial<Launch> = {}): InstalledServer {
  const launch = {
    kind: 'http',
    url: 'https://x.example/mcp',
    headers: { 'X-Key': new Secret(value) },
    flavour: 'auto',
  };
  return server({ ...launch, ...change } as Launch);
}

async function headerOf(value: string, options: Partial<ResolveOptions> = {}, change: Partial<Launch> = {}) {
  const { launch } = await resolveSecrets(http(value, change), { env: {}, ...options });
  return launch.kind === 'http' ? launch.headers['X-Key']?.reveal() : undefined;
}

describe('fillInSecrets', () => {
  it('leaves a server without references as it is, to the object', async () => {
    const plain = http('a-secret');
    expect(await resolveSecrets(plain, { env: {} })).toBe(plain);
  });

  it('fills in a variable of the daemon, within a longer value', async () => {
    expect(await headerOf(`Bearer ${ref('env', 'TOKEN')}`, { env: { TOKEN: 'abc' } })).toBe('Bearer abc');
  });

  it('fills in a file without the line break at its end', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'from-a-file\n');
    expect(await headerOf(ref('file', file))).toBe('from-a-file');
  });

  it('fills in an entry of the keychain, by service and account', async () => {
    const asked: string[] = [];
    const keychain = keychainThat(async (service, account) => {
      asked.push(service, account);
      return 'from-the-keychain';
    });
    expect(await headerOf(ref('keychain', 'github.com/me'), { keychain })).toBe('from-the-keychain');
    expect(asked).toEqual(['github.com', 'me']);
  });

  it('runs an approved command without a shell', async () => {
    const command = `"${process.execPath}" -e "console.log(process.argv[1])" "a; echo $HOME"`;
    expect(await headerOf(ref('exec', command), {}, { allowsExec: true })).toBe('a; echo $HOME');
  });

  it('does not run a command that nobody approved', async () => {
    const marker = join(folder, 'ran');
    const command = `"${process.execPath}" -e "require('fs').writeFileSync('${marker}', '')"`;
    await expect(headerOf(ref('exec', command))).rejects.toMatchObject({
      code: 'upstream.secret_unresolved',
      hint: expect.stringContaining('--allow-exec'),
    });
    const { existsSync } = await import('node:fs');
    expect(existsSync(marker)).toBe(false);
  });

  it('fills in variables and arguments of a program, and reads a secret that stands twice once', async () => {
    let reads = 0;
    const env = {
      get KEY() {
        reads += 1;
        return `k${reads}`;
      },
    };
    const filled = await resolveSecrets(
      server({
        kind: 'stdio',
        command: 'run',
        args: ['--key', ref('env', 'KEY'), '--plain'],
        cwd: undefined,
        env: { KEY: new Secret(ref('env', 'KEY')), OTHER: new Secret('other') },
      }),
      { env },
    );
    const { launch } = filled;
    if (launch.kind !== 'stdio') throw new Error('another launch');
    expect(launch.args).toEqual(['--key', 'k1', '--plain']);
    expect([launch.env['KEY']?.reveal(), launch.env['OTHER']?.reveal()]).toEqual(['k1', 'other']);
  });

  describe('with inputs', () => {
    const key: InputDefinition = { id: 'KEY', label: 'API key', type: 'password', isRequired: true };
    const host: InputDefinition = {
      id: 'HOST',
      label: 'HOST',
      type: 'text',
      isRequired: false,
      default: 'a.example',
    };
    const values = (given: Record<string, string>) =>
      Object.fromEntries(Object.entries(given).map(([id, value]) => [id, new Secret(value)]));
    const fill = (
      value: string,
      inputs: readonly InputDefinition[],
      given: Record<string, string>,
      options: Partial<ResolveOptions> = {},
    ) => headerOf(value, options, { inputs, inputValues: values(given) });

    it('fills in what a person gave, else the default; without either the whole is left out', async () => {
      const value = `${ref('input', 'KEY')}@${ref('input', 'HOST')}`;
      expect(await fill(value, [key, host], { KEY: 'k', HOST: 'b.example' })).toBe('k@b.example');
      expect(await fill(value, [key, host], { KEY: 'k' })).toBe('k@a.example');
      await expect(fill(value, [{ ...key, isRequired: false }, host], {})).resolves.toBeUndefined();
    });

    it('leaves out what nobody has to give: an argument, a variable, a parameter; a switch follows its input', async () => {
      const inputs: InputDefinition[] = [
        { id: 'PORT', label: 'PORT', type: 'number', isRequired: false },
        { id: 'DRY', label: 'DRY', type: 'boolean', isRequired: false },
      ];
      const run = async (given: Record<string, string>) => {
        const installed = server({
          kind: 'stdio',
          command: 'run',
          args: ['serve', `--port=${ref('input', 'PORT')}`, ref('input', 'DRY?--dry-run')],
          cwd: undefined,
          env: { PORT: new Secret(ref('input', 'PORT')) },
          inputs,
          inputValues: values(given),
        });
        const { launch } = await resolveSecrets(installed, { env: {} });
        if (launch.kind !== 'stdio') throw new Error('another launch');
        return [...launch.args, ...Object.keys(launch.env)];
      };
      expect(await run({})).toEqual(['serve']);
      expect(await run({ PORT: '80', DRY: 'true' })).toEqual(['serve', '--port=80', '--dry-run', 'PORT']);
      expect(await run({ DRY: 'false' })).toEqual(['serve']);

      const url = `https://x.example/mcp?a=1&port=${ref('input', 'PORT')}`;
      const reach = async (given: Record<string, string>) => {
        const { launch } = await resolveSecrets(http('plain', { url, inputs, inputValues: values(given) }), {
          env: {},
        });
        return launch.kind === 'http' ? launch.url : undefined;
      };
      expect(await reach({})).toBe('https://x.example/mcp?a=1');
      expect(await reach({ PORT: '8/0' })).toBe('https://x.example/mcp?a=1&port=8%2F0');
    });

    it('reads a secret that a value names, and looks through nothing else', async () => {
      const told: string[] = [];
      const options: Partial<ResolveOptions> = {
        env: { TOKEN: `raw ${ref('env', 'OTHER')}`, OTHER: 'never' },
        onRead: (secret) => told.push(secret.reveal()),
      };
      expect(await fill(ref('input', 'KEY'), [key], { KEY: ref('env', 'TOKEN') }, options)).toBe(
        `raw ${ref('env', 'OTHER')}`,
      );
      expect(told).not.toContain('never');
      expect(await fill(ref('input', 'KEY'), [key], { KEY: ref('input', 'KEY') })).toBe(ref('input', 'KEY'));
      const withFile = { ...host, default: ref('env', 'OTHER') };
      expect(await fill(ref('input', 'HOST'), [withFile], {}, options)).toBe(ref('env', 'OTHER'));
    });

    it('runs a command that a value names only with an approval', async () => {
      const failing = fill(ref('input', 'KEY'), [key], { KEY: ref('exec', 'op read x') });
      await expect(failing).rejects.toThrow(/input "KEY" needs \$\{exec:op …\}, and nobody has allowed/);
    });

    it('tells passwords, and not what everybody may know', async () => {
      const told: string[] = [];
      const onRead = (secret: Secret): void => void told.push(secret.reveal());
      await fill(`Bearer ${ref('input', 'KEY')}`, [key], { KEY: 'k' }, { onRead });
      await fill(ref('input', 'HOST'), [host], { HOST: 'b.example' }, { onRead });
      expect(told).toEqual(['k', 'Bearer k']);
    });

    it('names all that is missing, and the one command that gives it', async () => {
      const failing = fill('no placeholder here', [key, host, { ...key, id: 'TEAM', label: 'TEAM' }], {});
      await expect(failing).rejects.toMatchObject({
        code: 'upstream.input_missing',
        message: 'server "GitHub" needs to be told: API key (KEY), TEAM',
        hint: 'run: mcpmux tune github --input KEY --input TEAM',
      });
    });
  });

  it('tells every value that was read, so that logs can leave it out', async () => {
    const told: string[] = [];
    await headerOf(`Bearer ${ref('env', 'TOKEN')}`, {
      env: { TOKEN: 'abc' },
      onRead: (secret) => told.push(secret.reveal()),
    });
    expect(told).toEqual(['abc', 'Bearer abc']);
  });

  it.each([
    ['a variable that is not set', ref('env', 'NOT_THERE'), 'that variable is not set for the daemon'],
    ['a variable that is empty', ref('env', 'EMPTY'), 'it is empty'],
    ['no name', ref('env', ''), 'nothing stands behind "env:"'],
    ['a file that is not there', ref('file', '/not/there'), 'there is no such file'],
    ['a path that depends on a folder', ref('file', 'token'), 'its path is not absolute'],
    ['a folder', ref('file', folder), 'the file cannot be read'],
    ['a keychain entry without account', ref('keychain', 'github.com'), 'it must be SERVICE/ACCOUNT'],
    ['a keychain without it', ref('keychain', 'a/b'), 'the keychain has no such entry'],
    ['a command that is not there', ref('exec', 'no-such-command-here'), 'the command was not found'],
    ['a command that fails', ref('exec', `"${process.execPath}" -e "process.exit(3)"`), 'exit code 3'],
    ['a quote that is open', ref('exec', 'op "x'), 'its quotes do not match'],
  ])('refuses %s with its place, the reference and the reason', async (_, value, reason) => {
    const keychain = keychainThat(async () => null);
    const failing = headerOf(value, { env: { EMPTY: '' }, keychain }, { allowsExec: true });
    await expect(failing).rejects.toMatchObject({
      code: 'upstream.secret_unresolved',
      message: expect.stringMatching(/^server "GitHub": header "X-Key" needs \$\{/),
    });
    await expect(failing).rejects.toThrow(reason);
  });

  it('says nothing of what a failing command said', async () => {
    const command = `"${process.execPath}" -e "console.error('canary-on-stderr'); console.log('canary-on-stdout'); process.exit(1)"`;
    const error = await headerOf(ref('exec', command), {}, { allowsExec: true }).catch(
      (thrown: unknown) => thrown,
    );
    expect(JSON.stringify([String(error), error])).not.toContain('canary');
  });

  it('refuses a file that is larger than any secret', async () => {
    const file = join(folder, 'large');
    writeFileSync(file, Buffer.alloc(70_000, 'x'));
    await expect(headerOf(ref('file', file))).rejects.toThrow('larger than 65536 bytes');
  });
});
