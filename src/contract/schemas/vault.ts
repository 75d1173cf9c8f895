/**
 * contract/schemas/vault — the store, the keys that seal it, and copies of it. Passphrases go in and never come out.
 */
import { z } from 'zod';
import { count, epochMs } from './fields.ts';
import { named } from './registry.ts';

const keySource = z.enum(['keychain', 'file', 'credential', 'passphrase']);
const passphrase = z.string().min(1).max(4096);

export const vaultDto = named(
  'Vault',
  z.object({
    driver: z.enum(['sqlite', 'postgres']),
    location: z.string(),
    schemaVersion: count,
    isLocked: z.boolean(),
    lockReason: z.string().nullable(),
    nextStep: z.string().nullable(),
    keySource: keySource.nullable(),
    keyLocation: z.string().nullable(),
    keyId: z.string().nullable().meta({ description: 'a fingerprint, to tell keys apart' }),
    notice: z.string().nullable(),
  }),
);

export const unlockBody = named('Unlock', z.strictObject({ passphrase: passphrase.optional() }));

export const rotateRootKeyBody = named(
  'RotateRootKey',
  z.strictObject({
    source: keySource
      .optional()
      .meta({ description: 'where the new key is kept; absent: where the old one is' }),
    passphrase: passphrase.optional(),
    credentialFile: z.string().min(1).max(4096).optional(),
  }),
);

export const dataKeysRotatedDto = named(
  'DataKeysRotated',
  z.object({
    rows: count.meta({ description: 'rows that were sealed anew' }),
    damaged: count.meta({ description: 'values that could not be opened and were left as they are' }),
    removedKeys: count,
  }),
);

export const backUpBody = named(
  'BackUp',
  z.strictObject({
    file: z.string().min(1).max(4096).meta({ description: 'absolute; must not exist' }),
    passphrase,
  }),
);

export const backedUpDto = named(
  'BackedUp',
  z.object({ file: z.string(), bytes: count, createdAt: epochMs }),
);
