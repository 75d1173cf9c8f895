/**
 * protocol/json-turns — walks long JSON in turns, so that the event loop gets to others in between.
 *
 * A walk goes on in its turn for some milliseconds; what is not done then goes on after everybody else had theirs.
 * Knows nothing of: what is walked.
 */
import { answerLimits, broken, skipKey, skipSpace } from './json-bytes.ts';
import { JsonWalk } from './json-walk.ts';

/** The clock is looked at after so many bytes: some hundred µs of the slowest JSON there is. */
const pieceBytes = 64 * 1024;
/** How long one turn may take. Others wait that long at most. */
const turnMs = 8;

/** @returns undefined when the walk is over already, else the promise of its end */
export function walkInTurns(walk: JsonWalk, length: number): Promise<void> | undefined {
  if (length <= pieceBytes) {
    walk.go(length);
    return undefined;
  }
  return walkTurn(walk, length) ? undefined : walkOn(walk, length);
}

async function walkOn(walk: JsonWalk, length: number): Promise<void> {
  do await nextTurn();
  while (!walkTurn(walk, length));
}

/** @returns true when the walk is over */
function walkTurn(walk: JsonWalk, length: number): boolean {
  const endsAt = performance.now() + turnMs;
  do {
    if (walk.go(Math.min(length, walk.at + pieceBytes))) return true;
  } while (performance.now() < endsAt);
  return false;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A turn of the event loop for whoever does long work in pieces. */
export class Turn {
  #endsAt = performance.now() + turnMs;

  /** Has it taken as long as others should wait? */
  get isOver(): boolean {
    return performance.now() > this.#endsAt;
  }

  /** Lets the others have theirs. */
  async next(): Promise<void> {
    await nextTurn();
    this.#endsAt = performance.now() + turnMs;
  }
}

/**
 * Where the members or elements of a long object or list are, found in turns.
 *
 * @param at at its opening bracket; well-formed
 * @returns  of an object four numbers each, as `readMembers`; of a list two, as `readElements`
 */
export async function findInTurns(bytes: Buffer, at: number): Promise<number[]> {
  const isObject = bytes[at] === 0x7b;
  const close = isObject ? 0x7d : 0x5d;
  const walk = new JsonWalk('skip', answerLimits);
  const found: number[] = [];
  const turn = new Turn();
  let looksAt = at + pieceBytes;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] !== close) {
    if (isObject) {
      const start = at + 1;
      at = skipKey(bytes, at);
      if (at === broken) break;
      let keyEnd = at - 1;
      while (bytes[keyEnd] !== 0x22) keyEnd -= 1;
      found.push(start, keyEnd);
    }
    found.push(at);
    walk.begin(bytes, answerLimits, at);
    while (!walk.go(Math.min(bytes.length, walk.at + pieceBytes))) {
      looksAt = walk.at + pieceBytes;
      if (turn.isOver) await turn.next();
    }
    if (walk.at >= looksAt) {
      looksAt = walk.at + pieceBytes;
      if (turn.isOver) await turn.next();
    }
    if (walk.fault !== undefined) break;
    found.push(walk.end);
    at = skipSpace(bytes, walk.end);
    if (bytes[at] === close) break;
    at = skipSpace(bytes, at + 1);
  }
  return found;
}

/** Is there nothing but whitespace behind `end`? */
export function isWholeText(bytes: Buffer, end: number): boolean {
  return skipSpace(bytes, end) === bytes.length;
}
