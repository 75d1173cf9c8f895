/** Where the time of a call went, as lanes on one axis. */
import type { CallDto } from '../../../../../src/contract/types.ts';
import { duration } from '../../../format/time.ts';
import { text } from '../../../text/en.ts';

export function Lanes({ call }: { readonly call: CallDto }) {
  const { total, queue, server, own } = call.ms;
  const share = (ms: number): number => (total === 0 ? 0 : (ms / total) * 100);
  const lanes = [
    { label: text.activity.queue, from: 0, ms: queue, family: 's-warn' },
    { label: text.activity.server, from: queue, ms: server, family: 's-busy' },
    { label: text.activity.own, from: queue + server, ms: own, family: 's-accent' },
  ];
  const says = lanes.map(({ label, ms }) => `${label}: ${duration(ms)}`).join(', ');
  return (
    <div className="lanes" role="img" aria-label={`${text.activity.timing}: ${says}`}>
      {lanes.map(({ label, from, ms, family }) => (
        <Lane
          key={label}
          label={label}
          says={duration(ms)}
          start={share(from)}
          width={share(ms)}
          family={family}
        />
      ))}
    </div>
  );
}

interface LaneProps {
  readonly label: string;
  readonly says: string;
  /** Percent. */
  readonly start: number;
  readonly width: number;
  readonly family: string;
}

function Lane({ label, says, start, width, family }: LaneProps) {
  const end = Math.min(start + width, 100);
  // The words stand behind the bar where there is room, else before its end.
  const isLate = end > 80;
  return (
    <>
      <div className="ln">{label}</div>
      <svg role="presentation">
        <rect className={family} x={`${start}%`} y="7" width={`${Math.max(width, 0.3)}%`} height="12" />
        <text
          x={`${isLate ? Math.max(start - 1, 10) : end + 1}%`}
          y="17"
          textAnchor={isLate ? 'end' : 'start'}
        >
          {says}
        </text>
      </svg>
    </>
  );
}
