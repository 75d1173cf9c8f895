/**
 * cli/sign-in.test — login, logout, auth, and the commands for keys and copies, as a person or a script sees them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { fakeOverview, fakeState } from '../../test/support/fake-admin.ts';
import { McpMuxError } from '../base/index.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.reset();
  const at = bench.fake.servers.findIndex(({ server }) => server.alias === 'files');
  const { server } = bench.fake.servers[at]!;
  bench.fake.servers[at] = fakeOverview(server, fakeState(server.id, 'connected'), 3);
});

/** No browser is opened by a test. */
const noBrowser = { env: { BROWSER: 'no-such-browser-here' } };
const url = 'https://login.example/authorize?state=abc';

describe('login', () => {
  it('shows the address where no browser opens, waits, and says how it went', async () => {
    const { code, out, err } = await bench.run(['login', 'files'], noBrowser);
    expect(code).toBe(0);
    expect(err).toContain(`To sign in to files, open this in a browser on this machine:\n  ${url}\n`);
    expect(err).toContain('On another machine? Ctrl+C, then: mcpmux login files --no-browser');
    expect(err).toContain('Signed in to files.');
    expect(out).toBe('files: connected, 3 tools\n');
  });

  it('takes the pasted address with --no-browser, which stdout begins with', async () => {
    const pasted = 'http://127.0.0.1:45819/oauth2redirect?code=c&state=abc';
    const { code, out, err } = await bench.run(['login', 'files', '--no-browser'], { input: `${pasted}\n` });
    expect([code, out.split('\n')[0]]).toEqual([0, url]);
    expect(err).not.toContain('code=c');
    expect(bench.fake.asked).toContainEqual({
      what: 'completeSignIn',
      with: { reference: 's2', pastedUrl: pasted },
    });
    expect(bench.fake.asked[0]).toMatchObject({ what: 'signIn', with: { options: { mode: 'no-browser' } } });
  });

  it('R50 ends by itself with --no-browser when the browser comes back on this machine', async () => {
    const { code, out, err } = await bench.runAndWatch(
      ['login', 'files', '--no-browser'],
      (text) => {
        if (text === `${url}\n`)
          setTimeout(() => void bench.fake.parts.signInControl.complete('files', 'the listener took it'), 20);
      },
      { isInputOpen: true },
    );
    expect([code, out]).toEqual([0, `${url}\nfiles: connected, 3 tools\n`]);
    expect(err).toContain('The browser has come back by itself; there is nothing to paste.');
    expect(bench.fake.asked.filter(({ what }) => what === 'completeSignIn')).toHaveLength(1);
  });

  it('R50 takes an address that is pasted when the browser has come back already', async () => {
    const complete = bench.fake.parts.signInControl.complete.bind(bench.fake.parts.signInControl);
    bench.fake.parts.signInControl.complete = async (reference, pasted) => {
      await complete(reference, pasted);
      const row = {
        kind: 'not-found',
        retry: 'no',
        message: 'it was already used',
        hint: undefined,
      } as const;
      throw new McpMuxError('sign-in.no_such_flow', row, {});
    };
    const { code, err } = await bench.run(['login', 'files', '--no-browser'], { input: 'http://x\n' });
    expect([code, err]).toEqual([0, expect.stringContaining('Signed in to files.')]);
  });

  it('R48 offers to register anew when the last sign-in never came back', async () => {
    const doubt = 'our registration there: Ctrl+C, then: mcpmux login files --fresh';
    expect((await bench.run(['login', 'files'], noBrowser)).err).not.toContain(doubt);
    await bench.fake.parts.signInControl.start('files', { mode: 'caller' });
    expect((await bench.run(['login', 'files'], noBrowser)).err).toContain(doubt);
    await bench.fake.parts.signInControl.start('files', { mode: 'caller' });
    expect((await bench.run(['login', 'files', '--fresh'], noBrowser)).err).not.toContain(doubt);
  });

  it('hands on a client that was registered by hand, its secret from stdin, and scopes', async () => {
    const words = [
      'login',
      'files',
      '--client-id',
      'mine',
      '--client-secret-stdin',
      '--scope',
      'read',
      '--scope',
      'write',
    ];
    expect(await bench.run(words, { ...noBrowser, input: 'the-secret\n' })).toMatchObject({ code: 0 });
    const { options } = bench.fake.asked[0]!.with as {
      options: { client: { clientId: string; clientSecret: { reveal(): string } }; scopes: string[] };
    };
    expect([options.client.clientId, options.client.clientSecret.reveal(), options.scopes]).toEqual([
      'mine',
      'the-secret',
      ['read', 'write'],
    ]);
  });

  it('needs no person with --client-credentials', async () => {
    expect(await bench.run(['login', 'files', '--client-credentials'])).toMatchObject({
      code: 0,
      out: 'files: connected, 3 tools\n',
    });
    expect(bench.fake.asked[0]?.what).toBe('useClientCredentials');
  });

  it.each([
    [
      'a secret without a client',
      ['login', 'files', '--client-secret-stdin'],
      '--client-secret-stdin needs --client-id',
    ],
    ['nothing pasted', ['login', 'files', '--no-browser'], 'no address was given'],
  ])('refuses %s', async (_, words, message) => {
    const { code, err } = await bench.run(words, { ...noBrowser, input: '\n' });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('logout', () => {
  it('says whether the provider knows, and whether there was anything to sign out of', async () => {
    expect(await bench.run(['logout', 'files'])).toEqual({
      code: 0,
      out: '',
      err: 'Nobody was signed in to files.\n',
    });
    await bench.run(['login', 'files', '--client-credentials']);
    expect((await bench.run(['logout', 'files'])).err).toBe(
      'Signed out of files; the provider has confirmed it.\n',
    );
  });
});

describe('auth', () => {
  it('shows who is signed in and for how long', async () => {
    expect((await bench.run(['auth', 'status'])).out).toContain('files   not signed in');
    await bench.run(['login', 'files', '--client-credentials']);
    const { out } = await bench.run(['auth', 'status']);
    expect(out).toContain('signed in');
    expect(out).toContain('https://login.example');
    const { signIns } = JSON.parse((await bench.run(['auth', 'status', '--json'])).out);
    expect(signIns[0]).toMatchObject({ serverName: 'files', tokens: { isSignedIn: true }, open: null });
  });

  it('shows each step of the doctor and the one thing to do', async () => {
    const { code, out } = await bench.run(['auth', 'doctor', 'files']);
    expect(code).toBe(0);
    expect(out).toContain('ok  a request without a token  HTTP 401\n');
    expect(out).toContain('you can sign in; nobody has signed in yet\nnext: mcpmux login files');
  });
});

describe('keys and copies', () => {
  it('rotates the data keys, or the root key into another place', async () => {
    expect((await bench.run(['key', 'rotate'])).err).toBe('Encrypted again with a new key: 3 rows.\n');
    const root = await bench.run(['key', 'rotate', '--root', '--source', 'passphrase'], {
      input: 'correct horse\n',
    });
    expect([root.code, root.err]).toEqual([
      0,
      'There is a new root key, a passphrase; the old one opens nothing any more.\n',
    ]);
    const { source, passphrase } = bench.fake.asked[0]!.with as {
      source: string;
      passphrase: { reveal(): string };
    };
    expect([source, passphrase.reveal()]).toEqual(['passphrase', 'correct horse']);
    expect(await bench.run(['key', 'rotate', '--source', 'file'])).toMatchObject({ code: 2 });
  });

  it('backs up to a file named from here, with a passphrase that no argument holds', async () => {
    const { code, err } = await bench.run(['backup', 'copy.mcpmux'], { input: 'correct horse\n' });
    expect([code, err]).toEqual([
      0,
      `Written: ${bench.folder}/copy.mcpmux (4 KiB). Only the passphrase opens it; keep both.\n`,
    ]);
    expect(await bench.run(['backup', 'copy.mcpmux'], { input: '\n' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('no passphrase was given'),
    });
  });

  it('says that an open store is open', async () => {
    expect((await bench.run(['unlock'])).err).toBe('The store is open already.\n');
  });
});

describe('set', () => {
  it('hands on the policy and the limits, in milliseconds', async () => {
    const words = [
      'tune',
      'files',
      '--session-policy',
      'per-client',
      '--call-timeout',
      '120',
      '--concurrency',
      '4',
    ];
    expect(await bench.run(words)).toMatchObject({
      code: 0,
      err: 'files was changed; see: mcpmux show files\n',
    });
    expect(bench.fake.asked[0]).toEqual({
      what: 'changeServer',
      with: {
        reference: 'files',
        change: { sessionPolicy: 'per-client', limits: { callTimeoutMs: 120_000, concurrency: 4 } },
      },
    });
  });

  it('refuses to change nothing', async () => {
    expect(await bench.run(['set', 'files'])).toMatchObject({ code: 2 });
  });
});

describe('status --watch', () => {
  it('prints one line a change to a program', async () => {
    const { server } = bench.fake.servers[0]!;
    let isTold = false;
    const { out } = await bench.runAndWatch(['status', '--watch'], (text) => {
      if (text.includes('github: connected') && text.includes('files: connected') && !isTold) {
        isTold = true;
        bench.fake.publish({
          type: 'upstream.status_changed',
          state: fakeState(server.id, 'failed', {
            reason: 'it fell over',
            nextStep: 'see: mcpmux logs github',
          }),
        });
      } else if (text.includes('it fell over')) void bench.stopDaemon();
    });
    expect(out).toContain('github: failed — it fell over; next: mcpmux logs github\n');
  });
});
