/**
 * admin/routes/definitions — what servers say that was not approved yet: look, accept, refuse, choose a policy.
 */
import type { AdminParts } from '../ports.ts';
import { presentReview } from '../present-definition.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerDefinitionRoutes(serve: RegisterRoute, { review }: AdminParts): void {
  serve('reviewAll', () => ({
    servers: review
      .review(undefined)
      .filter(({ held }) => held.length > 0)
      .map(presentReview),
  }));
  serve('reviewServer', ({ params }) => ({ servers: review.review(params.server).map(presentReview) }));
  serve('decideDefinitions', async ({ params, body }) => {
    await review.decide(params.server, body.definitions, body.decision === 'accept');
    return { servers: review.review(params.server).map(presentReview) };
  });
  serve('setDefinitionPolicy', async ({ params, body }) =>
    presentReview(await review.setPolicy(params.server, body.policy)),
  );
}
