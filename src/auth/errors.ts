/**
 * auth/errors — what can go wrong with clients and their keys.
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
  bad_source_range: {
    kind: 'invalid',
    says: (f) => `"${f.range}" cannot be a source of a key: ${f.fault}`,
    hint: () => 'write an address or a range: 192.168.1.7, 10.0.0.0/8, fd00::/8',
  },
  expires_in_the_past: {
    kind: 'invalid',
    says: (f) => `"${f.name}" would have expired already`,
    hint: () => 'choose a time that is still to come, such as 30d',
  },
  too_many_keys: {
    kind: 'conflict',
    says: (f) => `client "${f.name}" has ${f.limit} live keys already`,
    hint: (f) => `revoke the one that is no longer used: mcpmux key revoke "${f.oldest}"`,
  },
  not_a_key_client: {
    kind: 'invalid',
    says: (f) => `client "${f.name}" signs in with OAuth and holds no keys`,
    hint: () => 'make a client of its own for the key: mcpmux key create NAME',
  },
  no_such_client: {
    kind: 'not-found',
    says: (f) => `there is no client with the name or id "${f.reference}"`,
    hint: () => 'see: mcpmux client list --all',
  },
  ambiguous_client: {
    kind: 'conflict',
    says: (f) => `several clients are named "${f.reference}"`,
    hint: (f) => `name it by its id: ${f.ids}`,
  },
  client_is_revoked: {
    kind: 'conflict',
    says: (f) => `client "${f.name}" was revoked and does not come back`,
    hint: () => 'let it in anew: mcpmux key create NAME, or by signing in again',
  },
  client_is_paused: {
    kind: 'denied',
    says: (f) => `client "${f.name}" is paused`,
    hint: (f) => `resume it first: mcpmux client resume "${f.name}"`,
  },
  anonymous_client: {
    kind: 'invalid',
    says: () => 'whoever comes without a key has no credential to revoke',
    hint: () => 'shut them out: mcpmux client pause anonymous, or start mcpmux without --no-auth',
  },
  bad_client_name: {
    kind: 'invalid',
    says: (f) => `"${f.name}" cannot be the name of a client`,
    hint: () =>
      'use 1 to 64 letters, digits, spaces and any of . _ @ ( ) + : / - ; it begins with a letter or a digit',
  },
  bad_redirect_uri: {
    kind: 'invalid',
    says: (f) => `"${f.uri}" cannot be a redirect URI: ${f.fault}`,
    hint: () => 'the app says which one it uses, such as https://app.example/oauth/callback',
  },
  client_name_taken: {
    kind: 'conflict',
    says: (f) => `there is already a client named "${f.name}"`,
    hint: () => 'choose another name; see: mcpmux client list',
  },
  no_such_space: {
    kind: 'not-found',
    says: (f) => `there is no Space "${f.reference}"`,
  },
  no_such_feature_set: {
    kind: 'not-found',
    says: (f) => `there is no FeatureSet "${f.reference}"`,
  },
  key_file_unwritable: {
    kind: 'unavailable',
    says: (f) => `the key for this machine cannot be written to ${f.file}: ${f.reason}`,
    hint: () => 'check who owns the data folder and whether the disk is full',
  },
});
