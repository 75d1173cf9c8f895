/**
 * cli/commands/completion — prints the completion script of a shell.
 */
import { completionScripts, type Shell, shells } from '../completion/scripts.ts';
import type { Context } from '../context.ts';
import { didYouMean } from '../did-you-mean.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

export function run(context: Context, shell: string): number {
  if (!(shells as readonly string[]).includes(shell)) {
    throw cliError('usage', {
      message: `there is no completion for "${shell}"`,
      hint: didYouMean(shell, shells) ?? `one of ${shells.join(', ')}`,
    });
  }
  context.io.stdout.write(completionScripts[shell as Shell]);
  return exitCodes.ok;
}
