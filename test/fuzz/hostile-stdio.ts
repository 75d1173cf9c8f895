/**
 * fuzz/hostile-stdio — a program that answers over stdio with bent messages. Started by the daemon under test.
 *
 *   node --import tsx hostile-stdio.ts SEED
 */

import process from 'node:process';
import { createInterface } from 'node:readline';
import { mutateMessage } from './mutate-json.ts';
import { Random } from './random.ts';
import { type Asked, soundAnswer, unaskedMessages } from './sound-answers.ts';

const random = new Random(Number(process.argv[2] ?? 1) ^ process.pid);
const write = (bytes: Buffer | string): void => void process.stdout.write(bytes);
process.stdout.on('error', () => process.exit(0));

createInterface({ input: process.stdin }).on('line', (line) => {
  let asked: Asked;
  try {
    asked = JSON.parse(line) as Asked;
  } catch {
    return;
  }
  // Once it has begun it is mostly let live: what comes after is where there is most to bend.
  const isHandshake = asked.method === 'initialize' || asked.method === 'tools/list';
  if (!isHandshake && random.chance(0.003)) process.exit(random.int(3));
  if (random.chance(0.3))
    write(Buffer.concat([mutateMessage(random.pick(unaskedMessages), random), Buffer.from('\n')]));
  const answer = soundAnswer(asked);
  if (answer === undefined) return;
  if (random.chance(isHandshake ? 0.9 : 0.3)) {
    write(`${JSON.stringify(answer)}\n`);
    return;
  }
  if (random.chance(0.05)) return;
  const bytes = mutateMessage(answer, random);
  const end = random.pick(['\n', '\n', '\n', '\r\n', '\n\n', '', '\u0000\n']);
  write(Buffer.concat([bytes, Buffer.from(end)]));
  if (random.chance(0.2)) write(`${JSON.stringify(answer)}\n`);
  if (random.chance(0.1)) process.stderr.write(mutateMessage({ error: 'Error: no', at: 'x.js:1' }, random));
});
process.stdin.on('end', () => process.exit(0));
