/** What a server needs to be told. Secrets are write-only: what was given is never shown again. */
import { type FormEvent, useId, useState } from 'react';
import type { ServerDetailDto } from '../../../../../src/contract/types.ts';
import { ObtainHint } from '../../../components/obtain-hint.tsx';
import { text } from '../../../text/en.ts';
import type { ServerActions } from '../hooks/use-server-actions.ts';

export function Inputs({
  server,
  actions,
}: {
  readonly server: ServerDetailDto;
  readonly actions: ServerActions;
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const form = useId();
  const save = (event: FormEvent) => {
    event.preventDefault();
    actions.setInputs(values, () => setValues({}));
  };
  return (
    <form className="panel" onSubmit={save} aria-labelledby={form}>
      <header>
        <h2 className="h2" id={form}>
          {text.server.needs}
        </h2>
      </header>
      <div className="pad col g5">
        {server.inputs.map((input) => {
          const id = `${form}-${input.id}`;
          const set = (value: string) => setValues((known) => ({ ...known, [input.id]: value }));
          return (
            <div className="field" key={input.id}>
              <label htmlFor={id}>
                {input.label}{' '}
                {input.isRequired && !input.isGiven && <span className="t3">{text.add.needed}</span>}
              </label>
              {input.options.length > 0 ? (
                <select
                  id={id}
                  className="input"
                  value={values[input.id] ?? input.default ?? ''}
                  onChange={(event) => set(event.target.value)}
                >
                  <option value="" />
                  {input.options.map((option) => (
                    <option key={option.value} value={option.value}>
                      {option.label ?? option.value}
                    </option>
                  ))}
                </select>
              ) : (
                <input
                  id={id}
                  className="input mono"
                  type={input.type === 'password' ? 'password' : 'text'}
                  autoComplete="off"
                  placeholder={input.placeholder ?? input.default ?? ''}
                  required={input.isRequired && !input.isGiven}
                  value={values[input.id] ?? ''}
                  onChange={(event) => set(event.target.value)}
                />
              )}
              <ObtainHint input={input} before={input.isGiven ? `${text.server.given}. ` : ''} />
            </div>
          );
        })}
      </div>
      <footer>
        <i className="push" />
        <button
          type="submit"
          className="btn primary"
          disabled={actions.isBusy || Object.keys(values).length === 0}
        >
          {text.server.give}
        </button>
      </footer>
    </form>
  );
}
