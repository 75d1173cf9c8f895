/** What installing would do: exactly what runs, what it reaches, what it needs. Saved only when a person says so. */
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { AdminProblem } from '../../../../../src/contract/client.ts';
import type { InstallPlanDto, PlanInstallBody } from '../../../../../src/contract/types.ts';
import { admin } from '../../../app/admin.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { ObtainHint } from '../../../components/obtain-hint.tsx';
import { useToasts } from '../../../components/toasts.tsx';
import { text } from '../../../text/en.ts';

interface InstallPlanProps {
  readonly plan: InstallPlanDto;
  readonly target: PlanInstallBody['target'];
  readonly installed: (server: string) => void;
}

export function InstallPlan({ plan, target, installed }: InstallPlanProps) {
  const [name, setName] = useState(plan.name);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const { fail } = useToasts();
  const form = useId();
  const install = useMutation({
    mutationFn: () =>
      admin.install({
        target: target.kind === 'document' && plan.pick !== null ? { ...target, pick: plan.pick } : target,
        option: plan.option.key,
        ...(name !== plan.name && { name }),
        inputValues: { ...values },
        isEnabled: true,
      }),
    onSuccess: ({ server }) => installed(server.id),
    onError: (error) => {
      if (error instanceof AdminProblem && error.code === 'admin.needs_fresh_link')
        fail(plan.name, new Error(text.add.freshLink));
      else fail(plan.name, error);
    },
  });
  const { launch, option } = plan;
  const runs = launch.kind === 'stdio' ? [launch.command, ...launch.args].join(' ') : launch.url;
  const save = (event: FormEvent) => {
    event.preventDefault();
    install.mutate();
  };
  return (
    <form className="panel" onSubmit={save} aria-labelledby={form}>
      <header>
        <h2 className="h2" id={form}>
          <bdi>{plan.entry.title}</bdi>
        </h2>
        <span className="chip">{option.title}</span>
      </header>
      <div className="pad col g5">
        {plan.caution !== null && <p className="note-box s-warn">{plan.caution}</p>}
        {option.obstacle !== null && <p className="note-box s-bad">{option.obstacle}</p>}
        {option.missingRunner !== null && (
          <p className="note-box s-warn">
            {option.missingRunner.title}: <code>{option.missingRunner.install}</code>
          </p>
        )}
        {plan.refused.map(({ variable, why }) => (
          <p className="note-box s-warn" key={variable}>
            <code>{variable}</code> {why}
          </p>
        ))}
        <div className="field">
          <span className="label">{launch.kind === 'stdio' ? text.add.willRun : text.add.willReach}</span>
          <div className="copy">
            <span>{runs}</span>
            <CopyButton value={runs} label={text.common.copy} />
          </div>
          <span className="hint">
            {[plan.download, plan.hosts.length > 0 && plan.hosts.join(', ')].filter(Boolean).join(' · ')}
          </span>
        </div>
        <div className="field">
          <label htmlFor={`${form}-name`}>{text.add.name}</label>
          <input
            id={`${form}-name`}
            className="input"
            value={name}
            maxLength={256}
            onChange={({ target: field }) => setName(field.value)}
          />
          {plan.duplicates.length > 0 && <span className="hint x-warn">{plan.duplicates.join(', ')}</span>}
        </div>
        {plan.inputs.map((input) => {
          const id = `${form}-${input.id}`;
          const isSecret = input.type === 'password';
          return (
            <div className="field" key={input.id}>
              <label htmlFor={id}>
                {input.label} {input.isRequired && <span className="t3">{text.add.needed}</span>}
              </label>
              <input
                id={id}
                className="input mono"
                type={isSecret ? 'password' : 'text'}
                autoComplete="off"
                required={input.isRequired && input.default === null && !input.isGiven}
                placeholder={input.placeholder ?? input.default ?? ''}
                value={values[input.id] ?? ''}
                onChange={({ target: field }) =>
                  setValues((known) => ({ ...known, [input.id]: field.value }))
                }
              />
              <ObtainHint input={input} />
            </div>
          );
        })}
      </div>
      <footer>
        <i className="push" />
        <button
          type="submit"
          className="btn primary"
          disabled={install.isPending || option.obstacle !== null}
        >
          {install.isPending ? text.add.saving : text.add.save}
        </button>
      </footer>
    </form>
  );
}
