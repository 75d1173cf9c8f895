/**
 * admin/routes/audit — the audit as it is shown, and whether its chain is whole.
 */
import type { AuditEntry } from '../../model/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerAuditRoutes(serve: RegisterRoute, { audit }: AdminParts): void {
  serve('listAudit', async ({ query }) => ({ entries: (await audit.list(query)).map(present) }));
  serve('verifyAudit', async () => {
    const { broken, ...verdict } = await audit.verify();
    return { ...verdict, broken: broken === undefined ? null : { ...broken } };
  });
}

function present({ seq, at, who, what, on, decision, facts }: AuditEntry) {
  return {
    seq,
    at,
    who: { kind: who.kind, id: who.id ?? null, name: who.name, address: who.address ?? null },
    what,
    on: on ?? null,
    decision,
    facts: { ...facts },
  };
}
