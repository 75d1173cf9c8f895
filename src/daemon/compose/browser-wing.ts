/**
 * daemon/compose/browser-wing — the way in for the person's browser: links, codes, sessions, pages, the admin API behind.
 *
 * Its routes are part of the door's table, so it is built before the door opens; the API behind it comes later.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AdminServer, BrowserDoor, type BrowserDoorEvent } from '../../admin/index.ts';
import type { Foundation } from './foundation.ts';

export interface BrowserWing {
  readonly browserDoor: BrowserDoor;
  /** From here on the admin API answers. */
  readonly connect: (admin: AdminServer) => void;
}

export function openBrowserWing({ options, settings, clock, logger, closer }: Foundation): BrowserWing {
  let admin: AdminServer | undefined;
  const browserDoor = closer.own(
    'browsers',
    new BrowserDoor({
      clock,
      installation: settings.dataDir,
      dashboardFolder: dashboardFolder(),
      publicBase: () => settings.publicUrl,
      localUrl: `http://127.0.0.1:${options.startup.listeners.port}`,
      showOnTerminal: (text) => options.showOnTerminal(text),
      serve(request, response) {
        if (admin !== undefined) {
          admin.serve(request, response);
          return;
        }
        response.writeHead(503, { 'retry-after': '1' });
        response.end();
      },
      tell: (event) => logger.info(factsOf(event), event.type),
    }),
  );
  return {
    browserDoor,
    connect(server) {
      admin = server;
    },
  };
}

/** Built beside us; while developing, what was built last. */
function dashboardFolder(): string {
  const beside = fileURLToPath(new URL('./dashboard', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../../dist/dashboard', import.meta.url));
}

function factsOf(event: BrowserDoorEvent): object {
  switch (event.type) {
    case 'admin.browser_let_in':
      return { browser: event.session.id, how: event.session.how, address: event.session.address };
    case 'admin.browser_left':
      return { browser: event.session.id, why: event.why };
    case 'admin.browser_refused':
      return { code: event.code, address: event.address };
    case 'admin.link_made':
    case 'admin.code_made':
      return {};
  }
}
