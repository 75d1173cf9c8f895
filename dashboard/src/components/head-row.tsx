/** components/head-row — the heads of a table's columns. Rows are the pages' own: each list has its own shape. */
export interface Column {
  readonly label: string;
  /** Classes of the column: its side, and below which width it goes. */
  readonly place?: string;
  /** For screen readers only. */
  readonly isUnseen?: boolean;
}

export function HeadRow({ columns }: { readonly columns: readonly Column[] }) {
  return (
    <div role="rowgroup">
      <div className="tr th" role="row">
        {columns.map(({ label, place, isUnseen }) => (
          <span role="columnheader" className={place} key={label}>
            {isUnseen === true ? <span className="sr">{label}</span> : label}
          </span>
        ))}
      </div>
    </div>
  );
}
