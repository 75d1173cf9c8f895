/**
 * store/crypto/root-key/sources — the kinds of places a root key can be in.
 */

export type RootKeySource = 'keychain' | 'file' | 'passphrase' | 'credential';
export const rootKeySources: readonly RootKeySource[] = ['keychain', 'file', 'passphrase', 'credential'];
