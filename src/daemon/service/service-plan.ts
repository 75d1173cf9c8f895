/**
 * daemon/service/service-plan — what a system's service manager is told: one file, and the commands that make it known.
 *
 * Pure: tested for every system on any of them.
 */
import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';

export interface ServiceFacts {
  /** Node, as it runs now. */
  readonly program: string;
  /** bin/mcpmux.mjs, `start` and its flags. */
  readonly args: readonly string[];
  readonly home: string;
  readonly dataDir: string;
  /** The data folder is not the usual one: the service gets a name of its own. */
  readonly isOwnFolder: boolean;
  /** The login shell's PATH among them, and the settings that this shell has as variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the person; POSIX only. */
  readonly userId: number;
  /** Where systemd looks for units of a person. */
  readonly configHome: string;
  /** Windows: full paths of its own programs. */
  readonly programs: { readonly schtasks: string; readonly conhost: string };
}

export interface ServicePlan {
  readonly manager: 'systemd' | 'launchd' | 'task-scheduler';
  /** What a person types to look at it. */
  readonly label: string;
  readonly file: string;
  readonly content: Buffer;
  readonly enable: readonly Command[];
  readonly start: readonly Command[];
  readonly disable: readonly Command[];
  /** Ends with 0 while it runs. */
  readonly isActive: Command;
  /** Says whether the manager is there at all. */
  readonly isThere: Command;
}

export type Command = readonly [program: string, ...args: string[]];

export function planService(system: NodeJS.Platform, facts: ServiceFacts): ServicePlan {
  const digest = createHash('sha256').update(facts.dataDir).digest('hex').slice(0, 6);
  const suffix = facts.isOwnFolder ? `-${digest}` : '';
  if (system === 'darwin') return planLaunchd(facts, suffix);
  return system === 'win32' ? planTask(facts, suffix) : planSystemd(facts, suffix);
}

function planSystemd(facts: ServiceFacts, suffix: string): ServicePlan {
  const label = `mcpmux${suffix}.service`;
  const command = [facts.program, ...facts.args].map((word) => systemdWord(word).replaceAll('$', '$$$$'));
  const content = [
    '[Unit]',
    'Description=McpMux, the gateway for MCP servers',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=10',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.join(' ')}`,
    `WorkingDirectory=${facts.home.replaceAll('%', '%%')}`,
    ...Object.entries(facts.env).map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`),
    'Restart=on-failure',
    'RestartSec=2',
    '# A mistake in the settings, or another daemon of this data folder, does not go away by trying again.',
    'RestartPreventExitStatus=2 7',
    '# The daemon ends its servers itself; what is left after that is killed.',
    'KillMode=mixed',
    'TimeoutStopSec=60',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
  const systemctl = (...args: string[]): Command => ['systemctl', '--user', ...args];
  return {
    manager: 'systemd',
    label,
    file: posix.join(facts.configHome, 'systemd', 'user', label),
    content: Buffer.from(content),
    enable: [systemctl('daemon-reload'), systemctl('enable', label)],
    start: [systemctl('restart', label)],
    disable: [systemctl('disable', '--now', label)],
    isActive: systemctl('is-active', '--quiet', label),
    isThere: systemctl('show-environment'),
  };
}

/** A word as systemd reads it: in double quotes, with `%` not expanded. */
function systemdWord(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('\n', '\\n')}"`;
}

function planLaunchd(facts: ServiceFacts, suffix: string): ServicePlan {
  const label = `com.mcpmux.daemon${suffix}`;
  const file = posix.join(facts.home, 'Library', 'LaunchAgents', `${label}.plist`);
  const text = (value: string): string => `<string>${xml(value)}</string>`;
  const content = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key>${text(label)}`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...[facts.program, ...facts.args].map((word) => `    ${text(word)}`),
    '  </array>',
    '  <key>EnvironmentVariables</key>',
    '  <dict>',
    ...Object.entries(facts.env).map(([name, value]) => `    <key>${xml(name)}</key>${text(value)}`),
    '  </dict>',
    `  <key>WorkingDirectory</key>${text(facts.home)}`,
    '  <key>RunAtLoad</key><true/>',
    '  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>',
    '  <key>ThrottleInterval</key><integer>5</integer>',
    '  <key>ExitTimeOut</key><integer>60</integer>',
    // The daemon keeps and rotates its own log.
    '  <key>StandardOutPath</key><string>/dev/null</string>',
    '  <key>StandardErrorPath</key><string>/dev/null</string>',
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
  const domain = `gui/${facts.userId}`;
  return {
    manager: 'launchd',
    label,
    file,
    content: Buffer.from(content),
    enable: [
      ['launchctl', 'enable', `${domain}/${label}`],
      ['launchctl', 'bootstrap', domain, file],
    ],
    start: [['launchctl', 'kickstart', `${domain}/${label}`]],
    disable: [['launchctl', 'bootout', `${domain}/${label}`]],
    isActive: ['launchctl', 'print', `${domain}/${label}`],
    isThere: ['launchctl', 'print', domain],
  };
}

function planTask(facts: ServiceFacts, suffix: string): ServicePlan {
  const label = `McpMux${suffix}`;
  const file = win32.join(facts.dataDir, 'service-task.xml');
  const { schtasks, conhost } = facts.programs;
  // A task has no variables of its own: cmd sets them. PATH is the person's at every logon.
  const settings = Object.entries(facts.env).filter(([name]) => name.toUpperCase() !== 'PATH');
  const words = [facts.program, ...facts.args].map(windowsWord).join(' ');
  const line =
    settings.length === 0
      ? words
      : `cmd /d /s /c "${settings.map(([name, value]) => `set "${name}=${value}"&& `).join('')}${words}"`;
  const content = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo><Description>McpMux, the gateway for MCP servers</Description></RegistrationInfo>',
    '  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>',
    '  <Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <RestartOnFailure><Interval>PT1M</Interval><Count>10</Count></RestartOnFailure>',
    '    <Hidden>true</Hidden>',
    '  </Settings>',
    '  <Actions Context="Author">',
    '    <Exec>',
    // Without a window on the desktop.
    `      <Command>${xml(conhost)}</Command>`,
    `      <Arguments>--headless ${xml(line)}</Arguments>`,
    `      <WorkingDirectory>${xml(facts.home)}</WorkingDirectory>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ].join('\r\n');
  return {
    manager: 'task-scheduler',
    label,
    file,
    content: Buffer.from(`\ufeff${content}`, 'utf16le'),
    enable: [[schtasks, '/Create', '/TN', label, '/XML', file, '/F']],
    start: [[schtasks, '/Run', '/TN', label]],
    disable: [[schtasks, '/Delete', '/TN', label, '/F']],
    isActive: [schtasks, '/Query', '/TN', label],
    isThere: [schtasks, '/Query', '/TN', '\\'],
  };
}

function windowsWord(word: string): string {
  return /^[\w:\\./-]+$/.test(word)
    ? word
    : `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
