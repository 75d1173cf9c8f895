/** components/qualified-name — the name of a tool as clients type it: the alias recedes, the tool's own name stands. */
import { splitName } from '../format/names.ts';

export function QualifiedName({
  name,
  alias,
}: {
  readonly name: string;
  readonly alias?: string | undefined;
}) {
  const [prefix, own] = splitName(name, alias);
  return (
    <span className="qn" title={name}>
      {prefix !== '' && <i>{prefix}</i>}
      <bdi>{own}</bdi>
    </span>
  );
}
