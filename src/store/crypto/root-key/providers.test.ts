import { execFile } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../base/index.ts';
import { chooseRootKey, createRootKey, type RootKeyOptions } from './choose.ts';
import { credentialProvider, defaultCredentialFile } from './credential-file.ts';
import { keyFileProvider, removeUnusedKeys } from './key-file.ts';
import { type KeyringLoader, keychainProvider } from './keychain.ts';
import { newKdfFacts, passphraseProvider, readKdfFacts } from './passphrase.ts';
import { canaryFits, fingerprintOf, makeCanary, newRootKey, type RootKeyRecord } from './root-key.ts';

const onPosix = process.platform !== 'win32';
const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-keys-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A keychain in memory. */
function fakeKeychain(entries = new Map<string, string>()): {
  load: KeyringLoader;
  entries: Map<string, string>;
} {
  class AsyncEntry {
    readonly #name: string;
    constructor(service: string, account: string) {
      this.#name = `${service}/${account}`;
    }
    async setPassword(password: string): Promise<void> {
      entries.set(this.#name, password);
    }
    async getPassword(): Promise<string | undefined> {
      return entries.get(this.#name);
    }
    async deletePassword(): Promise<boolean> {
      return entries.delete(this.#name);
    }
  }
  return { load: async () => ({ AsyncEntry }), entries };
}

describe('a root key', () => {
  it('is recognised by a fingerprint and a canary', () => {
    const [one, two] = [newRootKey(), newRootKey()];
    expect(one.id).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf(one.key)).toBe(one.id);
    expect(one.id).not.toBe(two.id);
    expect(canaryFits(one, makeCanary(one))).toBe(true);
    expect(canaryFits(two, makeCanary(one))).toBe(false);
    expect(canaryFits({ ...two, id: one.id }, makeCanary(one))).toBe(false);
  });
});

describe('key files', () => {
  it('keep each key under its fingerprint, mode 0600, one readable line', async () => {
    const provider = keyFileProvider(folder);
    const [one, two] = [await provider.create(), await provider.create()];
    const keys = (await readdir(join(folder, 'keys'))).filter((name) => name.endsWith('.key'));
    expect(keys.sort()).toEqual([`root-${one.id}.key`, `root-${two.id}.key`].sort());
    const path = join(folder, 'keys', `root-${one.id}.key`);
    if (onPosix) expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toMatch(/^mcpmux-root-key-1:[A-Za-z0-9_-]{43}\n$/);
    expect((await provider.read(one))?.key.equals(one.key)).toBe(true);
    await provider.destroy(one);
    await provider.destroy(one);
    expect(await provider.read(one)).toBeUndefined();
    expect((await provider.read(two))?.id).toBe(two.id);
  });

  it.runIf(onPosix)(
    'are private even where the umask would allow everything',
    async () => {
      const script = `
      import { keyFileProvider } from ${JSON.stringify(new URL('./key-file.ts', import.meta.url).href)};
      process.umask(0);
      await keyFileProvider(${JSON.stringify(folder)}).create();
    `;
      await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
      const [name] = (await readdir(join(folder, 'keys'))).filter((one) => one.endsWith('.key'));
      expect((await stat(join(folder, 'keys', name!))).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    },
    30_000,
  );

  it.runIf(onPosix)('are refused when somebody could have placed or read them', async () => {
    const provider = keyFileProvider(folder);
    const root = await provider.create();
    const path = join(folder, 'keys', `root-${root.id}.key`);
    await chmod(path, 0o640);
    await expect(provider.read(root)).rejects.toMatchObject({
      code: 'store.exposed',
      hint: `run: chmod 600 '${path}'`,
    });
    await chmod(path, 0o600);
    await link(path, join(folder, 'second'));
    await expect(provider.read(root)).rejects.toMatchObject({ code: 'store.unsafe_file' });
    await rm(join(folder, 'second'));
    await rename(path, join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), path);
    await expect(provider.read(root)).rejects.toMatchObject({ code: 'store.unsafe_file' });
    await rm(path);
    await run('mkfifo', ['-m', '600', path]);
    await expect(provider.read(root)).rejects.toMatchObject({ code: 'store.unsafe_file' });
  });

  it.each([
    ['empty', ''],
    ['too short', 'mcpmux-root-key-1:AAAA\n'],
    ['too long', `mcpmux-root-key-1:${'A'.repeat(500)}\n`],
    ['another key', `mcpmux-root-key-1:${'A'.repeat(43)}\n`],
    ['something else', 'hello\n'],
  ])('are refused when their content is %s', async (_, content) => {
    const provider = keyFileProvider(folder);
    const root = await provider.create();
    await writeFile(join(folder, 'keys', `root-${root.id}.key`), content);
    const error = await provider.read(root).catch((refusal: Error) => refusal);
    expect(error).toMatchObject({ code: 'store.bad_key' });
    if (content.length > 0) expect((error as Error).message).not.toContain(content.trim());
  });
});

describe('a key file that never came into use', () => {
  it('R106 goes at the next start; one in use stays, and so does one that somebody else may need', async () => {
    const provider = keyFileProvider(folder);
    const [killed, used, foreign] = [
      await provider.create(),
      await provider.create(),
      await provider.create(),
    ];
    await rm(join(folder, 'keys', `root-${foreign.id}.unused`));
    // Younger ones may be on their way into the database.
    await removeUnusedKeys(folder, async (id) => id === used.id);
    expect(await provider.read(killed)).toBeDefined();
    await removeUnusedKeys(folder, async (id) => id === used.id, 0);
    expect((await readdir(join(folder, 'keys'))).sort()).toEqual(
      [`root-${used.id}.key`, `root-${foreign.id}.key`].sort(),
    );
    expect(await provider.read(killed)).toBeUndefined();
    await removeUnusedKeys(join(folder, 'none'), async () => false);
  });
});

describe('the keychain', () => {
  it('keeps each key under its fingerprint', async () => {
    const { load, entries } = fakeKeychain();
    const provider = keychainProvider({ load });
    const [one, two] = [await provider.create(), await provider.create()];
    expect([...entries.keys()]).toEqual([`mcpmux/root-key-${one.id}`, `mcpmux/root-key-${two.id}`]);
    expect((await provider.read(one))?.key.equals(one.key)).toBe(true);
    await provider.destroy(one);
    expect(await provider.read(one)).toBeUndefined();
    entries.set(`mcpmux/root-key-${two.id}`, 'something else');
    await expect(provider.read(two)).rejects.toMatchObject({ code: 'store.bad_key' });
  });

  const never = new Promise<never>(() => {});
  it.each<[string, KeyringLoader, RegExp]>([
    [
      'is not installed',
      () => Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })),
      /@napi-rs\/keyring is not installed/,
    ],
    [
      'has no service behind it',
      async () => ({
        AsyncEntry: class {
          setPassword = () => Promise.reject(new Error("Couldn't access platform storage"));
          getPassword = () => Promise.reject(new Error("Couldn't access platform storage"));
          deletePassword = () => Promise.reject(new Error("Couldn't access platform storage"));
        },
      }),
      /Couldn't access platform storage/,
    ],
    [
      'cannot even be asked',
      async () => ({
        AsyncEntry: class {
          constructor() {
            throw new Error('denied');
          }
        } as never,
      }),
      /denied/,
    ],
    [
      'does not answer',
      async () => ({
        AsyncEntry: class {
          setPassword = () => never;
          getPassword = () => never;
          deletePassword = () => never;
        },
      }),
      /did not answer within 20 ms/,
    ],
    [
      'forgets what it is given',
      async () => ({
        AsyncEntry: class {
          setPassword = async () => {};
          getPassword = async () => undefined;
          deletePassword = async () => true;
        },
      }),
      /did not give back/,
    ],
  ])('is one clear error when it %s', async (_, load, message) => {
    await expect(keychainProvider({ load, timeoutMs: 20 }).create()).rejects.toMatchObject({
      code: 'store.keychain',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--key-source file'),
    });
  });
});

describe('a passphrase', () => {
  const asking = (text: string | undefined) => async () =>
    text === undefined ? undefined : new Secret(text);

  it('makes the same key again, however it is typed, and no other makes it', async () => {
    const root = await passphraseProvider(asking('Zürich 2024')).create();
    expect(root.facts).toMatchObject({ kdf: 'scrypt', N: 131_072, r: 8, p: 1 });
    expect(JSON.stringify(root.facts)).not.toContain('rich');
    const decomposed = await passphraseProvider(asking('Zu\u0308rich 2024')).read(root);
    expect(decomposed?.key.equals(root.key)).toBe(true);
    await expect(passphraseProvider(asking('Zurich 2024')).read(root)).rejects.toMatchObject({
      code: 'store.bad_passphrase',
      message: expect.stringContaining('wrong'),
    });
  }, 30_000);

  it('is refused when it is short or not given', async () => {
    await expect(passphraseProvider(asking('1234567')).create()).rejects.toMatchObject({
      code: 'store.bad_passphrase',
    });
    await expect(passphraseProvider(asking(undefined)).create()).rejects.toMatchObject({
      code: 'store.bad_passphrase',
    });
    await expect(passphraseProvider(undefined).create()).rejects.toMatchObject({
      code: 'store.bad_passphrase',
    });
  });

  it('is not derived by settings that ask for too much or too little', () => {
    const facts = { ...newKdfFacts() };
    expect(readKdfFacts(facts)).toEqual(facts);
    for (const changed of [
      { N: 2 ** 30 },
      { N: 2 ** 10 },
      { N: 100_000 },
      { r: 10_000 },
      { p: 0 },
      { p: 99 },
      { salt: '' },
      { kdf: 'none' },
    ])
      expect(readKdfFacts({ ...facts, ...changed }), JSON.stringify(changed)).toBeUndefined();
  });
});

describe('a credential', () => {
  const raw = Buffer.alloc(32, 9);
  it.each([
    ['32 raw bytes', raw],
    ['hex', Buffer.from(`${raw.toString('hex')}\n`)],
    ['base64', Buffer.from(`${raw.toString('base64')}\n`)],
    ['our own text', Buffer.from(`mcpmux-root-key-1:${raw.toString('base64url')}\n`)],
  ])('is read as %s', async (_, content) => {
    const path = join(folder, 'credential');
    await writeFile(path, content, { mode: 0o400 });
    const root = await credentialProvider(path).create();
    expect(root.key.equals(raw)).toBe(true);
    expect(root.facts).toEqual({ path });
  });

  it('is found through a link, as mounted secrets are, and never removed', async () => {
    await writeFile(join(folder, 'real'), raw, { mode: 0o400 });
    await symlink(join(folder, 'real'), join(folder, 'link'));
    const provider = credentialProvider(join(folder, 'link'));
    const root = await provider.create();
    await provider.destroy(root);
    expect((await provider.read(root))?.id).toBe(root.id);
  });

  it('is refused when it is no key, too open, or another one', async () => {
    const path = join(folder, 'credential');
    const provider = credentialProvider(path);
    await expect(provider.create()).rejects.toMatchObject({ code: 'store.bad_key' });
    await writeFile(path, 'no key', { mode: 0o600 });
    await expect(provider.create()).rejects.toMatchObject({ code: 'store.bad_key' });
    await writeFile(path, 'x'.repeat(1_000));
    await expect(provider.create()).rejects.toMatchObject({ code: 'store.bad_key' });
    await writeFile(path, raw);
    const root = await provider.create();
    await writeFile(path, Buffer.alloc(32, 1));
    await expect(provider.read(root)).rejects.toMatchObject({ code: 'store.bad_key' });
    if (onPosix) {
      await chmod(path, 0o644);
      await expect(provider.read(root)).rejects.toMatchObject({ code: 'store.exposed' });
      await rm(path);
      await run('mkfifo', ['-m', '600', path]);
      await expect(provider.read(root)).rejects.toMatchObject({ code: 'store.bad_key' });
    }
    await expect(credentialProvider(undefined).create()).rejects.toMatchObject({
      code: 'store.bad_key',
      hint: expect.stringContaining('LoadCredential'),
    });
  });

  describe.runIf(onPosix)('that is handed over by others', () => {
    const make = async (name: string, mode: number): Promise<string> => {
      await mkdir(join(folder, 'given'), { recursive: true });
      const path = join(folder, 'given', name);
      await writeFile(path, raw);
      await chmod(path, mode);
      return path;
    };
    afterEach(() => vi.unstubAllEnvs());

    it.each([0o400, 0o440, 0o444, 0o600])(
      'R100 is taken from the credentials folder with mode %o',
      async (mode) => {
        const path = await make('mcpmux-root-key', mode);
        vi.stubEnv('CREDENTIALS_DIRECTORY', join(folder, 'given'));
        expect((await credentialProvider(path).create()).key.equals(raw)).toBe(true);
      },
    );

    it.each([0o440, 0o444])(
      'R100 is refused with mode %o in an ordinary folder, where others could read it',
      async (mode) => {
        await expect(credentialProvider(await make('key', mode)).create()).rejects.toMatchObject({
          code: 'store.exposed',
        });
      },
    );

    it.each([0o460, 0o446, 0o666])(
      'R100 is refused with mode %o wherever it is: others can write it',
      async (mode) => {
        const path = await make('mcpmux-root-key', mode);
        vi.stubEnv('CREDENTIALS_DIRECTORY', join(folder, 'given'));
        await expect(credentialProvider(path).create()).rejects.toMatchObject({ code: 'store.exposed' });
      },
    );

    it('R100 is taken from a read-only mount', async (context) => {
      const path = await make('key', 0o440);
      const place = join(folder, 'given');
      const mounted = await run('mount', ['--bind', place, place]).then(
        () =>
          run('mount', ['-o', 'remount,ro,bind', place]).then(
            () => true,
            () => false,
          ),
        () => false,
      );
      if (!mounted) context.skip();
      try {
        expect((await credentialProvider(path).create()).key.equals(raw)).toBe(true);
      } finally {
        await run('umount', [place]);
      }
    });
  });

  it('is looked for where systemd puts it', () => {
    expect(defaultCredentialFile({ CREDENTIALS_DIRECTORY: '/run/credentials/x' })).toBe(
      join('/run/credentials/x', 'mcpmux-root-key'),
    );
    expect(defaultCredentialFile({})).toBeUndefined();
  });
});

describe('choosing', () => {
  const noKeychain: KeyringLoader = () => Promise.reject(new Error('none'));
  const options = (changed: Partial<RootKeyOptions> = {}): RootKeyOptions => ({
    source: 'auto',
    dataFolder: folder,
    loadKeyring: noKeychain,
    ...changed,
  });

  it('takes the keychain first when nothing was said', async () => {
    const { load } = fakeKeychain();
    const { provider, root } = await createRootKey(options({ loadKeyring: load }));
    expect(provider.source).toBe('keychain');
    expect(root.facts).toEqual({});
  });

  it('falls back to a key file, and remembers that it was a fallback', async () => {
    const { provider, root } = await createRootKey(options());
    expect(provider.source).toBe('file');
    expect(root.facts).toEqual({ isFallback: true });
  });

  it('takes a key file without a word when it was asked for', async () => {
    expect((await createRootKey(options({ source: 'file' }))).root.facts).toEqual({});
  });

  it('does not fall back when the keychain was asked for', async () => {
    await expect(createRootKey(options({ source: 'keychain' }))).rejects.toMatchObject({
      code: 'store.keychain',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes a credential that was named', async () => {
    const credentialFile = join(folder, 'c');
    await writeFile(credentialFile, Buffer.alloc(32, 3), { mode: 0o600 });
    expect((await createRootKey(options({ credentialFile }))).provider.source).toBe('credential');
  });

  it('follows the record of a key that exists', () => {
    const record = (source: RootKeyRecord['source']): RootKeyRecord => ({
      id: 'x',
      source,
      facts: {},
      canary: '',
    });
    for (const source of ['keychain', 'file', 'passphrase', 'credential'] as const)
      expect(chooseRootKey(options(), record(source)).source).toBe(source);
    expect(chooseRootKey(options({ source: 'file' }), record('keychain')).source).toBe('file');
  });
});
