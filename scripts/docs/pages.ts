/**
 * scripts/docs/pages — the pages that are made from tables in the source, and so cannot be wrong.
 */
import { renderSettingsDoc } from '../../src/config/index.ts';

/** Path → text of every generated page. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([['docs/configuration.md', renderSettingsDoc()]]);
}
