/**
 * admin/routes/problems — the one list of what needs a person.
 */
import type { AdminParts } from '../ports.ts';
import { presentProblem } from '../present-problem.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerProblemRoutes(serve: RegisterRoute, { problems }: AdminParts): void {
  serve('listProblems', async () => ({ problems: (await problems.list()).map(presentProblem) }));
}
