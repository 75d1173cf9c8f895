/**
 * transports/telling-lines — which of a program's last lines on stderr say why it ended.
 *
 * The last line is rarely the one: below the reason stand stack frames, closing brackets, the version of the runtime,
 * "see the log" and "run with --help". Pure.
 * Knows nothing of: processes; what becomes of the lines.
 */

/** With the telling line itself. */
export const shownLines = 3;

/** Nobody learns anything from these. */
const idle: readonly RegExp[] = [
  /^[\s{}[\]()<>,;|^~=*_─-═\\/+.·•-]*$/u, // brackets, rulers, carets under a line of source
  /^\s+at\s.+/, // a frame: JavaScript, Java
  /^\s+File ".*", line \d+/, // a frame: Python
  /^\s*(?:\.\.\. \d+ more|<\d+ internal lines>)/,
  /^goroutine \d+ \[/,
  /^\s+\S+\.go:\d+/,
  /^(?:Node\.js|Bun|Deno|deno) v?\d+\.\d+/,
  /^(?:file:\/\/)?\/?\S+\.[cm]?[jt]sx?:\d+(?::\d+)?$/, // the place in the source above a line of it
  /^node:internal\//,
  /^\s*throw\s/,
  /^Traceback \(most recent call last\)/,
  /^During handling of the above exception|^The above exception was the direct cause/,
  /^npm (?:error|ERR!)(?:\s*$|\s+(?:A complete log|This is|If you|Note|Run|Log|syscall|errno|path|dest|cwd|fetch|enoent This)\b)/i,
  /^npm (?:notice|warn|http|info)\b/i,
  /^(?:see|try|run|use)\b.*(?:--help|-h\b|\bhelp\b)/i,
  /^For more information,? try/i,
  /^note: run with `RUST_BACKTRACE/,
  /^exit(?:ed|ing)?(?: status| code| with)?[ :]*\d*\.?$/i,
];

/** A class of errors with its message, as languages print it in front of or below a stack trace. */
const errorClass =
  /^(?:\[?\w*\]?\s*)?(?:Uncaught\s+|Unhandled\s+|Exception in thread "[^"]*" |Caused by: |panic: |fatal error: )?(?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception|Exit|Failure)\b(?:\s*\[[^\]]*\])?(?::|$)/;
const panic = /^(?:panic: |thread '.*' panicked at|fatal error: )/;
const frame = /^\s+at\s|^\s+File ".*", line \d+|^goroutine \d+ \[/;
const npmCode = /^npm (?:error|ERR!) (?:code (\w+)|(\d{3} .+|.*\breason: .+))/;
const strong = /\b(?:error|fatal|panic(?:ked)?|denied|exception)\b/i;
const weak =
  /\b(?:missing|required|must|invalid|fail(?:ed|ure)?|cannot|can't|could not|couldn't|unable|unknown|refused|unauthori[sz]ed|forbidden|not (?:found|set|defined|allowed|installed)|no such|expected|unrecogni[sz]ed)\b/i;

/**
 * Chooses from the last lines, oldest first; blank lines part blocks.
 *
 * @returns at most `shownLines` lines in their order, and the one of them that tells most; none when there is nothing
 */
export function chooseTellingLines(lines: readonly string[]): {
  readonly telling: string | undefined;
  readonly shown: readonly string[];
} {
  const useful = lines.map((line) => line.trim() !== '' && !idle.some((pattern) => pattern.test(line)));
  const at = findTelling(lines, useful);
  if (at === undefined) return { telling: undefined, shown: [] };
  const shown = [at];
  for (let next = at + 1; next < lines.length && shown.length < shownLines; next += 1)
    if (useful[next] === true) shown.push(next);
  for (let before = at - 1; before >= 0 && shown.length < shownLines; before -= 1)
    if (useful[before] === true) shown.unshift(before);
  return { telling: lines[at]?.trim(), shown: shown.map((index) => lines[index]!.trim()) };
}

function findTelling(lines: readonly string[], useful: readonly boolean[]): number | undefined {
  return ofStackTrace(lines, useful) ?? ofNpm(lines) ?? ofBlocks(lines, useful) ?? lastUseful(useful);
}

/** The class and message of the last stack trace: above the frames, or below them in Python. */
function ofStackTrace(lines: readonly string[], useful: readonly boolean[]): number | undefined {
  const lastFrame = lines.findLastIndex((line) => frame.test(line));
  const last = lines.findLastIndex((line, index) => useful[index] === true && isErrorLine(line));
  // A message without frames is one, too; so is a later one than the last trace.
  if (last > lastFrame) return panicMessage(lines, useful, last);
  for (let index = lastFrame; index >= 0; index -= 1)
    if (useful[index] === true && isErrorLine(lines[index]!)) return panicMessage(lines, useful, index);
  return undefined;
}

function isErrorLine(line: string): boolean {
  return errorClass.test(line) || panic.test(line);
}

/** Rust says where on the first line, and what on the next. */
function panicMessage(lines: readonly string[], useful: readonly boolean[], at: number): number {
  const isPlaceOnly = /panicked at [^']*:\d+:\d+:$/.test(lines[at]!);
  return isPlaceOnly && useful[at + 1] === true ? at + 1 : at;
}

/** Of `code E404` and `404 Not Found - GET …` the second says what is not there; of `code ENOTFOUND`, the one with a reason. */
function ofNpm(lines: readonly string[]): number | undefined {
  let code: number | undefined;
  for (const [index, line] of lines.entries()) {
    const match = npmCode.exec(line);
    if (match === null) continue;
    if (match[2] !== undefined) return index;
    code ??= index;
  }
  return code;
}

/** In the last block that has one: the first line that speaks of an error, or else of something that is missing. */
function ofBlocks(lines: readonly string[], useful: readonly boolean[]): number | undefined {
  let end = lines.length;
  while (end > 0) {
    const start = lines.findLastIndex((line, index) => index < end && line.trim() === '') + 1;
    for (const words of [strong, weak]) {
      for (let index = start; index < end; index += 1)
        if (useful[index] === true && words.test(lines[index]!)) return index;
    }
    end = start - 1;
  }
  return undefined;
}

function lastUseful(useful: readonly boolean[]): number | undefined {
  const at = useful.lastIndexOf(true);
  return at < 0 ? undefined : at;
}
