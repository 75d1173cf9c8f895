/** One call in the list. */
import type { CallDto } from '../../../../../src/contract/types.ts';
import { Outcome } from '../../../components/outcome.tsx';
import { QualifiedName } from '../../../components/qualified-name.tsx';
import { Tile } from '../../../components/tile.tsx';
import { clock, duration, exact } from '../../../format/time.ts';

interface CallRowProps {
  readonly call: CallDto;
  readonly alias: string | undefined;
  readonly isSelected: boolean;
  readonly open: () => void;
}

/** Slower is louder. */
export function heatOf(ms: number): string {
  if (ms < 50) return 'heat-0';
  if (ms < 400) return 'heat-1';
  if (ms < 1_500) return 'heat-2';
  return ms < 15_000 ? 'heat-3' : 'heat-4';
}

export function CallRow({ call, alias, isSelected, open }: CallRowProps) {
  const client = call.app ?? call.principal.name;
  return (
    <div className={`tr ${isSelected ? 'sel' : ''}`} role="row">
      <span role="cell">
        <Outcome outcome={call.outcome} />
      </span>
      <span role="cell" className="num t3 small" title={exact(call.endedAt)}>
        {clock(call.endedAt)}
      </span>
      <span role="cell" className="lead cut">
        <button type="button" className="bare" onClick={open}>
          <QualifiedName name={call.name ?? call.method} alias={alias} />
        </button>
      </span>
      <span role="cell" className="cut t3 small t-hide">
        {call.said ?? ''}
      </span>
      <span role="cell" className="cut t2 t-hide" title={call.folder ?? ''}>
        <bdi>{call.folder?.split(/[\\/]/).findLast((part) => part !== '') ?? ''}</bdi>
      </span>
      <span role="cell" className="row g3 half">
        <Tile name={client} />
        <span className="cut">
          <bdi>{client}</bdi>
        </span>
      </span>
      <span role="cell" className="right">
        <span className={`num nowrap ${heatOf(call.ms.total)}`}>{duration(call.ms.total)}</span>
      </span>
    </div>
  );
}
