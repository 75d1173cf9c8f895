/**
 * config/settings-doc — writes docs/configuration.md from the table, so that the page cannot be wrong.
 */
import { type Setting, type SettingName, settingNames, settingsTable } from './settings.ts';

/** The whole page. */
export function renderSettingsDoc(): string {
  return `${[introduction, '## Settings', ...settingNames.map(renderSetting), folders, keys].join('\n\n')}\n`;
}

const introduction = `# Configuration

<!-- Generated from src/config/settings.ts by \`npm run docs\`. Change the table, not this page. -->

The daemon reads these settings once, when it starts. You change everything else (servers, keys, what clients see)
while it runs, with the command line.

For each setting, the first of these that gives a value wins:

1. the command line: \`mcpmux start --port 5000\`
2. the environment: \`MCPMUX_PORT=5000 mcpmux start\`
3. the settings file \`config.json\` in the config folder: \`{ "port": 5000 }\`
4. its default

\`mcpmux config show\` prints every value and where it comes from. The settings file is JSON; comments and trailing commas
are allowed. If a name does not exist, a value is out of range or a type is wrong, the daemon does not start, and the message
says where the mistake is. Relative paths start at the working folder; in the file, at the file's folder.`;

function renderSetting(name: SettingName): string {
  const setting = settingsTable[name];
  const lines = [
    `### ${name}`,
    '',
    setting.says,
    '',
    '| | |',
    '|---|---|',
    ...(setting.flag === undefined ? [] : [`| flag | \`--${setting.flag}\` |`]),
    `| variable | \`${setting.env}\` |`,
    `| in the file | ${setting.isInFile === false ? 'no: the place of the file depends on it' : `\`"${name}"\``} |`,
    `| default | ${renderDefault(setting)} |`,
  ];
  const range = renderRange(setting);
  if (range !== undefined) lines.push(`| allowed | ${range} |`);
  return lines.join('\n');
}

function renderDefault(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return setting.unit === 'port' ? `\`${setting.default}\`` : renderNumber(setting.default, setting.unit);
    case 'boolean':
    case 'choice':
      return `\`${setting.default}\``;
    case 'path':
      return setting.default === 'socket'
        ? 'see [Folders](#folders), admin socket'
        : 'see [Folders](#folders)';
    case 'text':
    case 'url':
    case 'hosts':
      return 'none';
  }
}

function renderRange(setting: Setting): string | undefined {
  switch (setting.kind) {
    case 'number':
      return `${renderNumber(setting.min, setting.unit)} to ${renderNumber(setting.max, setting.unit)}`;
    case 'choice':
      return setting.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'url':
      return setting.names === 'base'
        ? '`https://HOST`, with a port or a path where it needs one'
        : 'an `https://` URL with a path';
    case 'hosts':
      return 'host names, addresses and ranges: a list in the file, separated by commas elsewhere';
    case 'boolean':
    case 'path':
    case 'text':
      return undefined;
  }
}

function renderNumber(value: number, unit: 'ms' | 'bytes' | 'count' | 'port'): string {
  const spoken = unit === 'ms' ? spokenTime(value) : unit === 'bytes' ? spokenSize(value) : undefined;
  return spoken === undefined ? `\`${value}\`` : `\`${value}\` (${spoken})`;
}

function spokenTime(valueMs: number): string | undefined {
  for (const [unit, sizeMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const) {
    if (valueMs >= sizeMs && valueMs % sizeMs === 0) return `${valueMs / sizeMs} ${unit}`;
  }
  return undefined;
}

function spokenSize(bytes: number): string | undefined {
  if (bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)} MiB`;
  if (bytes % 1024 === 0) return `${bytes / 1024} KiB`;
  return undefined;
}

const folders = `## Folders

| | Linux | macOS | Windows |
|---|---|---|---|
| data | \`$XDG_DATA_HOME/mcpmux\` (\`~/.local/share/mcpmux\`) | \`~/Library/Application Support/mcpmux\` | \`%LOCALAPPDATA%\\mcpmux\\data\` |
| config | \`$XDG_CONFIG_HOME/mcpmux\` (\`~/.config/mcpmux\`) | \`~/Library/Application Support/mcpmux/config\` | \`%APPDATA%\\mcpmux\` |
| logs | \`$XDG_STATE_HOME/mcpmux/logs\` (\`~/.local/state/mcpmux/logs\`) | \`~/Library/Logs/mcpmux\` | \`%LOCALAPPDATA%\\mcpmux\\logs\` |

If you set a data folder (\`--data-dir\`, \`MCPMUX_DATA_DIR\`), config and logs default to \`config\` and \`logs\` inside it.

The admin socket is \`$XDG_RUNTIME_DIR/mcpmux-<hash of the data folder>/admin.sock\`. Without that variable it is
\`run/admin.sock\` in the data folder. If that path is too long for a socket, a short one in the temporary folder is
used. On Windows it is a named pipe with another name at each start, which \`run\\daemon.json\` in the data folder tells.
Only its owner can read that folder: whoever can open the socket can administer the daemon.`;

const keys = `## Keys of clients

A key looks like \`mcpk_\` followed by 49 letters and digits, the last 6 of which are a checksum (CRC-32 of everything
before, in base 62 with the digits 0-9, A-Z, a-z). For secret scanners:

    \\bmcpk_[0-9A-Za-z]{49}\\b

A key lets a client connect; it never lets it administer. Only its SHA-256 hash is stored. The key is shown once, when it is
created. The key of this machine is the exception: it is in the file \`client-key\` in the data folder, which only its owner
can read, so that \`mcpmux stdio\` can use it.`;
