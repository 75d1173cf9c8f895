/**
 * cli/commands/server-file — servers as a file: `export` writes one without secrets, `plan` says what one would change, `apply`
 * does it.
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FilePlanDto } from '../../contract/index.ts';
import { SecretAsker } from '../ask-secret.ts';
import { type Context, safeJson } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { launchCommandLine, launchDetails } from '../launch-description.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export async function exportFile(context: Context, file: string | undefined): Promise<number> {
  const exported = await context.client.exportServers(context.space);
  const text = `${safeJson(exported, 2)}\n`;
  if (file === undefined) {
    context.io.stdout.write(text);
    return exitCodes.ok;
  }
  const path = resolve(context.io.cwd(), file);
  try {
    // Somebody's own file is not written over.
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw cliError('failed', {
      message: isThere
        ? `there is a file ${path} already`
        : `${path} cannot be written: ${(error as Error).message}`,
      hint: isThere ? 'give another name, or remove it first' : undefined,
    });
  }
  const count = Object.keys(exported.mcpServers).length;
  context.tell(
    `${count} ${count === 1 ? 'server' : 'servers'} written to ${path}; secrets are references in it.`,
  );
  return exitCodes.ok;
}

export async function plan(context: Context, file: string): Promise<number> {
  const planned = await context.client.planFile(resolve(context.io.cwd(), file), context.space);
  if (context.isJson) context.printJson(planned);
  else {
    context.print(renderPlan(context, planned));
    if (changesOf(planned).length > 0) context.tell(`Do it: mcpmux apply ${file}`);
  }
  return exitCodes.ok;
}

export interface ApplyOptions {
  readonly yes: boolean;
  readonly watch?: boolean;
  readonly allowVariable?: readonly string[];
}

export async function apply(context: Context, file: string, options: ApplyOptions): Promise<number> {
  const { client, space, io } = context;
  const path = resolve(io.cwd(), file);
  const planned = await client.planFile(path, space);
  const changes = changesOf(planned);
  if (!context.isJson) context.tell(renderPlan(context, planned));
  if (changes.length > 0 && !options.yes && !(await confirm(context, file))) {
    context.tell('Nothing was changed.');
    return exitCodes.interrupted;
  }
  const applied = await withProgress(
    io,
    () => 'applying the file',
    () =>
      client.applyFile({
        path,
        expects: planned.digest,
        ...(space === undefined ? {} : { space }),
        ...(options.allowVariable === undefined ? {} : { allowsVariables: [...options.allowVariable] }),
        ...(options.watch === undefined ? {} : { isWatched: options.watch }),
      }),
  );
  if (context.isJson) context.printJson(applied);
  else {
    context.print(changes.length === 0 ? 'Nothing to change.' : `Done: ${countsOf(planned)}.`);
    context.tell(
      applied.isWatched
        ? `Later changes of the file are applied by themselves. End that: mcpmux apply ${file} --no-watch`
        : 'See how they are: mcpmux status',
    );
  }
  return exitCodes.ok;
}

async function confirm(context: Context, file: string): Promise<boolean> {
  const asker = new SecretAsker(context.io);
  try {
    if (!asker.isTerminal || context.isJson)
      throw cliError('usage', {
        message: 'nobody is here to say yes to what is shown above',
        hint: `mcpmux apply ${file} --yes`,
      });
    return await asker.confirm('Apply?', true);
  } finally {
    await asker.close();
  }
}

function changesOf({ steps }: FilePlanDto): FilePlanDto['steps'] {
  return steps.filter(({ act }) => act !== 'keep');
}

const signs = { add: '+', change: '~', remove: '-', keep: ' ' } as const;

function renderPlan(context: Context, planned: FilePlanDto): string {
  const { style, width } = context;
  const paint = { add: style.green, change: style.yellow, remove: style.red, keep: style.dim } as const;
  const rows = planned.steps.map(({ act, name, launch, refused }) => [
    paint[act](`${signs[act]} ${act}`),
    sanitizeToLine(name),
    [
      ...(launch === null || act === 'keep'
        ? []
        : [
            launchCommandLine(launch),
            ...launchDetails(launch).map(([label, value]) => `${label} ${sanitizeToLine(value)}`),
          ]),
      ...refused.map(({ variable, why }) =>
        style.yellow(
          `it sets ${sanitizeToLine(variable)}, which ${why}: --allow-variable ${sanitizeToLine(variable)}`,
        ),
      ),
    ].join('\n'),
  ]);
  return rows.length === 0
    ? 'The file has no servers.'
    : renderTable(undefined, rows, { indent: '  ', width });
}

function countsOf({ steps }: FilePlanDto): string {
  const words = { add: 'added', change: 'changed', remove: 'removed' } as const;
  return (['add', 'change', 'remove'] as const)
    .map((act) => [steps.filter((step) => step.act === act).length, words[act]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}
