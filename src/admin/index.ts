/**
 * admin — the admin API: routes over the contract, problems, event stream, unix socket. Cheap to import; heavy to start.
 */
export { actorOf } from './audit-note.ts';
export type { AdminSession } from './browser/admin-sessions.ts';
export { BrowserDoor, type BrowserDoorEvent, type BrowserDoorOptions } from './browser/browser-door.ts';
export { describeSettings } from './describe-settings.ts';
export { adminError } from './errors.ts';
export type {
  AdminAccess,
  AdminApiKeys,
  AdminParts,
  Browsers,
  DaemonFacts,
  SettingFact,
  Vault,
  VaultFacts,
} from './ports.ts';
export { type AdminServer, type AdminServerOptions, createAdminServer } from './server.ts';
