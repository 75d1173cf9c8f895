/**
 * daemon/service/service.test — what each service manager is told, and what happens when it refuses.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunCommand, Service } from './service.ts';
import { planService, type ServiceFacts } from './service-plan.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mcpmux-service-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const facts = (more: Partial<ServiceFacts> = {}): ServiceFacts => ({
  program: '/opt/node "20"/bin/node',
  args: ['/opt/100%/mcpmux.mjs', 'start', '$HOME'],
  home: '/home/ada',
  dataDir: '/home/ada/data',
  isOwnFolder: false,
  env: { PATH: '/usr/bin:/home/ada/.nvm/bin', MCPMUX_PORT: '5000' },
  userId: 501,
  configHome: '/home/ada/.config',
  programs: {
    schtasks: 'C:\\Windows\\System32\\schtasks.exe',
    conhost: 'C:\\Windows\\System32\\conhost.exe',
  },
  ...more,
});

const byText = (one: string, other: string): number => one.localeCompare(other);

describe('the plan', () => {
  it('for systemd quotes what systemd would expand, restarts on failure and ends cleanly', () => {
    const { file, content, label } = planService('linux', facts());
    expect(file).toBe('/home/ada/.config/systemd/user/mcpmux.service');
    expect(label).toBe('mcpmux.service');
    const text = content.toString();
    expect(text).toContain(
      'ExecStart="/opt/node \\"20\\"/bin/node" "/opt/100%%/mcpmux.mjs" "start" "$$HOME"\n',
    );
    expect(text).toContain(
      'Environment="PATH=/usr/bin:/home/ada/.nvm/bin"\nEnvironment="MCPMUX_PORT=5000"\n',
    );
    expect(text).toContain('Restart=on-failure\n');
    expect(text).toContain('KillMode=mixed\n');
    expect(text).toContain('WantedBy=default.target\n');
  });

  it('for launchd is a sound property list that keeps it alive after a crash only', () => {
    const { file, content, enable } = planService('darwin', facts({ home: '/Users/a&b' }));
    expect(file).toBe('/Users/a&b/Library/LaunchAgents/com.mcpmux.daemon.plist');
    const text = content.toString();
    expect(text).toContain('<string>/opt/node &quot;20&quot;/bin/node</string>');
    expect(text).toContain('<key>WorkingDirectory</key><string>/Users/a&amp;b</string>');
    expect(text).toContain('<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>');
    expect(enable.at(-1)).toEqual(['launchctl', 'bootstrap', 'gui/501', file]);
    const open = [...text.matchAll(/<(\w+)[ >]/g)].map(([, name]) => name);
    const closed = [...text.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    const inOrder = (names: (string | undefined)[]): string =>
      names.join(' ').split(' ').toSorted(byText).join(' ');
    expect(inOrder(open.filter((name) => name !== 'true' && name !== 'false'))).toBe(inOrder(closed));
  });

  it('for Windows is a task in UTF-16 that starts at logon, without a window', () => {
    const { content, file, label } = planService(
      'win32',
      facts({
        program: 'C:\\Program Files\\nodejs\\node.exe',
        args: ['C:\\mcpmux.mjs', 'start'],
        dataDir: 'C:\\data',
        home: 'C:\\Users\\ada',
      }),
    );
    expect([label, file]).toEqual(['McpMux', 'C:\\data\\service-task.xml']);
    const text = content.toString('utf16le');
    expect(text.startsWith('\ufeff<?xml version="1.0" encoding="UTF-16"?>')).toBe(true);
    expect(text).toContain('<Command>C:\\Windows\\System32\\conhost.exe</Command>');
    expect(text).toContain(
      '--headless cmd /d /s /c &quot;set &quot;MCPMUX_PORT=5000&quot;&amp;&amp; &quot;C:\\Program Files\\nodejs\\node.exe&quot; C:\\mcpmux.mjs start&quot;',
    );
    expect(text).toContain('<LogonTrigger>');
    expect(text).toContain('<RestartOnFailure>');
  });

  it('has a name of its own for a data folder of its own', () => {
    const one = planService('linux', facts({ isOwnFolder: true, dataDir: '/a' }));
    const other = planService('linux', facts({ isOwnFolder: true, dataDir: '/b' }));
    expect(one.label).toMatch(/^mcpmux-[0-9a-f]{6}\.service$/);
    expect(one.label).not.toBe(other.label);
  });
});

describe('a service', () => {
  const open = (answers: (line: string) => { code: number; text: string } | undefined) => {
    const asked: string[] = [];
    const run: RunCommand = async (command) => {
      asked.push(command.join(' '));
      return answers(command.join(' ')) ?? { code: 0, text: '' };
    };
    const plan = planService('linux', facts({ home, configHome: join(home, '.config') }));
    return { service: new Service(plan, run), asked, file: plan.file };
  };

  it('is written, made known and started, in this order', async () => {
    const { service, asked, file } = open(() => undefined);
    await service.install();
    expect(readFileSync(file).equals(service.plan.content)).toBe(true);
    expect(asked).toEqual([
      'systemctl --user show-environment',
      'systemctl --user daemon-reload',
      'systemctl --user enable mcpmux.service',
      'systemctl --user restart mcpmux.service',
    ]);
    expect(await service.examine()).toEqual({ isInstalled: true, isActive: true, isCurrent: true });
    expect(await service.uninstall()).toBe(true);
    expect(existsSync(file)).toBe(false);
    expect(await service.uninstall()).toBe(false);
  });

  it('leaves nothing behind where there is no service manager', async () => {
    const { service, file } = open(() => ({ code: 1, text: 'Failed to connect to bus: No medium found' }));
    await expect(service.install()).rejects.toMatchObject({
      message: 'there is no systemd for this person here: Failed to connect to bus: No medium found',
      hint: 'start it from whatever starts programs here: mcpmux start',
    });
    expect(existsSync(file)).toBe(false);
  });

  it('leaves nothing behind when the manager refuses it', async () => {
    const { service, file, asked } = open((line) =>
      line.includes('enable ') ? { code: 1, text: 'Unit is masked\n' } : undefined,
    );
    await expect(service.install()).rejects.toThrow(
      '"systemctl --user enable mcpmux.service" ended with 1: Unit is masked',
    );
    expect(existsSync(file)).toBe(false);
    expect(asked.at(-1)).toBe('systemctl --user disable --now mcpmux.service');
  });
});
