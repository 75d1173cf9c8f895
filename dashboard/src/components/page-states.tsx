/** components/page-states — what stands in place of a list: not there yet, could not be read, nothing in it. */
import type { LucideIcon } from 'lucide-react';
import { TriangleAlert } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { explain } from '../app/admin.ts';
import { text } from '../text/en.ts';

const widths = ['w60', 'w45', 'w80', 'w30'];
const skeletons = Array.from({ length: 6 }, (_, row) => ({ row, width: widths[row % widths.length] }));

/** Grey rows in the place of what comes; only after a moment, so that quick answers do not flash. */
export function Loading({ rows = skeletons.length }: { readonly rows?: number }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate) return null;
  return (
    <div className="rows" aria-busy="true">
      {skeletons.slice(0, rows).map(({ row, width }) => (
        <div key={row}>
          <span className={`skel ${width}`} />
        </div>
      ))}
    </div>
  );
}

export function Failed({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  const { says, next } = explain(error);
  return (
    <div className="empty" role="alert">
      <TriangleAlert className="i" aria-hidden />
      <p>
        {text.common.failedToLoad} {says} {next}
      </p>
      <button type="button" className="btn" onClick={retry}>
        {text.common.tryAgain}
      </button>
    </div>
  );
}

export function Empty({
  icon: Icon,
  says,
  children,
}: {
  readonly icon: LucideIcon;
  readonly says: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon className="i" aria-hidden />
      <p>{says}</p>
      {children}
    </div>
  );
}
