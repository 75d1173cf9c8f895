/**
 * clients/table/editors — editors, and extensions in them.
 */
import { dialects } from '../dialects.ts';
import { appConfig, inHome, isWindowsPlace, join, local, type Place, roaming, xdgConfig } from '../place.ts';
import { type ClientRow, inFolder } from './client-row.ts';

const base64 = (text: string): string => encodeURIComponent(Buffer.from(text, 'utf8').toString('base64'));

/** Editors that are VS Code, and keep the files of its extensions. */
const editorFolders = ['Code', 'Code - Insiders', 'VSCodium', 'Cursor', 'Windsurf', 'Kiro'];

const extensionFiles =
  (...path: readonly string[]) =>
  (place: Place): readonly string[] =>
    editorFolders.map((folder) => appConfig(place, folder, 'User', 'globalStorage', ...path));

const named = (entry: string, more: Record<string, string> = {}): string =>
  encodeURIComponent(JSON.stringify({ name: 'mcpmux', ...more, ...(JSON.parse(entry) as object) }));

export const editors: readonly ClientRow[] = [
  {
    id: 'cursor',
    name: 'Cursor',
    dialect: dialects.plain,
    userFiles: (place) => [inHome(place, '.cursor', 'mcp.json')],
    projectFiles: inFolder('.cursor/mcp.json'),
    traces: (place) => [inHome(place, '.cursor'), appConfig(place, 'Cursor')],
    link: (_, entry) => `cursor://anysphere.cursor-deeplink/mcp/install?name=mcpmux&config=${base64(entry)}`,
  },
  {
    id: 'vscode',
    name: 'VS Code',
    aliases: ['code', 'vs-code', 'copilot-vscode'],
    dialect: dialects.typedServers,
    userFiles: (place) => [appConfig(place, 'Code', 'User', 'mcp.json')],
    projectFiles: inFolder('.vscode/mcp.json'),
    traces: (place) => [appConfig(place, 'Code')],
    reads: 'when the file is saved',
    link: (_, entry) => `vscode:mcp/install?${named(entry)}`,
  },
  {
    id: 'vscode-insiders',
    name: 'VS Code Insiders',
    aliases: ['code-insiders'],
    dialect: dialects.typedServers,
    userFiles: (place) => [appConfig(place, 'Code - Insiders', 'User', 'mcp.json')],
    traces: (place) => [appConfig(place, 'Code - Insiders')],
    reads: 'when the file is saved',
    link: (_, entry) => `vscode-insiders:mcp/install?${named(entry)}`,
  },
  {
    id: 'vscodium',
    name: 'VSCodium',
    dialect: dialects.typedServers,
    userFiles: (place) => [appConfig(place, 'VSCodium', 'User', 'mcp.json')],
    traces: (place) => [appConfig(place, 'VSCodium')],
    reads: 'when the file is saved',
  },
  {
    id: 'visual-studio',
    name: 'Visual Studio',
    dialect: dialects.typedServers,
    userFiles: (place) => (isWindowsPlace(place) ? [inHome(place, '.mcp.json')] : []),
    projectFiles: (place, folder) => [join(place, folder, '.vs', 'mcp.json')],
    traces: (place) => (isWindowsPlace(place) ? [local(place, 'Microsoft', 'VisualStudio')] : []),
    link: (_, entry) => `vsweb+mcp:/install?${named(entry)}`,
  },
  {
    id: 'windsurf',
    name: 'Windsurf',
    aliases: ['cascade'],
    dialect: dialects.serverUrl,
    userFiles: (place) => [inHome(place, '.codeium', 'windsurf', 'mcp_config.json')],
    traces: (place) => [inHome(place, '.codeium', 'windsurf')],
    refuses: ['bom'],
  },
  {
    id: 'devin',
    name: 'Devin Desktop',
    aliases: ['devin-cli'],
    dialect: dialects.transportHttp,
    userFiles: (place) => [
      isWindowsPlace(place)
        ? roaming(place, 'devin', 'mcp_config.json')
        : xdgConfig(place, 'devin', 'mcp_config.json'),
    ],
    projectFiles: inFolder('.devin/mcp_config.json'),
    traces: (place) => [
      isWindowsPlace(place) ? roaming(place, 'devin') : xdgConfig(place, 'devin'),
      inHome(place, '.devin'),
    ],
    program: 'devin',
  },
  {
    id: 'antigravity',
    name: 'Google Antigravity',
    dialect: dialects.serverUrl,
    userFiles: (place) => [
      inHome(place, '.gemini', 'config', 'mcp_config.json'),
      inHome(place, '.gemini', 'antigravity', 'mcp_config.json'),
    ],
    projectFiles: inFolder('.agents/mcp_config.json'),
    traces: (place) => [
      inHome(place, '.gemini', 'config', 'mcp_config.json'),
      inHome(place, '.gemini', 'antigravity'),
      inHome(place, '.antigravity'),
      appConfig(place, 'Antigravity'),
    ],
    refuses: ['bom'],
  },
  {
    id: 'zed',
    name: 'Zed',
    dialect: dialects.zed,
    userFiles: zedFiles,
    projectFiles: inFolder('.zed/settings.json'),
    traces: (place) => zedFiles(place).map((file) => join(place, file, '..')),
    program: 'zed',
    reads: 'when the file is saved',
  },
  {
    id: 'kiro',
    name: 'Kiro',
    aliases: ['kiro-cli'],
    dialect: dialects.plain,
    userFiles: (place) => [inHome(place, '.kiro', 'settings', 'mcp.json')],
    projectFiles: inFolder('.kiro/settings/mcp.json'),
    traces: (place) => [inHome(place, '.kiro'), appConfig(place, 'Kiro')],
    program: 'kiro-cli',
    reads: 'when the file is saved',
    link: (_, entry) => `https://kiro.dev/launch/mcp/add?name=mcpmux&config=${encodeURIComponent(entry)}`,
  },
  {
    id: 'trae',
    name: 'Trae',
    aliases: ['traecode'],
    dialect: dialects.plain,
    userFiles: (place) => [appConfig(place, 'Trae', 'User', 'mcp.json')],
    projectFiles: inFolder('.trae/mcp.json'),
    traces: (place) => [appConfig(place, 'Trae'), inHome(place, '.trae')],
    projectNote: 'Trae reads it once "Enable Project MCP" is switched on',
    link: (endpoint, entry) =>
      `trae://trae.ai-ide/mcp-import?type=${endpoint.kind === 'http' ? 'http' : 'stdio'}&name=mcpmux&config=${base64(entry)}`,
  },
  {
    id: 'cline',
    name: 'Cline',
    dialect: dialects.cline,
    userFiles: extensionFiles('saoudrizwan.claude-dev', 'settings', 'cline_mcp_settings.json'),
    traces: extensionFiles('saoudrizwan.claude-dev'),
    reads: 'when the file is saved',
  },
  {
    id: 'roo',
    name: 'Roo Code',
    aliases: ['roo-code'],
    dialect: dialects.roo,
    userFiles: extensionFiles('rooveterinaryinc.roo-cline', 'settings', 'mcp_settings.json'),
    projectFiles: inFolder('.roo/mcp.json'),
    traces: extensionFiles('rooveterinaryinc.roo-cline'),
  },
  {
    id: 'continue',
    name: 'Continue',
    dialect: dialects.continueDev,
    userFiles: (place) => [inHome(place, '.continue', 'config.yaml')],
    newFile: 'name: Local Config\nversion: 1.0.0\nschema: v1\n',
    projectFiles: inFolder('.continue/mcpServers/mcpmux.json'),
    projectDialect: dialects.typed,
    traces: (place) => [inHome(place, '.continue')],
  },
  {
    id: 'junie',
    name: 'JetBrains Junie',
    dialect: dialects.plain,
    userFiles: (place) => [inHome(place, '.junie', 'mcp', 'mcp.json')],
    projectFiles: inFolder('.junie/mcp/mcp.json'),
    traces: (place) => [inHome(place, '.junie')],
    program: 'junie',
  },
  {
    id: 'copilot-jetbrains',
    name: 'Copilot in JetBrains IDEs',
    dialect: dialects.requestInit,
    userFiles: (place) => [
      isWindowsPlace(place)
        ? local(place, 'github-copilot', 'intellij', 'mcp.json')
        : xdgConfig(place, 'github-copilot', 'intellij', 'mcp.json'),
    ],
    traces: (place) => [
      isWindowsPlace(place)
        ? local(place, 'github-copilot', 'intellij')
        : xdgConfig(place, 'github-copilot', 'intellij'),
    ],
  },
  {
    id: 'jetbrains',
    name: 'JetBrains AI Assistant',
    aliases: ['intellij', 'ai-assistant'],
    dialect: dialects.plain,
    userFiles: () => [],
    traces: (place) => [appConfig(place, 'JetBrains')],
    pasteInto: 'Settings → Tools → AI Assistant → MCP → Add → As JSON',
  },
];

function zedFiles(place: Place): readonly string[] {
  if (isWindowsPlace(place)) return [roaming(place, 'Zed', 'settings.json')];
  return [
    xdgConfig(place, 'zed', 'settings.json'),
    inHome(place, '.var', 'app', 'dev.zed.Zed', 'config', 'zed', 'settings.json'),
    ...(place.system === 'darwin' ? [appConfig(place, 'Zed', 'settings.json')] : []),
  ];
}
