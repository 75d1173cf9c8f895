/** components/segments — a choice of a few, side by side, with counts. */
import { ToggleGroup } from 'radix-ui';

export interface Segment {
  readonly value: string;
  readonly label: string;
  readonly count?: number | undefined;
}

interface SegmentsProps {
  readonly label: string;
  readonly segments: readonly Segment[];
  readonly value: string;
  readonly choose: (value: string) => void;
}

export function Segments({ label, segments, value, choose }: SegmentsProps) {
  return (
    <ToggleGroup.Root
      type="single"
      className="seg"
      aria-label={label}
      value={value}
      onValueChange={(chosen) => chosen !== '' && choose(chosen)}
    >
      {segments.map((segment) => (
        <ToggleGroup.Item key={segment.value} value={segment.value}>
          {segment.label}
          {segment.count !== undefined && <span className="num">{segment.count}</span>}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
