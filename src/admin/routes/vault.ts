/**
 * admin/routes/vault — the store, its keys and copies of it. A passphrase is read into a Secret and goes no further.
 */
import { isAbsolute } from 'node:path';
import { Secret } from '../../base/index.ts';
import type { VaultDto } from '../../contract/index.ts';
import { adminError } from '../errors.ts';
import type { AdminParts, VaultFacts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerVaultRoutes(serve: RegisterRoute, { vault }: AdminParts): void {
  serve('getVault', () => presentVault(vault.describe()));
  serve('unlockVault', async ({ body }) => presentVault(await vault.unlock(secretOf(body.passphrase))));
  serve('rotateDataKeys', async () => {
    const { rows, damaged, removedKeys } = await vault.rotateDataKey();
    return { rows, damaged, removedKeys };
  });
  serve('rotateRootKey', async ({ body }) =>
    presentVault(
      await vault.rotateRootKey({
        source: body.source,
        passphrase: secretOf(body.passphrase),
        credentialFile: body.credentialFile,
      }),
    ),
  );
  serve('backUp', async ({ body }) => {
    // The daemon's own working folder is not that of whoever asks.
    if (!isAbsolute(body.file)) throw adminError('bad_request', { where: 'body.file: not an absolute path' });
    const { file, bytes, createdAt } = await vault.backup(body.file, new Secret(body.passphrase));
    return { file, bytes, createdAt };
  });
}

function secretOf(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

function presentVault(facts: VaultFacts): VaultDto {
  return {
    driver: facts.driver,
    location: facts.location,
    schemaVersion: facts.schemaVersion,
    isLocked: facts.isLocked,
    lockReason: facts.lockReason ?? null,
    nextStep: facts.lockHint ?? null,
    keySource: facts.keySource ?? null,
    keyLocation: facts.keyLocation ?? null,
    keyId: facts.keyId ?? null,
    notice: facts.notice ?? null,
  };
}
