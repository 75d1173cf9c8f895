/** One definition that waits: what became of it, word by word, and the decision. All of it is text of the server. */
import type { ReviewListDto } from '../../../../../src/contract/types.ts';
import { text } from '../../../text/en.ts';

type Held = ReviewListDto['servers'][number]['held'][number];

const families: Readonly<Record<Held['level'], string>> = {
  new: '',
  notation: '',
  additive: '',
  text: 's-warn',
  behaviour: 's-bad',
};

type DiffPart = NonNullable<Held['changes'][number]['diff']>[number];

const marks = { same: 'span', removed: 'del', added: 'ins' } as const;

/** Each part with where it stands: the same words may come twice. */
function placed(parts: readonly DiffPart[]): readonly (DiffPart & { readonly at: number })[] {
  let at = 0;
  return parts.map((part) => {
    at += part.text.length + 1;
    return { ...part, at };
  });
}

interface HeldDefinitionProps {
  readonly held: Held;
  readonly isBusy: boolean;
  readonly decide: (decision: 'accept' | 'reject') => void;
}

export function HeldDefinition({ held, isBusy, decide }: HeldDefinitionProps) {
  return (
    <li className="top">
      <div className="grow col g4">
        <div className="row wrap g3">
          <span className="qn">
            <bdi>{held.name}</bdi>
          </span>
          <span className="chip bare">{held.kind}</span>
          <span className={`chip ${families[held.level]}`}>{text.review.levels[held.level]}</span>
          {held.hints.map(({ kind, path }) => (
            <span className="chip s-warn" key={`${kind} ${path}`} title={path}>
              {text.review.hints[kind]}
            </span>
          ))}
        </div>
        {held.changes.map((change) => (
          <div key={`${change.path} ${change.says}`} className="col g1">
            <span className="small t2">
              <code>{change.path}</code> {change.says}
            </span>
            {change.diff !== null && (
              <p className="diff-text">
                {placed(change.diff).map(({ kind, text: words, at }) => {
                  const Words = marks[kind];
                  return <Words key={at}>{words}</Words>;
                })}
              </p>
            )}
          </div>
        ))}
        <details className="more small">
          <summary>{text.review.whole}</summary>
          <div>
            <p className="theirs">{held.text.slice(0, 64_000)}</p>
          </div>
        </details>
      </div>
      <span className="row g3">
        {!held.isRejected && (
          <button type="button" className="btn s" disabled={isBusy} onClick={() => decide('reject')}>
            {text.review.reject}
          </button>
        )}
        <button type="button" className="btn primary s" disabled={isBusy} onClick={() => decide('accept')}>
          {text.review.accept}
        </button>
      </span>
    </li>
  );
}
