/**
 * upstream/secret-references — values that name a secret kept elsewhere, and how they are filled in.
 */

export { commandsIn, inputsIn, namesSecret, type PlacedText, splitReferences, textsOf } from './find.ts';
export { type ResolveOptions, resolveSecrets } from './resolve.ts';
