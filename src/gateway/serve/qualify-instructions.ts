/**
 * gateway/serve/qualify-instructions — a server's instructions with the tool names that its clients see.
 *
 * A name in backticks is replaced, also as the beginning of a call (`name(…)`). Elsewhere only a word that can be nothing
 * but a name: one with an underscore, a dash, a digit or a capital inside. Where a plain word is left that may be a tool
 * or just English, a line says how the tools are called here.
 * Knows nothing of: sizes, other servers.
 */
import type { Target } from '../../catalogue/index.ts';

/** Backticks on one line, or a word as names are written. */
const pieces = /`([^`\n]{1,200})`|[\p{L}\p{N}_][\p{L}\p{N}_./-]*/gu;
const beginsCall = /^([^\s(]+)(\(.*)$/s;
const isOnlyName = /[_\d/.-]|.\p{Lu}/u;

/** @param tools those of that server alone */
export function qualifyInstructions(text: string, alias: string, tools: Iterable<Target>): string {
  const shownNames = new Map<string, string>();
  for (const { originalName, shownName } of tools)
    if (originalName !== shownName) shownNames.set(originalName, shownName);
  if (shownNames.size === 0) return text;
  let isAmbiguous = false;
  const word = (token: string): string => {
    // A name may end with a dot or a dash; a sentence does so more often.
    const bare = shownNames.has(token) ? token : token.replace(/[./-]+$/, '');
    const shown = shownNames.get(bare);
    if (shown === undefined) return token;
    if (isOnlyName.test(bare)) return shown + token.slice(bare.length);
    isAmbiguous = true;
    return token;
  };
  const qualified = text.replace(pieces, (token: string, quoted: string | undefined) => {
    if (quoted === undefined) return word(token);
    const shown = shownNames.get(quoted);
    if (shown !== undefined) return `\`${shown}\``;
    const call = beginsCall.exec(quoted);
    const called = call === null ? undefined : shownNames.get(call[1] as string);
    return called === undefined ? `\`${quoted.replace(pieces, word)}\`` : `\`${called}${call?.[2] ?? ''}\``;
  });
  return isAmbiguous ? `${qualified}\n(Here the names of these tools begin with \`${alias}_\`.)` : qualified;
}
