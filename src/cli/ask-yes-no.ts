/**
 * cli/ask-yes-no — asks before something that cannot be taken back. Without a terminal the person has to have said yes already.
 */
import { SecretAsker } from './ask-secret.ts';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';

/** @param sayingYes the command that does not ask. @throws cli.usage when the answer is no, or nobody is there to give one */
export async function askYesNo(context: Context, question: string, sayingYes: string): Promise<void> {
  const asker = new SecretAsker(context.io);
  try {
    if (!asker.isTerminal)
      throw cliError('usage', {
        message: 'this needs a yes, and there is no terminal to ask',
        hint: sayingYes,
      });
    if (await asker.confirm(question, false)) return;
    throw cliError('usage', { message: 'nothing was changed', hint: sayingYes });
  } finally {
    await asker.close();
  }
}
