/**
 * cli/ask-secret — asks for a value without showing it, or takes one line of what is piped in.
 */
import { cliError } from './errors.ts';
import type { Io } from './io.ts';

const enter = new Set(['\r', '\n']);
const endOfInput = '\u0004';
const interrupt = '\u0003';
const erase = new Set(['\u007f', '\b']);

/**
 * Asks for `what` on stderr and reads until Enter; on a terminal nothing of it is shown.
 *
 * @throws cli.interrupted on Ctrl+C
 */
export async function askSecret(io: Io, what: string): Promise<string> {
  const { stdin, stderr } = io;
  const isTerminal = stdin.isTTY === true && stdin.setRawMode !== undefined;
  if (isTerminal) {
    stderr.write(`${what}: `);
    stdin.setRawMode?.(true);
  }
  let typed = '';
  try {
    for await (const chunk of stdin) {
      for (const character of chunk.toString()) {
        if (enter.has(character) || character === endOfInput) return typed;
        if (isTerminal && character === interrupt) throw cliError('interrupted');
        if (isTerminal && erase.has(character)) typed = [...typed].slice(0, -1).join('');
        else typed += character;
      }
    }
    return typed;
  } finally {
    if (isTerminal) {
      stdin.setRawMode?.(false);
      stderr.write('\n');
    }
  }
}
