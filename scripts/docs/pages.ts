/**
 * scripts/docs/pages — the pages that are made from tables in the source, and so cannot be wrong.
 */
import { renderSettingsDoc } from '../../src/config/index.ts';
import { renderAccessPage } from './access-page.ts';
import { renderAdminApiPage } from './admin-api-page.ts';
import { renderCliPage } from './cli-page.ts';
import { errorPages } from './error-pages.ts';
import { renderLimitsPage } from './limits-page.ts';

/** Path → text of every generated page. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/configuration.md', renderSettingsDoc()],
    ['docs/cli.md', renderCliPage()],
    ['docs/admin-api.md', renderAdminApiPage()],
    ['docs/access.md', renderAccessPage()],
    ['docs/limits.md', renderLimitsPage()],
    ...errorPages(),
  ]);
}
