/**
 * cli/run — one command line from its words to its exit code.
 *
 * In: the words and the process. Out: a number. Never a stack trace, unless MCPMUX_DEBUG=1 asks for one.
 */
import { CommanderError } from 'commander';
import { asTyped } from '../base/index.ts';
import { toldFailure } from './errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { limitSentence } from './limit-text.ts';
import { passThrough } from './pass-through.ts';
import { buildProgram, readWords } from './program.ts';
import { nextLine } from './status-text.ts';
import { sanitizeToLine, shortQuotes } from './style.ts';

export async function runCli(words: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.ok;
  const program = buildProgram(io, (exitCode) => {
    code = exitCode;
  });
  try {
    await readWords(program, passThrough(program, words));
    return code;
  } catch (error) {
    // Commander has printed its sentence, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const failure = toldFailure(error);
    io.stderr.write(`mcpmux: ${sanitizeToLine(limitSentence(shortQuotes(failure.message)))}\n`);
    if (failure.next !== undefined) io.stderr.write(`  ${asTyped(nextLine(failure.next), io.env)}\n`);
    if (io.env['MCPMUX_DEBUG'] === '1' && error instanceof Error) io.stderr.write(`${debugText(error)}\n`);
    return exitCodeOf(failure);
  }
}

function debugText(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${debugText(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
