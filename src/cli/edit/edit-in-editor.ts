/**
 * cli/edit/edit-in-editor — a definition in the person's own editor, again and again until it is taken or left alone.
 *
 * The file is private and removed afterwards: new secrets may be written into it.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMcpMuxError } from '../../base/index.ts';
import { AdminProblem, type ChangeServerBody, type ServerDto } from '../../contract/index.ts';
import { platform } from '../../platform/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { changeFromText, definitionText } from './definition-text.ts';

/**
 * @param send carries a change out
 * @returns undefined when the person left it alone
 * @throws cli.failed: the editor did not end well
 */
export async function editInEditor(
  { io }: Context,
  server: ServerDto,
  send: (body: ChangeServerBody) => Promise<ServerDto>,
): Promise<ServerDto | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-edit-'));
  const file = join(folder, `${server.alias}.json`);
  const editor = io.env['VISUAL'] || io.env['EDITOR'] || (platform.isWindows ? 'notepad' : 'vi');
  let text = definitionText(server);
  try {
    for (;;) {
      await writeFile(file, text, { mode: 0o600 });
      const code = await io.runEditor?.(editor, file);
      if (code !== 0)
        throw cliError('failed', {
          message: `the editor "${editor}" ended with ${code}; nothing was changed`,
          hint: 'set VISUAL or EDITOR to another one, or use options: mcpmux help edit',
        });
      const edited = await readFile(file, 'utf8');
      if (edited === text) return undefined;
      const problem = await attempt(async () => {
        const change = changeFromText(server, edited);
        return change === undefined ? undefined : send(change);
      });
      if ('done' in problem) return problem.done;
      text = withProblem(edited, problem.says);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the person can put right is told in the editor; the rest is thrown. */
async function attempt<T>(work: () => Promise<T>): Promise<{ done: T } | { says: string }> {
  try {
    return { done: await work() };
  } catch (error) {
    const isTheirs =
      isMcpMuxError(error, 'cli.usage') ||
      (error instanceof AdminProblem && ['invalid', 'conflict', 'denied', 'not-found'].includes(error.kind));
    if (!isTheirs) throw error;
    return { says: (error as Error).message };
  }
}

function withProblem(edited: string, says: string): string {
  const rest = edited.replace(/^# NOT CHANGED: .*\n#\n/, '');
  return `# NOT CHANGED: ${says.replaceAll('\n', ' ')}\n#\n${rest}`;
}
