/**
 * auth/errors — what can go wrong with keys.
 */
import { defineErrors } from '../base/index.ts';

export const authError = defineErrors('auth', {
  bad_name: {
    kind: 'invalid',
    says: (f) => `"${f.name}" cannot be the name of a key`,
    hint: () => 'use 1 to 64 letters, digits, spaces and any of . _ @ - ; it begins with a letter or a digit',
  },
  name_taken: {
    kind: 'conflict',
    says: (f) => `there is already a key named "${f.name}"`,
    hint: (f) => `choose another name, or revoke it first: mcpmux key revoke "${f.name}"`,
  },
  no_such_key: {
    kind: 'not-found',
    says: (f) => `there is no live key with the name or id "${f.reference}"`,
    hint: () => 'see: mcpmux key list',
  },
  key_file_unwritable: {
    kind: 'unavailable',
    says: (f) => `the key for this machine cannot be written to ${f.file}: ${f.reason}`,
    hint: () => 'check who owns the data folder and whether the disk is full',
  },
});
