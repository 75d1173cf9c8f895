/**
 * daemon/compose/browser-wing — the way in for the person's browser: links, codes, sessions, pages, the admin API behind.
 *
 * Its routes are part of the door's table, so it is built before the door opens; the API behind it comes later.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AdminServer, actorOf, BrowserDoor, type BrowserDoorEvent } from '../../admin/index.ts';
import type { AuditRecord } from '../../model/index.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';

export interface BrowserWing {
  readonly browserDoor: BrowserDoor;
  /** From here on the admin API answers. */
  readonly connect: (admin: AdminServer) => void;
  /** Links for outside may use its address. */
  readonly shareTunnel: (tunnel: { readonly url: string | undefined }) => void;
}

export function openBrowserWing(
  { options, settings, clock, closer }: Foundation,
  { audit }: ObserveWing,
): BrowserWing {
  let admin: AdminServer | undefined;
  let tunnel: { readonly url: string | undefined } | undefined;
  const browserDoor = closer.own(
    'browsers',
    new BrowserDoor({
      clock,
      installation: settings.dataDir,
      dashboardFolder: dashboardFolder(),
      publicBase: () => tunnel?.url ?? settings.publicUrl,
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
      tell: (event) => audit.record(recordOf(event)),
    }),
  );
  return {
    browserDoor,
    connect(server) {
      admin = server;
    },
    shareTunnel(shared) {
      tunnel = shared;
    },
  };
}

/** Built beside us; while developing, what was built last. */
function dashboardFolder(): string {
  const beside = fileURLToPath(new URL('./dashboard', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../../dist/dashboard', import.meta.url));
}

function recordOf(event: BrowserDoorEvent): AuditRecord {
  switch (event.type) {
    case 'admin.browser_let_in':
      return {
        who: actorOf(event.session),
        what: event.type,
        decision: 'allowed',
        facts: { how: event.session.how, browser: event.session.browser },
      };
    case 'admin.browser_left':
      return { who: actorOf(event.session), what: event.type, decision: 'done', facts: { why: event.why } };
    case 'admin.browser_refused':
      return {
        who: { kind: 'nobody', name: 'nobody', address: event.address },
        what: event.type,
        decision: 'refused',
        facts: { code: event.code },
      };
    case 'admin.code_asked':
      return {
        who: { kind: 'nobody', name: 'nobody', address: event.address },
        what: event.type,
        decision: 'allowed',
      };
  }
}
