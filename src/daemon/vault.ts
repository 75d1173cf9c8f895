/**
 * daemon/vault — the store and its keys, as the admin API asks for them.
 *
 * Owns: what has to happen besides when a locked store opens.
 */
import type { Vault, VaultFacts } from '../admin/index.ts';
import type { Secret } from '../base/index.ts';
import type { Store } from '../store/index.ts';

/** @param opened the store was locked and is open now: what it holds can be read for the first time */
export function createVault(store: Store, opened: () => Promise<void>): Vault {
  const answer =
    (passphrase: Secret | undefined): (() => Promise<Secret | undefined>) =>
    () =>
      Promise.resolve(passphrase);
  return {
    describe: (): VaultFacts => store.describe(),
    async unlock(passphrase) {
      const wasLocked = store.describe().isLocked;
      const description = await store.unlock(
        passphrase === undefined ? {} : { askPassphrase: answer(passphrase) },
      );
      if (wasLocked && !description.isLocked) await opened();
      return description;
    },
    rotateDataKey: () => store.rotateDataKey(),
    rotateRootKey: ({ source, passphrase, credentialFile }) =>
      store.rotateRootKey({
        ...(source !== undefined && { source }),
        ...(passphrase !== undefined && { askPassphrase: answer(passphrase) }),
        ...(credentialFile !== undefined && { credentialFile }),
      }),
    backup: (toFile, passphrase) => store.backup(toFile, passphrase),
  };
}
