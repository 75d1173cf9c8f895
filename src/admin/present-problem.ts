/**
 * admin/present-problem — a problem of the list as its DTO.
 */
import type { ListedProblemDto } from '../contract/index.ts';
import type { Problem, ProblemFix } from '../model/index.ts';

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
    fix: presentFix(fix),
  };
}

export function presentFix(fix: ProblemFix | undefined): ListedProblemDto['fix'] {
  if (fix === undefined) return null;
  const { says, command, act } = fix;
  return {
    says,
    command: command ?? null,
    act: act === undefined ? null : { route: act.route, params: { ...act.params } },
  };
}
