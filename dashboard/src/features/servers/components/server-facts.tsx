/** What a server is: how it runs, what it says of itself, what it offers. */
import type { ServerDetailDto } from '../../../../../src/contract/types.ts';
import { State } from '../../../components/state.tsx';
import { counted } from '../../../format/numbers.ts';
import { exact } from '../../../format/time.ts';
import { text } from '../../../text/en.ts';

export function ServerFacts({ server }: { readonly server: ServerDetailDto }) {
  const { state, launch, verdict, told, counts } = server;
  const says = told?.serverInfo;
  const name = [says?.['title'] ?? says?.['name'], says?.['version']]
    .filter((part) => typeof part === 'string')
    .join(' ');
  const revisions = [verdict?.modernRevision, verdict?.legacyRevision]
    .filter((one) => one != null)
    .join(', ');
  const offers = [
    counts.tools > 0 && counted(counts.tools, 'tool'),
    counts.prompts > 0 && counted(counts.prompts, 'prompt'),
    counts.resources > 0 && counted(counts.resources, 'resource'),
    counts.templates > 0 && counted(counts.templates, 'template'),
  ].filter((part) => part !== false);
  return (
    <section className="panel" aria-label={text.server.overview}>
      <div className="pad">
        <dl className="kv">
          <dt>{text.server.state}</dt>
          <dd>
            <State status={state.status} /> <span className="t3">{exact(state.since)}</span>
            {state.reason !== null && <p className="t2 wrap-any">{state.reason}</p>}
            {state.nextStep !== null && <p className="t3 wrap-any">{state.nextStep}</p>}
          </dd>
          {launch.kind === 'stdio' ? (
            <>
              <dt>{text.server.runs}</dt>
              <dd className="mono">{[launch.command, ...launch.args].join(' ')}</dd>
              {launch.cwd !== null && (
                <>
                  <dt>{text.server.in}</dt>
                  <dd className="mono">{launch.cwd}</dd>
                </>
              )}
            </>
          ) : (
            <>
              <dt>{text.server.url}</dt>
              <dd className="mono">{launch.url}</dd>
            </>
          )}
          <Names
            label={launch.kind === 'stdio' ? text.server.variables : text.server.headers}
            names={launch.kind === 'stdio' ? launch.envNames : launch.headerNames}
          />
          <dt>{text.server.alias}</dt>
          <dd>
            <span className="mono">{server.alias}</span>{' '}
            <span className="t3">{text.server.asIn(server.alias)}</span>
          </dd>
          <dt>{text.server.space}</dt>
          <dd>{server.space}</dd>
          {name !== '' && (
            <>
              <dt>{text.server.saysItIs}</dt>
              <dd>
                <bdi>{name}</bdi>
              </dd>
            </>
          )}
          {verdict !== null && (
            <>
              <dt>{text.server.speaks}</dt>
              <dd>
                MCP {revisions} <span className="t3">{verdict.wire}</span>
              </dd>
            </>
          )}
          <dt>{text.server.offers}</dt>
          <dd>{offers.length === 0 ? '–' : offers.join(', ')}</dd>
        </dl>
      </div>
    </section>
  );
}

function Names({ label, names }: { readonly label: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span className="mono">{names.join(', ')}</span> <span className="t3">{text.server.sealed}</span>
      </dd>
    </>
  );
}
