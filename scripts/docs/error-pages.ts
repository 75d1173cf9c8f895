/**
 * scripts/docs/error-pages — docs/errors/: a page for every error code: what it means, why, what to do.
 *
 * Made from the tables of the rooms, so that a page, the table and what `mcpmux explain CODE` says cannot differ.
 */
import { existsSync, readdirSync } from 'node:fs';
import { describeErrorTable, type ErrorDescription, type ErrorFactory } from '../../src/base/index.ts';

const kinds = {
  invalid: 'not valid',
  unauthenticated: 'sign-in or key needed',
  denied: 'not allowed',
  'not-found': 'not found',
  conflict: 'conflict',
  'too-large': 'too large',
  timeout: 'took too long',
  unavailable: 'does not work now',
  cancelled: 'given up',
  internal: 'a fault of McpMux',
} as const;

const retries = {
  safe: 'Yes. Nothing had begun, so nothing happens twice.',
  unknown: 'Look first. It may have been carried out, and would be carried out once more.',
  no: 'It will fail the same way until something is changed.',
} as const;

/** Every code with what its table says, of every room that has a table. */
export const describedErrors: ReadonlyMap<string, ErrorDescription> = new Map(
  (await readTables()).sort(([one], [other]) => (one < other ? -1 : 1)),
);

async function readTables(): Promise<[code: string, description: ErrorDescription][]> {
  const source = new URL('../../src/', import.meta.url);
  const found: [string, ErrorDescription][] = [];
  for (const room of readdirSync(source)) {
    const file = new URL(`${room}/errors.ts`, source);
    if (room === 'base' || !existsSync(file)) continue;
    const offered = (await import(file.href)) as Readonly<Record<string, unknown>>;
    for (const value of Object.values(offered))
      if (typeof value === 'function') found.push(...describeErrorTable(value as ErrorFactory<never>));
  }
  return found;
}

/** Path → text. */
export function errorPages(): [path: string, text: string][] {
  const codes = [...describedErrors.keys()];
  return [
    ['docs/errors/README.md', indexPage(codes)],
    ...codes.map((code): [string, string] => [`docs/errors/${code}.md`, pageOf(code)]),
  ];
}

function pageOf(code: string): string {
  const facts = describedErrors.get(code);
  if (facts === undefined) throw new Error(`there is no error ${code}`);
  const { kind, retry, says, hint, why } = facts;
  return `# ${code}

<!-- Made from the table of errors of src/${code.split('.')[0]}/errors.ts. Change it there, then: npm run docs -->

> ${escapeText(says)}

Words in capitals stand for what it was about.

| | |
|---|---|
| kind | ${kind}: ${kinds[kind]} |
| try it again? | ${retries[retry]} |

## Why

${why}

## What to do

${hint === undefined ? 'The message names what it is about; correct that.' : `${upperFirst(escapeText(hint.replace(/^(?:run|see): /, '')))}.`} Where it came up in a call, \`mcpmux explain\` with the
number of the call looks further: \`mcpmux calls code:${code}\` shows which.
`;
}

function indexPage(codes: readonly string[]): string {
  const rooms = [...new Set(codes.map((code) => code.split('.')[0] ?? ''))];
  const sections = rooms.map((room) => {
    const own = codes.filter((code) => code.startsWith(`${room}.`));
    return `## ${room}\n\n| code | says |\n|---|---|\n${own
      .map(
        (code) =>
          `| [${code}](${code}.md) | ${escapeText(describedErrors.get(code)?.says ?? '').replaceAll('|', '\\|')} |`,
      )
      .join('\n')}\n`;
  });
  return `# Errors

<!-- Made from the tables of errors. Change them there, then: npm run docs -->

Every failure has a code, the same wherever it appears: in \`--json\`, in the admin API, in \`data.reason\` of an error that a
client gets. \`mcpmux explain CODE\` says here what these pages say. Words in capitals stand for what it was about.

${sections.join('\n')}`;
}

function escapeText(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('\n', ' ').trim();
}

function upperFirst(text: string): string {
  return text.startsWith('mcpmux') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
