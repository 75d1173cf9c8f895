/** Everything a server offers, by kind. */
import { useQuery } from '@tanstack/react-query';
import { PackageOpen } from 'lucide-react';
import type { FeatureDto, ServerDetailDto } from '../../../../../src/contract/types.ts';
import { featuresQuery } from '../../../app/queries.ts';
import { Empty, Failed, Loading } from '../../../components/page-states.tsx';
import { text } from '../../../text/en.ts';

const kinds = ['tool', 'prompt', 'resource', 'template'] as const;

export function Features({ server }: { readonly server: ServerDetailDto }) {
  const { data, error, refetch } = useQuery(featuresQuery(server.id));
  if (data === undefined)
    return error === null ? <Loading /> : <Failed error={error} retry={() => void refetch()} />;
  if (data.features.length === 0) return <Empty icon={PackageOpen} says={text.server.offersNothing} />;
  return (
    <>
      {kinds.map((kind) => {
        const features = data.features.filter((feature) => feature.kind === kind);
        return features.length === 0 ? null : <FeatureList key={kind} kind={kind} features={features} />;
      })}
    </>
  );
}

function FeatureList({
  kind,
  features,
}: {
  readonly kind: (typeof kinds)[number];
  readonly features: readonly FeatureDto[];
}) {
  return (
    <section className="panel" aria-label={text.server.kinds[kind]}>
      <header>
        <h2 className="h2">{text.server.kinds[kind]}</h2>
        <span className="t3 num">{features.length}</span>
      </header>
      <ul className="rows">
        {features.map((feature) => {
          const said = feature.item['description'];
          return (
            <li key={feature.id} className="top">
              <span className="grow">
                <span className="qn">
                  <bdi>{feature.originalName}</bdi>
                </span>
                {typeof said === 'string' && <p className="small t2 wrap-any">{said.slice(0, 400)}</p>}
              </span>
              {!feature.isAvailable && <span className="chip s-warn">{text.tools.unavailable}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
