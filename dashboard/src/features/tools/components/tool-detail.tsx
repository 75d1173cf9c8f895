/** One tool: what its server says of it, as text, and the schema of its arguments. */
import { Link } from '@tanstack/react-router';
import type { ToolDto } from '../../../../../src/contract/types.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { QualifiedName } from '../../../components/qualified-name.tsx';
import { text } from '../../../text/en.ts';

/** What stands before the tool's own name. */
export function aliasOf({ name, originalName }: ToolDto): string | undefined {
  return name.endsWith(`_${originalName}`) ? name.slice(0, -originalName.length - 1) : undefined;
}

export function ToolDetail({ tool }: { readonly tool: ToolDto }) {
  const schema = JSON.stringify(tool.item['inputSchema'] ?? {}, null, 2);
  const annotations = tool.item['annotations'];
  const hints =
    typeof annotations === 'object' && annotations !== null ? (annotations as Record<string, unknown>) : {};
  return (
    <article className="pad col g6" aria-label={tool.name}>
      <header className="col g2">
        <div className="row g3 wrap">
          <h2 className="h-lg">
            <QualifiedName name={tool.name} alias={aliasOf(tool)} />
          </h2>
          <CopyButton value={tool.name} label={text.common.copy} />
          {hints['readOnlyHint'] === true && <span className="chip s-ok">{text.tools.readOnly}</span>}
          {hints['destructiveHint'] === true && <span className="chip s-bad">{text.tools.destructive}</span>}
        </div>
        <p className="t3 small">
          <Link className="link" to="/servers/$server" params={{ server: tool.serverId }}>
            <bdi>{tool.serverName}</bdi>
          </Link>{' '}
          · {text.tools.originally} <span className="mono">{tool.originalName}</span>
        </p>
      </header>
      {tool.description !== null && (
        <section className="col g2" aria-label={text.tools.description}>
          <span className="h2">{text.tools.description}</span>
          <p className="theirs">{tool.description.slice(0, 64_000)}</p>
        </section>
      )}
      <section className="col g2" aria-label={text.tools.schema}>
        <div className="row">
          <span className="h2 grow">{text.tools.schema}</span>
          <CopyButton value={schema} label={text.common.copy} />
        </div>
        <pre className="code wrap edge">{schema.slice(0, 64_000)}</pre>
      </section>
    </article>
  );
}
