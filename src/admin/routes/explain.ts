/**
 * admin/routes/explain — one answer to "why?".
 */
import type { AdminParts } from '../ports.ts';
import { presentFix } from '../present-problem.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerExplainRoutes(serve: RegisterRoute, { explainer }: AdminParts): void {
  serve('explain', async ({ query }) => {
    const { about, cause, says, facts, next } = await explainer.explain(query.about);
    return {
      about: { kind: about.kind, id: about.id ?? null, name: about.name },
      cause,
      says,
      facts: facts.map((fact) => ({ name: fact.name, says: fact.says })),
      next: presentFix(next),
    };
  });
}
