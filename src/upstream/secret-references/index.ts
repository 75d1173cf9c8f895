/**
 * upstream/secret-references — values that name a secret kept elsewhere, and how they are filled in.
 */
export { type FillInOptions, fillInSecrets } from './fill-in.ts';
export { commandsIn, inputsIn, namesSecret, type PlacedText, textsOf } from './find.ts';
