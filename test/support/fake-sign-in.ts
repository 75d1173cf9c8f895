/**
 * test/support/fake-sign-in — signing in and a store with keys that exist in memory only.
 *
 * A sign-in is open until it is completed with any address, or until somebody waits for its end: then it was done, unless
 * its address is to be pasted. A passphrase is right when it is "correct horse".
 */
import type { Vault, VaultFacts } from '../../src/admin/index.ts';
import type { SignInControl, SignInOverview } from '../../src/gateway/index.ts';
import type { InstalledServer } from '../../src/model/index.ts';

type Asked = { readonly what: string; readonly with: unknown }[];

export function fakeSignIn(
  find: (reference: string) => InstalledServer,
  asked: Asked,
  now: number,
): SignInControl {
  let isSignedIn = false;
  const pasting = new Map<string, () => void>();
  const open = new Map<string, Awaited<ReturnType<SignInControl['start']>>>();
  const overview = (server: InstalledServer): SignInOverview => ({
    server,
    open: open.get(server.id),
    last: isSignedIn ? { flowId: 1, isSignedIn: true, at: now, error: undefined } : undefined,
    tokens: {
      isSignedIn,
      issuer: isSignedIn ? 'https://login.example' : undefined,
      scope: isSignedIn ? 'read' : undefined,
      expiresAt: isSignedIn ? now + 3_600_000 : undefined,
      isRenewable: isSignedIn,
      generation: isSignedIn ? 1 : 0,
      updatedAt: isSignedIn ? now : undefined,
      registeredUrl: undefined,
    },
    need: undefined,
  });
  return {
    connect: async () => ({ kind: 'connected', isReused: true, features: [] }),
    async start(reference, options) {
      const server = find(reference);
      asked.push({ what: 'signIn', with: { reference, options } });
      const started = {
        flowId: 1,
        authorizationUrl: 'https://login.example/authorize?state=abc',
        redirectUri: 'http://127.0.0.1:45819/oauth2redirect',
        expiresAt: now + 300_000,
        isNew: !open.has(server.id),
        isBrowserOpened: false,
        isRegistrationInDoubt: open.has(server.id),
      };
      open.set(server.id, started);
      if (options.mode === 'no-browser') pasting.set(server.id, () => {});
      return started;
    },
    async complete(reference, pastedUrl) {
      const server = find(reference);
      asked.push({ what: 'completeSignIn', with: { reference, pastedUrl } });
      const tellEnd = pasting.get(server.id);
      pasting.delete(server.id);
      open.delete(server.id);
      isSignedIn = true;
      tellEnd?.();
      return overview(server);
    },
    cancel: (reference) => open.delete(find(reference).id),
    async useClientCredentials(reference, options) {
      asked.push({ what: 'useClientCredentials', with: { reference, options } });
      isSignedIn = true;
      return overview(find(reference));
    },
    async state(reference, waitMs) {
      const server = find(reference);
      if (waitMs > 0 && pasting.has(server.id)) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          pasting.set(server.id, () => {
            clearTimeout(timer);
            resolve();
          });
        });
      } else if (waitMs > 0 && open.delete(server.id)) isSignedIn = true;
      return overview(server);
    },
    list: async () => [overview(find('files'))],
    async signOut(reference) {
      find(reference);
      const wasSignedIn = isSignedIn;
      isSignedIn = false;
      return {
        wasSignedIn,
        isRevoked: wasSignedIn,
        reason: wasSignedIn ? undefined : 'it was not signed in',
      };
    },
    diagnose: async (reference) => ({
      server: find(reference).name,
      steps: [
        {
          title: 'a request without a token',
          url: 'https://files.example/mcp',
          verdict: 'ok',
          detail: 'HTTP 401',
          tookMs: 12,
        },
      ],
      conclusion: 'you can sign in; nobody has signed in yet',
      isHealthy: true,
      nextStep: `mcpmux login ${reference}`,
    }),
  };
}

export function fakeVault(asked: Asked): Vault {
  let facts: VaultFacts = {
    driver: 'sqlite',
    location: '/data/mcpmux.db',
    schemaVersion: 1,
    isLocked: false,
    lockReason: undefined,
    lockHint: undefined,
    keySource: 'file',
    keyLocation: '/data/keys',
    keyId: 'k-one',
    notice: undefined,
  };
  return {
    describe: () => facts,
    async unlock(passphrase) {
      const isLocked = passphrase?.reveal() !== 'correct horse';
      facts = { ...facts, isLocked, lockReason: isLocked ? 'the passphrase is wrong' : undefined };
      return facts;
    },
    rotateDataKey: async () => ({ rows: 3, damaged: 0, removedKeys: 1 }),
    async rotateRootKey(wish) {
      asked.push({ what: 'rotateRootKey', with: wish });
      facts = { ...facts, keySource: wish.source ?? facts.keySource, keyId: 'k-two' };
      return facts;
    },
    async backup(file, passphrase) {
      asked.push({ what: 'backup', with: { file, passphrase } });
      return { file, bytes: 4_096, createdAt: 1_700_000_000_000 };
    },
  };
}
