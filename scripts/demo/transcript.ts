/**
 * scripts/demo/transcript — what happens, written for a person to read; and whether all of it went well.
 */

/** Prints chapters and facts to stdout and remembers what went wrong. */
export class Transcript {
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  chapter(title: string): void {
    print(`\n${title}\n${'─'.repeat(title.length)}`);
  }

  /** Something that was done, as one would type it. */
  command(words: string): void {
    print(`\n$ ${words}`);
  }

  /** Text as it came, indented. */
  output(text: string): void {
    for (const line of text.trimEnd().split('\n')) print(line === '' ? '' : `  ${line}`);
  }

  /** Something that was seen and holds. */
  fact(sentence: string): void {
    print(`✓ ${sentence}`);
  }

  failure(sentence: string): void {
    this.#failures += 1;
    print(`✗ ${sentence}`);
  }

  /** Holds `condition` against what was promised. */
  check(sentence: string, condition: boolean, found?: unknown): void {
    if (condition) this.fact(sentence);
    else this.failure(`${sentence}: not so; found ${JSON.stringify(found)}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
