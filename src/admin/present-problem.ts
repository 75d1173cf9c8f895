/**
 * admin/present-problem — a problem of the list as its DTO.
 */
import type { ListedProblemDto } from '../contract/index.ts';
import type { Problem } from '../model/index.ts';

export function presentProblem(problem: Problem): ListedProblemDto {
  const { about, fix } = problem;
  return {
    id: problem.id,
    code: problem.code,
    harm: problem.harm,
    about: { kind: about.kind, id: about.id ?? null, name: about.name ?? null },
    title: problem.title,
    cause: problem.cause ?? null,
    since: problem.since,
    until: problem.until ?? null,
    fix:
      fix === undefined
        ? null
        : {
            says: fix.says,
            command: fix.command ?? null,
            act: fix.act === undefined ? null : { route: fix.act.route, params: { ...fix.act.params } },
          },
  };
}
