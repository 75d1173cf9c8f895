/**
 * cli/commands/complete — answers a shell that completes: one candidate a line, a tab, what it is. Never fails aloud.
 */
import type { Command } from 'commander';
import { type Candidate, findCandidates, type Names } from '../completion/candidates.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { sanitizeToLine } from '../style.ts';

export async function run(context: Context, program: Command, words: readonly string[]): Promise<number> {
  const found = await findCandidates(program, words, namesOf(context));
  const lines = found.map(({ word, says }) => `${sanitizeToLine(word)}\t${sanitizeToLine(says)}`);
  if (lines.length > 0) context.print(lines.join('\n'));
  return exitCodes.ok;
}

function namesOf({ client }: Context): Names {
  return {
    servers: quietly(async () =>
      (await client.listServers()).servers.map(({ name, state }) => ({ word: name, says: state.status })),
    ),
    tools: quietly(async () =>
      (await client.listTools()).tools.map(({ name, description }) => ({
        word: name,
        says: description ?? '',
      })),
    ),
    keys: quietly(async () =>
      (await client.listKeys()).keys
        .filter(({ revokedAt }) => revokedAt === null)
        .map(({ name, shownPrefix }) => ({ word: name, says: shownPrefix })),
    ),
    spaces: quietly(async () =>
      (await client.listSpaces()).spaces.map(({ slug, name }) => ({ word: slug, says: name })),
    ),
    sets: quietly(async () =>
      (await client.listSets()).sets.map(({ name, space }) => ({ word: name, says: space })),
    ),
  };
}

/** A daemon that does not run has no names; a shell in the middle of a line is no place to say so. */
function quietly(ask: () => Promise<readonly Candidate[]>): () => Promise<readonly Candidate[]> {
  return async () => {
    try {
      return await ask();
    } catch {
      return [];
    }
  };
}
