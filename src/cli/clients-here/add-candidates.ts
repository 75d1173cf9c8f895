/**
 * cli/clients-here/add-candidates — adds what is to be imported, all at once, and tells each outcome as it comes.
 */
import type { Candidate } from '../../clients/index.ts';
import type { AddServerBody, ServerDto } from '../../contract/index.ts';
import { renderOutcome, settle } from '../commands/add.ts';
import type { Context } from '../context.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';

export interface Brought {
  readonly candidate: Candidate;
  /** As it stands after the wait; undefined when it could not be added. */
  readonly server: ServerDto | undefined;
  readonly error: Error | undefined;
}

export async function addCandidates(
  context: Context,
  candidates: readonly Candidate[],
  options: { readonly wait: boolean; readonly waitSeconds: number },
): Promise<readonly Brought[]> {
  let done = 0;
  const says = (): string => `importing (${done} of ${candidates.length})`;
  const lines: string[] = [];
  const brought = await withProgress(context.io, says, () =>
    Promise.all(
      candidates.map(async (candidate): Promise<Brought> => {
        try {
          const added = await context.client.addServer(bodyOf(candidate));
          const quiet = { ...context, io: { ...context.io, stderr: { write: () => {} } } };
          const server = options.wait ? await settle(quiet, added, options.waitSeconds) : added;
          lines.push(renderOutcome(server, context));
          return { candidate, server, error: undefined };
        } catch (error) {
          lines.push(
            `${sanitizeToLine(candidate.name)}: not added: ${sanitizeToLine((error as Error).message)}`,
          );
          return { candidate, server: undefined, error: error as Error };
        } finally {
          done += 1;
        }
      }),
    ),
  );
  if (!context.isJson) for (const line of lines) context.print(line.replace(/^/gm, '  '));
  return brought;
}

export function bodyOf({ name, server, isDisabled }: Candidate): AddServerBody {
  const { launch, inputs } = server;
  return {
    name,
    launch:
      launch.kind === 'http'
        ? { kind: 'http', url: launch.url, headers: { ...launch.headers }, flavour: launch.flavour }
        : {
            kind: 'stdio',
            command: launch.command,
            args: [...launch.args],
            env: { ...launch.env },
            ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
          },
    ...(inputs.length === 0
      ? {}
      : {
          inputs: inputs.map(({ id, label }) => ({
            id,
            ...(label === undefined ? {} : { label }),
            type: 'password',
          })),
        }),
    ...(isDisabled ? { isEnabled: false } : {}),
  };
}
