/**
 * bench/targets/processes/echo-stdio — the raw upstream over stdio: one line in, one line out.
 *
 *     node echo-stdio.mjs [--era dual|legacy|modern] [--tools 2000]
 */
import { createEcho, readFlags } from './echo.mjs';
import { readLines } from './lines.mjs';

const flags = readFlags();
const answer = createEcho({ era: flags.era, tools: Number(flags.tools ?? 2) });

readLines(process.stdin, (line) => {
  const reply = answer(JSON.parse(line));
  if (reply !== undefined) process.stdout.write(`${JSON.stringify(reply)}\n`);
});
process.stdin.on('end', () => process.exit(0));
