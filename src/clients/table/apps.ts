/**
 * clients/table/apps — chat apps, terminals and launchers.
 */
import { dialects } from '../dialects.ts';
import { appConfig, inHome } from '../place.ts';
import { type ClientRow, inFolder } from './client-row.ts';

export const apps: readonly ClientRow[] = [
  {
    id: 'claude-desktop',
    name: 'Claude Desktop',
    dialect: dialects.commandOnly,
    userFiles: (place) => [appConfig(place, 'Claude', 'claude_desktop_config.json')],
    traces: (place) => [appConfig(place, 'Claude')],
    refuses: ['bom'],
    note: 'it takes commands only, so the entry starts the bridge; a bundle to double-click: mcpmux bridge-bundle',
  },
  {
    id: 'warp',
    name: 'Warp',
    dialect: dialects.plain,
    userFiles: (place) => [inHome(place, '.warp', '.mcp.json')],
    projectFiles: inFolder('.warp/.mcp.json'),
    traces: (place) => [inHome(place, '.warp')],
    projectNote: 'Warp asks in every session whether to start it',
  },
  {
    id: 'lm-studio',
    name: 'LM Studio',
    aliases: ['lmstudio'],
    dialect: dialects.plain,
    userFiles: (place) => [
      inHome(place, '.lmstudio', 'mcp.json'),
      inHome(place, '.cache', 'lm-studio', 'mcp.json'),
    ],
    traces: (place) => [inHome(place, '.lmstudio'), inHome(place, '.cache', 'lm-studio')],
    link: (_, entry) =>
      `lmstudio://add_mcp?name=mcpmux&config=${encodeURIComponent(Buffer.from(entry, 'utf8').toString('base64'))}`,
  },
  {
    id: 'cherry-studio',
    name: 'Cherry Studio',
    dialect: dialects.typed,
    userFiles: () => [],
    traces: (place) => [appConfig(place, 'CherryStudio')],
    pasteInto: 'Settings → MCP Servers → Import from JSON',
    link: (_, entry) => {
      const map = JSON.stringify({ mcpServers: { mcpmux: JSON.parse(entry) as unknown } });
      return `cherrystudio://mcp/install?servers=${encodeURIComponent(Buffer.from(map, 'utf8').toString('base64'))}`;
    },
  },
  {
    id: 'raycast',
    name: 'Raycast',
    dialect: dialects.commandOnly,
    userFiles: () => [],
    traces: (place) => (place.system === 'darwin' ? [appConfig(place, 'com.raycast.macos')] : []),
    pasteInto: 'the command "Install MCP Server"',
    link: (_, entry) =>
      `raycast://mcp/install?${encodeURIComponent(
        JSON.stringify({ name: 'mcpmux', type: 'stdio', ...(JSON.parse(entry) as object) }),
      )}`,
  },
  {
    id: 'generic',
    name: 'another client',
    aliases: ['other'],
    dialect: dialects.typed,
    userFiles: () => [],
    traces: () => [],
    pasteInto:
      "that client's own file of MCP servers; look in its documentation for the root key, the URL's key and whether it wants a type",
  },
];
