import { describe, expect, it } from 'vitest';
import { type PlanInput, planWindowsCommand } from './commands.ts';

/** As npm's cmd-shim writes it for a package's program. */
const shim = `@ECHO off
GOTO start
:find_dp0
SET dp0=%~dp0
EXIT /b
:start
SETLOCAL
CALL :find_dp0

IF EXIST "%dp0%\\node.exe" (
  SET "_prog=%dp0%\\node.exe"
) ELSE (
  SET "_prog=node"
  SET PATHEXT=%PATHEXT:;.JS;=;%
)

endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\node_modules\\some-mcp\\dist\\cli.js" %*
`;
const npxCli = 'C:\\node\\node_modules\\npm\\bin\\npx-cli.js';
const someCli = 'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\some-mcp\\dist\\cli.js';
const there = new Set([npxCli, someCli, 'C:\\node\\node.exe']);

const plan = (file: string, args: readonly string[], changed: Partial<PlanInput> = {}) =>
  planWindowsCommand({
    file,
    args,
    shell: 'C:\\Windows\\System32\\cmd.exe',
    exists: (path) => there.has(path),
    node: 'C:\\other\\node.exe',
    read: (path) => (path.endsWith('some-mcp.cmd') ? shim : '@echo off\r\nreal.exe %*\r\n'),
    ...changed,
  });

/** What cmd.exe makes of a line: carets escape outside of quotes, and what is not escaped acts. */
function readByCmd(line: string): { readonly text: string; readonly acts: string[] } {
  let text = '';
  let isQuoted = false;
  const acts: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] as string;
    if (character === '^' && !isQuoted) {
      at += 1;
      text += line[at] ?? '';
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && '&|<>()'.includes(character)) acts.push(character);
    text += character;
  }
  return { text, acts };
}

/** An argument line as a program reads it (CommandLineToArgvW). */
function readByProgram(line: string): string[] {
  const found: string[] = [];
  let current: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < line.length; ) {
    const backslashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    const next = line[at + backslashes];
    if (next === '"') {
      current = (current ?? '') + '\\'.repeat(Math.floor(backslashes / 2));
      if (backslashes % 2 === 1) current += '"';
      else isQuoted = !isQuoted;
      at += backslashes + 1;
      continue;
    }
    current = backslashes > 0 ? (current ?? '') + '\\'.repeat(backslashes) : current;
    at += backslashes;
    if (at >= line.length) break;
    if (next === ' ' && !isQuoted) {
      if (current !== undefined) found.push(current);
      current = undefined;
    } else current = (current ?? '') + (next ?? '');
    at += 1;
  }
  if (current !== undefined) found.push(current);
  return found;
}

const nasty = [
  '{"a":"x&calc.exe&"}',
  'a b',
  '',
  'x" & calc.exe & "',
  '\\"&whoami|more',
  'C:\\folder\\',
  '^&echo',
  '(a) > b < c | d',
  'ends with \\\\',
  '!PATH!',
];

describe('a batch file on Windows', () => {
  it.each([
    [
      'npx',
      'C:\\node\\npx.cmd',
      ['-y', '{"a":"x&calc.exe&"}'],
      'C:\\node\\node.exe',
      [npxCli, '-y', '{"a":"x&calc.exe&"}'],
    ],
    [
      'a shim of npm',
      'C:\\Users\\me\\AppData\\Roaming\\npm\\some-mcp.cmd',
      ['100%', '&calc'],
      'C:\\other\\node.exe',
      [someCli, '100%', '&calc'],
    ],
  ])('R111 is passed by for %s: node runs its script', (_, file, args, node, all) => {
    expect(plan(file, args)).toEqual({ file: node, args: all, isVerbatim: false });
  });

  it.each(nasty)('R111 gets %j as it is, through both readings, and runs nothing else', (arg) => {
    const made = plan('C:\\tools\\my tool.cmd', ['first', arg, 'last']);
    expect(made).toMatchObject({ file: 'C:\\Windows\\System32\\cmd.exe', isVerbatim: true });
    const line = made!.args.at(-1)!.slice(1, -1);
    const first = readByCmd(line);
    expect(first.acts).toEqual([]);
    const command = 'C:\\tools\\my tool.cmd ';
    expect(first.text.startsWith(command)).toBe(true);
    // What the batch file hands on as %*.
    const second = readByCmd(first.text.slice(command.length));
    expect(second.acts).toEqual([]);
    expect(readByProgram(second.text)).toEqual(['first', arg, 'last']);
  });

  it.each(['%PATH%', 'line\nbreak', 'line\rbreak', 'nul\0', '100%'])(
    'R111 is refused %j, which no quoting makes safe',
    (arg) => {
      expect(plan('C:\\tools\\tool.cmd', [arg])).toBeUndefined();
    },
  );

  it('R111 leaves programs that are none alone', () => {
    expect(plan('C:\\tools\\tool.exe', nasty)).toEqual({
      file: 'C:\\tools\\tool.exe',
      args: nasty,
      isVerbatim: false,
    });
  });

  it('R111 is taken for no shim when its script is not there', () => {
    const made = plan('C:\\Users\\me\\AppData\\Roaming\\npm\\some-mcp.cmd', ['x'], { exists: () => false });
    expect(made?.isVerbatim).toBe(true);
  });
});
