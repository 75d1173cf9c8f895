/**
 * architecture/docs — pages name only what exists: files, links, npm scripts, commands, error codes, variables.
 */
import { posix } from 'node:path';
import { readSource } from './source.ts';
import { awaitedCommands, floors } from './tables.ts';
import { isSource, lineAt, type Tree, type Violation } from './tree.ts';

interface Span {
  readonly text: string;
  readonly line: number;
}

/** Code between backticks and lines of fenced blocks. */
function codeSpans(text: string): Span[] {
  const spans: Span[] = [];
  let inFence = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) inFence = !inFence;
    else if (inFence || /^ {4}\S/.test(line)) spans.push({ text: line.trim(), line: index + 1 });
    else
      for (const [, code] of line.matchAll(/`([^`]+)`/g))
        spans.push({ text: code as string, line: index + 1 });
  }
  return spans;
}

function pages(tree: Tree): [string, string][] {
  return [...tree].filter(([file]) => file.endsWith('.md'));
}

/** Does the tree hold this file, or a folder of this name? */
function exists(tree: Tree, path: string): boolean {
  const bare = path.replace(/\/$/, '');
  if (bare === '' || bare === '.' || tree.has(bare)) return true;
  for (const file of tree.keys()) if (file.startsWith(`${bare}/`)) return true;
  return false;
}

const rootFolders = /^(src|test|docs|scripts|bench|dashboard|bin|\.ci)\//;

/** Paths in backticks, and pages that comments point to. */
export function checkPaths(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of pages(tree)) {
    for (const { text: code, line } of codeSpans(text)) {
      for (const word of code.split(/[\s,;()]+/)) {
        const path = word.replace(/[:.]$/, '');
        if (!rootFolders.test(path) || /[<>*…{}$]/.test(path)) continue;
        if (!exists(tree, path)) violations.push({ file, line, says: `names ${path}, which does not exist` });
      }
    }
  }
  for (const [file, text] of tree) {
    if (!/\.(ts|tsx|mjs)$/.test(file) || file.startsWith('test/architecture/')) continue;
    for (const match of text.matchAll(/\bdocs\/[\w./-]+\.(md|svg)\b/g)) {
      if (!tree.has(match[0])) {
        violations.push({
          file,
          line: lineAt(text, match.index),
          says: `names ${match[0]}, which does not exist`,
        });
      }
    }
  }
  return violations;
}

/** Relative links, and the headings they point at. */
export function checkLinks(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of pages(tree)) {
    for (const match of text.matchAll(/(?:\]\(|(?:src|href)=")([^)"\s]+)/g)) {
      const target = match[1] as string;
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#', 2);
      const resolved = path === '' ? file : posix.join(posix.dirname(file), path);
      const line = lineAt(text, match.index);
      if (!exists(tree, resolved))
        violations.push({ file, line, says: `links to ${target}, which does not exist` });
      else if (
        anchor !== undefined &&
        resolved.endsWith('.md') &&
        !anchors(tree.get(resolved) ?? '').has(anchor)
      ) {
        violations.push({ file, line, says: `links to ${target}, and ${resolved} has no such heading` });
      }
    }
  }
  return violations;
}

/** Headings as GitHub turns them into anchors. */
function anchors(page: string): Set<string> {
  const headings = [...page.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => heading as string);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

const npmsOwnCommands = new Set([
  'ci',
  'install',
  'i',
  'version',
  'pack',
  'publish',
  'link',
  'exec',
  'audit',
  'ls',
  'outdated',
  'uninstall',
]);

/** `npm run x`, `npm test`, `npm start`: x is a script of package.json. */
export function checkScripts(tree: Tree): Violation[] {
  const { scripts = {} } = JSON.parse(tree.get('package.json') ?? '{}') as {
    scripts?: Record<string, string>;
  };
  const violations: Violation[] = [];
  const places: [string, string][] = [...pages(tree), ...[...tree].filter(([file]) => file === '.ci/run')];
  for (const [file, text] of places) {
    for (const { text: code, line } of file === '.ci/run' ? [{ text, line: 1 }] : codeSpans(text)) {
      for (const [, run, name = ''] of code.matchAll(/\bnpm (run )?(?:-{1,2}[\w-]+ )*([a-z][\w:-]*)/g)) {
        if (run === undefined && npmsOwnCommands.has(name)) continue;
        if (scripts[name] === undefined)
          violations.push({ file, line, says: `names the npm script "${name}", which package.json lacks` });
      }
    }
  }
  return violations;
}

/** `mcpmux <command> --flag`: the command line knows the command and the flag. Without a command line there is nothing to hold against. */
export function checkCommands(tree: Tree): Violation[] {
  const known = commandWords(tree);
  if (known.size === 0) return [];
  const cli = [...tree]
    .filter(([file]) => isSource(file) && /^src\/(cli|config)\//.test(file))
    .map(([, text]) => text)
    .join('\n');
  const violations: Violation[] = [];
  for (const [file, text] of pages(tree)) {
    for (const { text: code, line } of codeSpans(text)) {
      for (const [, rest = ''] of code.matchAll(/(?:^|[\s:;&|(])(?:npx )?mcpmux((?: [^\s|;&)]+)+)/g)) {
        const words = rest.trim().split(' ');
        const [command = ''] = words;
        if (!/^[a-z][a-z-]*$/.test(command)) continue;
        if (!known.has(command))
          violations.push({
            file,
            line,
            says: `names the command "mcpmux ${command}", which does not exist`,
          });
        const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
        for (const flag of own
          .filter((word) => /^--[a-z]/.test(word))
          .map((word) => word.replace(/[=\]].*/, ''))) {
          if (!cli.includes(flag) && !cli.includes(flag.replace(/^--no-/, '--'))) {
            violations.push({ file, line, says: `names the flag "${flag}", which no command has` });
          }
        }
      }
    }
  }
  return violations;
}

/** Words that follow our name in a sentence or a label rather than in a command. */
const sentenceWords = new Set(['is', 'has', 'was', 'made', 'root']);

/** A message that says `…: mcpmux <command>` names a command that exists, or one that the table awaits. */
export function checkHints(
  tree: Tree,
  awaited: Readonly<Record<string, string>> = awaitedCommands,
): Violation[] {
  const known = commandWords(tree);
  if (known.size === 0) return [];
  const violations: Violation[] = [];
  const missed = new Set<string>();
  for (const [file, text] of tree) {
    if (!isSource(file)) continue;
    for (const { text: words, line } of readSource(file, text).strings) {
      for (const [, command = ''] of words.matchAll(/(?:^|: |`)mcpmux ([a-z][a-z-]*)/g)) {
        if (known.has(command) || sentenceWords.has(command)) continue;
        if (Object.hasOwn(awaited, command)) missed.add(command);
        else
          violations.push({
            file,
            line,
            says: `tells people to run "mcpmux ${command}", which does not exist`,
          });
      }
    }
  }
  for (const command of Object.keys(awaited).filter((name) => !missed.has(name))) {
    violations.push({ file: 'test/architecture/tables.ts', says: `awaits "mcpmux ${command}" for nothing` });
  }
  return violations;
}

/** The commands that src/cli registers: `.command('add <name>')`, `new Command('add')`. */
export function commandWords(tree: Tree): Set<string> {
  const words = new Set<string>();
  for (const [file, text] of tree) {
    if (!isSource(file) || !file.startsWith('src/cli/')) continue;
    for (const { callee, strings } of readSource(file, text).calls) {
      const [name] = strings;
      if (name !== undefined && /(^|\.)[cC]ommand$/.test(callee)) words.add(name.split(' ')[0] as string);
    }
  }
  return words;
}

/** `room.failure`, `room.fact`, `room.setting` in backticks: the last word stands somewhere in the source. */
export function checkDottedNames(tree: Tree): Violation[] {
  const source = [...tree]
    .filter(([file]) => isSource(file))
    .map(([, text]) => text)
    .join('\n');
  const violations: Violation[] = [];
  for (const [file, text] of pages(tree)) {
    for (const { text: code, line } of codeSpans(text)) {
      const match = /^([a-z]+)\.([a-z]\w+)$/.exec(code);
      if (
        match === null ||
        floors[match[1] as string] === undefined ||
        /^(ts|js|json|md)$/.test(match[2] as string)
      )
        continue;
      if (!new RegExp(`\\b${match[2]}\\b`).test(source)) {
        violations.push({ file, line, says: `names ${code}, which the source does not know` });
      }
    }
  }
  return violations;
}

/** Environment variables of ours. */
export function checkVariables(tree: Tree): Violation[] {
  const source = [...tree]
    .filter(([file]) => isSource(file) || /^(scripts|bench)\//.test(file))
    .map(([, text]) => text)
    .join('\n');
  if (!source.includes('MCPMUX_')) return [];
  const violations: Violation[] = [];
  for (const [file, text] of pages(tree)) {
    for (const match of text.matchAll(/\bMCPMUX_[A-Z_]*[A-Z]\b/g)) {
      if (!source.includes(match[0])) {
        violations.push({
          file,
          line: lineAt(text, match.index),
          says: `names the variable ${match[0]}, which nothing reads`,
        });
      }
    }
  }
  return violations;
}
