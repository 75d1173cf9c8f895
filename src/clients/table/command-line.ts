/**
 * clients/table/command-line — agents in a terminal.
 */
import { dialects } from '../dialects.ts';
import { fromVariable, inHome, isWindowsPlace, join, local, roaming, xdgConfig } from '../place.ts';
import { type ClientRow, inFolder } from './client-row.ts';

export const commandLine: readonly ClientRow[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    aliases: ['claude'],
    dialect: dialects.typed,
    userFiles: (place) => [join(place, fromVariable(place, 'CLAUDE_CONFIG_DIR', place.home), '.claude.json')],
    projectFiles: inFolder('.mcp.json'),
    traces: (place) => [
      join(place, fromVariable(place, 'CLAUDE_CONFIG_DIR', place.home), '.claude.json'),
      inHome(place, '.claude'),
    ],
    program: 'claude',
    readBack: {
      args: ['mcp', 'list'],
      complaint: /configuration file .* is corrupted|is not valid JSON|Failed to parse/i,
    },
    refuses: ['comment', 'trailing-comma'],
    projectNote: 'Claude Code asks each person once whether to trust it',
  },
  {
    id: 'codex',
    name: 'Codex',
    aliases: ['chatgpt-desktop'],
    dialect: dialects.codex,
    userFiles: (place) => [
      join(place, fromVariable(place, 'CODEX_HOME', inHome(place, '.codex')), 'config.toml'),
    ],
    projectFiles: inFolder('.codex/config.toml'),
    traces: (place) => [fromVariable(place, 'CODEX_HOME', inHome(place, '.codex'))],
    program: 'codex',
    readBack: {
      args: ['mcp', 'list'],
      complaint: /error loading config|failed to load .*config|invalid transport|TOML parse error/i,
    },
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
    readBack: { args: ['mcp', 'list'], complaint: /^Error in .*settings\.json|Invalid configuration in/i },
    refuses: ['bom', 'trailing-comma'],
    projectNote: 'Gemini CLI reads it in folders that it trusts',
  },
  {
    id: 'copilot',
    name: 'Copilot CLI',
    aliases: ['copilot-cli', 'github-copilot'],
    dialect: dialects.copilot,
    userFiles: (place) => [
      join(place, fromVariable(place, 'COPILOT_HOME', inHome(place, '.copilot')), 'mcp-config.json'),
    ],
    // It reads .mcp.json too, which is Claude Code's.
    projectFiles: inFolder('.github/mcp.json'),
    projectDialect: dialects.typed,
    traces: (place) => [fromVariable(place, 'COPILOT_HOME', inHome(place, '.copilot'))],
    program: 'copilot',
    readBack: {
      args: ['mcp', 'list'],
      complaint: /^Error: (?:mcpServers|Failed to (?:load|parse|read)|Invalid)/i,
    },
    projectNote: 'Copilot CLI reads it in folders that it trusts, and only where there is no .mcp.json',
  },
  {
    id: 'opencode',
    name: 'opencode',
    dialect: dialects.opencode,
    userFiles: (place) => [
      xdgConfig(place, 'opencode', 'opencode.json'),
      xdgConfig(place, 'opencode', 'opencode.jsonc'),
      xdgConfig(place, 'opencode', 'config.json'),
    ],
    projectFiles: inFolder(
      'opencode.json',
      'opencode.jsonc',
      '.opencode/opencode.json',
      '.opencode/opencode.jsonc',
    ),
    traces: (place) => [xdgConfig(place, 'opencode')],
    program: 'opencode',
    readBack: {
      args: ['mcp', 'list'],
      complaint: /Configuration is invalid|is not valid JSON|ConfigInvalidError/i,
    },
  },
  {
    id: 'kilo',
    name: 'Kilo Code',
    aliases: ['kilo-code', 'kilocode'],
    dialect: dialects.kilo,
    userFiles: (place) => [xdgConfig(place, 'kilo', 'kilo.json'), xdgConfig(place, 'kilo', 'kilo.jsonc')],
    projectFiles: inFolder('kilo.json', 'kilo.jsonc', '.kilo/kilo.json', '.kilo/kilo.jsonc'),
    traces: (place) => [xdgConfig(place, 'kilo')],
    program: 'kilo',
  },
  {
    id: 'cline-cli',
    name: 'Cline CLI',
    dialect: dialects.cline,
    userFiles: (place) => [
      join(
        place,
        fromVariable(place, 'CLINE_DIR', inHome(place, '.cline')),
        'data',
        'settings',
        'cline_mcp_settings.json',
      ),
    ],
    traces: (place) => [fromVariable(place, 'CLINE_DIR', inHome(place, '.cline'))],
    program: 'cline',
  },
  {
    id: 'amp',
    name: 'Amp',
    dialect: dialects.amp,
    userFiles: (place) => [xdgConfig(place, 'amp', 'settings.json')],
    projectFiles: inFolder('.amp/settings.json'),
    traces: (place) => [xdgConfig(place, 'amp')],
    program: 'amp',
    refuses: ['bom'],
    projectNote: 'each person approves it once with: amp mcp approve mcpmux',
  },
  {
    id: 'crush',
    name: 'Crush',
    dialect: dialects.crush,
    userFiles: (place) => [
      isWindowsPlace(place) ? local(place, 'crush', 'crush.json') : xdgConfig(place, 'crush', 'crush.json'),
    ],
    projectFiles: inFolder('.crush.json', 'crush.json'),
    traces: (place) => [isWindowsPlace(place) ? local(place, 'crush') : xdgConfig(place, 'crush')],
    program: 'crush',
    note: 'newer versions call crush.json deprecated, and read it; crushrc is left alone',
  },
  {
    id: 'droid',
    name: 'Factory droid',
    aliases: ['factory'],
    dialect: dialects.droid,
    userFiles: (place) => [inHome(place, '.factory', 'mcp.json')],
    projectFiles: inFolder('.factory/mcp.json'),
    traces: (place) => [inHome(place, '.factory')],
    program: 'droid',
    refuses: ['bom', 'trailing-comma'],
  },
  {
    id: 'qwen',
    name: 'Qwen Code',
    aliases: ['qwen-code'],
    dialect: dialects.httpUrl,
    userFiles: (place) => [inHome(place, '.qwen', 'settings.json')],
    projectFiles: inFolder('.qwen/settings.json'),
    traces: (place) => [inHome(place, '.qwen')],
    program: 'qwen',
    refuses: ['trailing-comma'],
  },
  {
    id: 'auggie',
    name: 'Auggie',
    aliases: ['augment'],
    dialect: dialects.typed,
    userFiles: (place) => [inHome(place, '.augment', 'settings.json')],
    traces: (place) => [inHome(place, '.augment')],
    program: 'auggie',
  },
  {
    id: 'kimi',
    name: 'Kimi Code',
    aliases: ['kimi-code'],
    dialect: dialects.transportHttp,
    userFiles: (place) => [inHome(place, '.kimi-code', 'mcp.json')],
    traces: (place) => [inHome(place, '.kimi-code')],
    program: 'kimi',
  },
  {
    id: 'amazon-q',
    name: 'Amazon Q Developer CLI',
    aliases: ['q'],
    dialect: dialects.typed,
    userFiles: (place) => [inHome(place, '.aws', 'amazonq', 'mcp.json')],
    projectFiles: inFolder('.amazonq/mcp.json'),
    traces: (place) => [inHome(place, '.aws', 'amazonq')],
    note: 'Kiro takes its place',
  },
  {
    id: 'mcporter',
    name: 'mcporter',
    dialect: dialects.baseUrl,
    userFiles: (place) => [inHome(place, '.mcporter', 'mcporter.json')],
    projectFiles: inFolder('config/mcporter.json'),
    traces: (place) => [inHome(place, '.mcporter')],
    program: 'mcporter',
    refuses: ['bom'],
  },
  {
    id: 'goose',
    name: 'Goose',
    dialect: dialects.goose,
    userFiles: (place) => [
      isWindowsPlace(place)
        ? roaming(place, 'Block', 'goose', 'config', 'config.yaml')
        : xdgConfig(place, 'goose', 'config.yaml'),
    ],
    traces: (place) => [isWindowsPlace(place) ? roaming(place, 'Block', 'goose') : xdgConfig(place, 'goose')],
    program: 'goose',
    link: (endpoint) =>
      endpoint.kind === 'http'
        ? `goose://extension?url=${encodeURIComponent(endpoint.url)}&type=streamable_http&id=mcpmux&name=mcpmux&timeout=300`
        : 'goose://extension',
  },
];
