/**
 * admin/routes/browsers — links and codes that let a browser in, and the browsers that are in.
 */
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerBrowserRoutes(serve: RegisterRoute, { browsers }: AdminParts): void {
  serve('makeLink', ({ body }) => browsers.makeLink(body.isPublic === true));
  serve('makeCode', () => browsers.makeCode());
  serve('listBrowsers', () => ({
    browsers: browsers.sessions().map((session) => ({ ...session })),
  }));
  serve('endBrowser', ({ params }) => {
    browsers.end(params.browser);
    return undefined;
  });
  serve('endBrowsers', () => ({ ended: browsers.end() }));
}
