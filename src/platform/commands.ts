/**
 * platform/commands — how a program is started so that its arguments arrive as they are.
 *
 * Windows hands a program one line of text. A batch file (`.cmd`, `.bat`) is read by cmd.exe, and then most of them hand their
 * arguments on in a second line that cmd.exe reads once more: whoever controls an argument could have a program of their own
 * run. The shims that npm makes are therefore passed by: node runs the script they would. Any other batch file gets its
 * arguments quoted for both readings, and those that no quoting makes safe are refused.
 * Knows nothing of: where programs are found, what is started.
 *
 * @see CVE-2024-27980, "BatBadBut"
 */
import { win32 } from 'node:path';

export interface CommandPlan {
  readonly file: string;
  readonly args: readonly string[];
  /** The arguments are one line as it is meant, not to be quoted again. */
  readonly isVerbatim: boolean;
}

export interface PlanInput {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  /** Of cmd.exe. */
  readonly shell: string;
  /** Is there such a file? */
  readonly exists: (path: string) => boolean;
  /** The Node that we run on, for shims whose own is not beside them. */
  readonly node: string;
  /** @returns undefined when it cannot be read */
  readonly read: (path: string) => string | undefined;
}

/** @returns undefined when an argument cannot be handed over safely; see `unsafeArgument` */
export function planWindowsCommand(input: PlanInput): CommandPlan | undefined {
  const { file, args } = input;
  if (!/\.(?:cmd|bat)$/i.test(file)) return { file, args, isVerbatim: false };
  const script = scriptOfShim(input);
  if (script !== undefined) {
    const beside = win32.join(win32.dirname(file), 'node.exe');
    return { file: input.exists(beside) ? beside : input.node, args: [script, ...args], isVerbatim: false };
  }
  if (args.some((arg) => unsafeArgument(arg)) || unsafeArgument(file)) return undefined;
  const line = [
    escapeForCmd(file),
    ...args.map((arg) => escapeForCmd(escapeForCmd(quoteForProgram(arg)))),
  ].join(' ');
  return { file: input.shell, args: ['/d', '/s', '/v:off', '/c', `"${line}"`], isVerbatim: true };
}

/** The script that a shim of npm would have node run; undefined when it is no such shim. */
function scriptOfShim({ file, exists, read }: PlanInput): string | undefined {
  const folder = win32.dirname(file);
  const name = win32
    .basename(file)
    .replace(/\.(?:cmd|bat)$/i, '')
    .toLowerCase();
  if (name === 'npx' || name === 'npm') {
    const own = win32.join(folder, 'node_modules', 'npm', 'bin', `${name}-cli.js`);
    if (exists(own)) return own;
  }
  // As `cmd-shim` writes them: "%_prog%" "%dp0%\node_modules\…\cli.js" %*
  const text = read(file);
  const relative =
    text === undefined ? undefined : /"%(?:~dp0|dp0%)\\([^"%]+\.[cm]?js)"\s+%\*/i.exec(text)?.[1];
  if (relative === undefined) return undefined;
  const script = win32.join(folder, relative);
  return exists(script) ? script : undefined;
}

/** No quoting keeps cmd.exe from a percent sign (it fills in variables), a line break or a NUL. */
export function unsafeArgument(arg: string): boolean {
  return /[\r\n\0%]/.test(arg);
}

/** One argument as programs read it (CommandLineToArgvW). */
export function quoteForProgram(arg: string): string {
  return `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/** For one reading by cmd.exe. Arguments are read twice: in the line that runs the batch file, and in the line in it. */
function escapeForCmd(text: string): string {
  return text.replace(/[()\][!^"`<>&|;, *?]/g, '^$&');
}
