/**
 * cli/did-you-mean — asks whether somebody meant another name.
 */
import { suggestNames } from '../contract/index.ts';

/** `did you mean "a" or "b"?`, or undefined when nothing is near. */
export function didYouMean(typed: string, names: readonly string[]): string | undefined {
  const near = suggestNames(typed, names).map((name) => `"${name}"`);
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
}
