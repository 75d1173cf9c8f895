/**
 * clients/table — the clients that McpMux can connect: one row a client, with its files, its words and its programs.
 *
 * Facts: the vendors' documentation, and what the programs did in empty homes in December 2026.
 */
import { type Dialect, dialects } from './dialects.ts';
import { appConfig, fromVariable, inHome, join, type Place, roaming, xdgConfig } from './place.ts';

export interface ClientRow {
  /** What a person types: `claude-code`. */
  readonly id: string;
  readonly name: string;
  /** Other words for it. */
  readonly aliases?: readonly string[];
  readonly dialect: Dialect;
  /** The person's own file, the likeliest first: the first one that is there counts, else the first. */
  readonly userFiles: (place: Place) => readonly string[];
  /** The file of a project, from its folder, the likeliest first; undefined where there is none. */
  readonly projectFiles?: (place: Place, folder: string) => readonly string[];
  /** Files and folders that only this client makes: one of them says that it is used here. */
  readonly traces: (place: Place) => readonly string[];
  /** Its program on the command line. */
  readonly program?: string;
  /** What it does not take; files are left as they are, and the person is told. */
  readonly refuses?: readonly ('bom' | 'comment' | 'trailing-comma')[];
  /** When it reads its file. */
  readonly reads?: string;
  /** What a project's file needs besides. */
  readonly projectNote?: string;
}

const inFolder =
  (...names: readonly string[]) =>
  (place: Place, folder: string): readonly string[] =>
    names.map((name) => join(place, folder, ...name.split('/')));

export const clientTable: readonly ClientRow[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    aliases: ['claude'],
    dialect: dialects.typed,
    userFiles: (place) => [join(place, fromVariable(place, 'CLAUDE_CONFIG_DIR', place.home), '.claude.json')],
    projectFiles: inFolder('.mcp.json'),
    traces: (place) => [inHome(place, '.claude.json'), inHome(place, '.claude')],
    program: 'claude',
    refuses: ['comment', 'trailing-comma'],
    projectNote: 'Claude Code asks each person once whether to trust it',
  },
  {
    id: 'cursor',
    name: 'Cursor',
    dialect: dialects.plain,
    userFiles: (place) => [inHome(place, '.cursor', 'mcp.json')],
    projectFiles: inFolder('.cursor/mcp.json'),
    traces: (place) => [inHome(place, '.cursor'), appConfig(place, 'Cursor')],
  },
  {
    id: 'vscode',
    name: 'VS Code',
    aliases: ['code', 'vs-code'],
    dialect: dialects.typedServers,
    userFiles: (place) => [appConfig(place, 'Code', 'User', 'mcp.json')],
    projectFiles: inFolder('.vscode/mcp.json'),
    traces: (place) => [appConfig(place, 'Code')],
    reads: 'when the file is saved',
  },
  {
    id: 'codex',
    name: 'Codex',
    dialect: dialects.codex,
    userFiles: (place) => [
      join(place, fromVariable(place, 'CODEX_HOME', inHome(place, '.codex')), 'config.toml'),
    ],
    projectFiles: inFolder('.codex/config.toml'),
    traces: (place) => [fromVariable(place, 'CODEX_HOME', inHome(place, '.codex'))],
    program: 'codex',
    projectNote: 'Codex reads it in folders that it trusts',
  },
  {
    id: 'gemini',
    name: 'Gemini CLI',
    aliases: ['gemini-cli'],
    dialect: dialects.typed,
    userFiles: (place) => [inHome(place, '.gemini', 'settings.json')],
    projectFiles: inFolder('.gemini/settings.json'),
    traces: (place) => [inHome(place, '.gemini', 'settings.json')],
    program: 'gemini',
    refuses: ['bom', 'trailing-comma'],
    projectNote: 'Gemini CLI reads it in folders that it trusts',
  },
];

void roaming;
void xdgConfig;
