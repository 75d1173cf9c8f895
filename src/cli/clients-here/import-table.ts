/**
 * cli/clients-here/import-table — what an import would bring in: each server with its exact command and where it was found.
 */
import {
  type Candidate,
  type ImportPlan,
  type ImportSource,
  type Place,
  showPath,
} from '../../clients/index.ts';
import { isSecretValue, replaceSpans, secretsInArguments, secretsInUrl } from '../../model/index.ts';
import type { Context } from '../context.ts';
import { quoteShellWord } from '../launch-description.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export function renderPlan(
  plan: ImportPlan,
  sources: readonly ImportSource[],
  refusals: ReadonlyMap<Candidate, string>,
  place: Place,
  { style, width }: Context,
): string {
  if (plan.entryCount + plan.refused.length === 0) return '';
  const fresh = plan.candidates.filter(({ installedAs }) => installedAs === undefined);
  const known = plan.candidates.filter(({ installedAs }) => installedAs !== undefined);
  const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const head = `Found ${count(plan.entryCount, 'server')} in ${count(sources.length, 'file')}; ${plan.candidates.length} ${plan.candidates.length === 1 ? 'is' : 'are'} different.`;
  const rows = fresh.map((candidate) => [
    sanitizeToLine(candidate.name) + (candidate.isDisabled ? style.dim(' (off)') : ''),
    fromOf(candidate),
    secretsOf(candidate).join(', ') || '-',
    [
      sanitizeToLine(runsOf(candidate)),
      ...hintsOf(candidate, refusals.get(candidate)).map((hint) => style.yellow(sanitizeToLine(hint))),
    ].join('\n'),
  ]);
  const parts = [head];
  if (rows.length > 0)
    parts.push(
      '',
      renderTable(['SERVER', 'FROM', 'SECRETS', 'RUNS'], rows, { indent: '  ', width, heading: style.dim }),
    );
  if (known.length > 0)
    parts.push(
      '',
      `Here already: ${known
        .map(({ installedAs, server }) =>
          installedAs === server.name ? server.name : `${server.name} (as ${installedAs})`,
        )
        .map(sanitizeToLine)
        .join(', ')}`,
    );
  for (const { name, reason, source } of plan.refused)
    parts.push(
      '',
      `Not imported: "${sanitizeToLine(name)}" in ${source.label}: ${sanitizeToLine(reason)} (${showPath(place, source.file)})`,
    );
  if (rows.length > 0) parts.push('', "Secrets are sealed here; the clients' files stay as they are.");
  return `${parts.join('\n')}\n`;
}

function fromOf({ from }: Candidate): string {
  return [...new Set(from.map(({ source }) => source.label))].map(sanitizeToLine).join(', ');
}

/** The exact command or address; what looks like a secret in it is not shown. */
function runsOf({ server: { launch } }: Candidate): string {
  if (launch.kind === 'http') return replaceSpans(launch.url, secretsInUrl(launch.url), () => '…');
  const spans = secretsInArguments(launch.args);
  const args = launch.args.map((arg, at) =>
    replaceSpans(
      arg,
      spans.filter((span) => span.at === at),
      () => '…',
    ),
  );
  const line = [launch.command, ...args].map((word) => quoteShellWord(word)).join(' ');
  return launch.cwd === undefined ? line : `${line}  (in ${launch.cwd})`;
}

/** Names only. */
function secretsOf({ server: { launch } }: Candidate): string[] {
  const named = launch.kind === 'http' ? launch.headers : launch.env;
  const names = Object.entries(named)
    .filter(([name, value]) => isSecretValue(name, value) || /\$\{(?:env|file|input|keychain):/.test(value))
    .map(([name]) => sanitizeToLine(name));
  const inside = launch.kind === 'http' ? secretsInUrl(launch.url) : secretsInArguments(launch.args);
  if (inside.length > 0) names.push(launch.kind === 'http' ? 'in the address' : 'in arguments');
  return names;
}

function hintsOf(candidate: Candidate, refusal: string | undefined): string[] {
  const { replacement, notes, server } = candidate;
  return [
    ...(refusal === undefined ? [] : [`not imported: ${refusal}`]),
    ...(replacement === undefined ? [] : [archivedHint(replacement)]),
    ...(server.inputs.length === 0 ? [] : [`needs a value: ${server.inputs.map(({ id }) => id).join(', ')}`]),
    ...notes,
  ];
}

function archivedHint({ says, install }: NonNullable<Candidate['replacement']>): string {
  if (says === undefined) return 'archived package: nobody keeps it any more';
  return `archived package; replace it with ${says}: ${install}`;
}

export function candidateJson(candidate: Candidate, refusal: string | undefined): Record<string, unknown> {
  const { name, server, from, installedAs, replacement, isDisabled } = candidate;
  return {
    name,
    runs: runsOf(candidate),
    kind: server.launch.kind,
    secrets: secretsOf(candidate),
    from: from.map(({ source, server: { name: there } }) => ({
      client: source.label,
      file: source.file,
      name: there,
    })),
    installedAs: installedAs ?? null,
    replaceWith: replacement?.install ?? null,
    isDisabled,
    notes: hintsOf(candidate, undefined),
    refusedBecause: refusal ?? null,
  };
}
