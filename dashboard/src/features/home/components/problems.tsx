/** What needs a person, in the daemon's order, each with its fix. */
import { CircleCheck } from 'lucide-react';
import type { ListedProblemDto } from '../../../../../src/contract/types.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { ProblemRow } from '../../../components/problem-row.tsx';
import { text } from '../../../text/en.ts';

export function Problems({ problems }: { readonly problems: readonly ListedProblemDto[] }) {
  const asText = problems
    .map(({ title, cause, fix }) => [title, cause, fix?.command].filter((part) => part != null).join('\n  '))
    .join('\n');
  return (
    <section className="panel" aria-labelledby="need">
      <header>
        <h2 className="h2" id="need">
          {text.home.needsYou}
        </h2>
        {problems.length > 0 && (
          <>
            <span className="count inline s-warn">{problems.length}</span>
            <i className="push" />
            <CopyButton value={asText} label={text.home.copyAll} />
          </>
        )}
      </header>
      {problems.length === 0 ? (
        <div className="row pad-s x-ok">
          <CircleCheck className="i" aria-hidden />
          {text.home.nothingNeedsYou}
        </div>
      ) : (
        <ul className="rows">
          {problems.map((problem) => (
            <ProblemRow key={problem.id} problem={problem} />
          ))}
        </ul>
      )}
    </section>
  );
}
