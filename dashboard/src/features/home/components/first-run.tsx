/** The first visit: three steps, each with the button or the command that does it. */
import { Link } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { CopyButton } from '../../../components/copy-button.tsx';
import { text } from '../../../text/en.ts';

function Command({ value }: { readonly value: string }) {
  return (
    <div className="copy one">
      <span>{value}</span>
      <CopyButton value={value} label={text.common.copy} />
    </div>
  );
}

export function FirstRun({ url }: { readonly url: string }) {
  const { first } = text.home;
  return (
    <div className="page mid">
      <section className="col g2">
        <h2 className="h-lg">{first.title}</h2>
        <p className="t2">{first.intro}</p>
      </section>
      <section className="panel" aria-label={text.home.endpoint}>
        <div className="row wrap g3 pad">
          <span className="mono strong cut">{url}</span>
          <CopyButton value={url} label={text.home.copyUrl} />
        </div>
      </section>
      <section className="panel">
        <div className="pad">
          <ol className="steps">
            <li>
              <span className="n now">1</span>
              <div className="col g5">
                <h3 className="h2">{first.bring}</h3>
                <p className="t3 small">{first.bringSays}</p>
                <Command value="mcpmux import" />
                <div className="row wrap g3">
                  <Link className="btn primary" to="/servers/new">
                    <Search className="i" aria-hidden />
                    {text.home.addServer}
                  </Link>
                </div>
              </div>
            </li>
            <li>
              <span className="n">2</span>
              <div className="col g5">
                <h3 className="h2">{first.connect}</h3>
                <p className="t3 small">{first.connectSays}</p>
                <Command value="mcpmux connect --all" />
              </div>
            </li>
            <li>
              <span className="n">3</span>
              <div className="col g5">
                <h3 className="h2">{first.call}</h3>
                <p className="t3 small">{first.callSays}</p>
                <Command value={first.question} />
              </div>
            </li>
          </ol>
        </div>
      </section>
    </div>
  );
}
