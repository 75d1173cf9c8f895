/**
 * registry/bundle.test — .mcpb files: what one runs, and what is refused before anything is written.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeZip, type ZipEntry } from '../../test/support/write-zip.ts';
import { readBundle } from './bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcpmux-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const input = (id: string): string => `$${`{input:${id}}`}`;
const manifest = {
  manifest_version: '0.3',
  name: 'notes',
  version: '1.2.0',
  description: 'Keeps notes',
  author: { name: 'Somebody' },
  server: {
    type: 'node',
    entry_point: 'server/index.js',
    mcp_config: {
      command: 'node',
      args: [`$${'{__dirname}'}/server/index.js`, `--dir=$${'{user_config.notes_dir}'}`],
      env: { KEY: `$${'{user_config.api_key}'}` },
      platform_overrides: { win32: { command: 'node.exe' } },
    },
  },
  user_config: {
    notes_dir: { type: 'directory', title: 'Notes', description: 'Where', required: true },
    api_key: { type: 'string', title: 'Key', description: 'A key', sensitive: true, required: true },
  },
};

let count = 0;
function bundleOf(entries: readonly ZipEntry[]): string {
  count += 1;
  const path = join(folder, `b${count}.mcpb`);
  writeFileSync(path, writeZip(entries));
  return path;
}
const good = (more: readonly ZipEntry[] = [], change: object = {}): string =>
  bundleOf([
    { name: 'manifest.json', text: JSON.stringify({ ...manifest, ...change }) },
    { name: 'server/', text: '' },
    { name: 'server/index.js', text: 'console.log(1)' },
    ...more,
  ]);
function textFile(text: string): string {
  const path = join(folder, 'text.mcpb');
  writeFileSync(path, text);
  return path;
}
const home = join(folder, 'bundles');

describe('a bundle', () => {
  it('is planned with its own folder, and asks for what its manifest wants', async () => {
    const { parts, definition, folder: own, unpack } = await readBundle(good(), home, 'linux');
    expect(definition).toMatchObject({ title: 'notes', description: 'Keeps notes', version: '1.2.0' });
    expect(parts.launch).toMatchObject({
      command: 'node',
      args: [`${own}/server/index.js`, `--dir=${input('NOTES_DIR')}`],
      cwd: own,
    });
    expect(parts.inputs.map(({ id, type, isRequired }) => [id, type, isRequired])).toEqual([
      ['NOTES_DIR', 'directory', true],
      ['API_KEY', 'password', true],
    ]);
    expect(existsSync(own)).toBe(false);

    await unpack();
    expect(readFileSync(join(own, 'server', 'index.js'), 'utf8')).toBe('console.log(1)');
    // Twice is once.
    await unpack();
    expect(readdirSync(home)).toHaveLength(1);
  });

  it('runs what its manifest says for this system', async () => {
    const { parts } = await readBundle(good(), home, 'windows');
    expect(parts.launch).toMatchObject({ command: 'node.exe' });
  });

  const refused: [what: string, path: () => string, reason: string][] = [
    ['is no zip', () => textFile('text'), 'it is no zip file'],
    ['is not there', () => join(folder, 'nowhere.mcpb'), 'ENOENT'],
    ['has no manifest', () => bundleOf([{ name: 'a', text: '' }]), 'it has no manifest.json'],
    ['has a broken manifest', () => bundleOf([{ name: 'manifest.json', text: '{' }]), 'is no JSON'],
    [
      'says too little',
      () => bundleOf([{ name: 'manifest.json', text: '{"name":"x"}' }]),
      'lacks: version, description',
    ],
    ['climbs out of its folder', () => good([{ name: '../evil.js', text: '' }]), 'invalid relative path'],
    ['names an absolute path', () => good([{ name: '/etc/evil', text: '' }]), 'absolute path'],
    [
      'climbs out in the manner of Windows',
      () => good([{ name: 'a\\..\\..\\evil', text: '' }]),
      'invalid characters in fileName',
    ],
    ['has a link in it', () => good([{ name: 'link', text: '/etc', isLink: true }]), '"link" is a link'],
    ['has one name twice', () => good([{ name: 'Server/index.js', text: '' }]), 'is in it twice'],
    [
      'is made to fill a disk',
      () => good([{ name: 'zeros', zeroBytes: 4_000_000 }]),
      '"zeros" packs more than 200 times',
    ],
    [
      'wants secrets of the machine',
      () => good([], { server: { mcp_config: { command: 'node', args: [`$${'{env:HOME}'}`] } } }),
      'names secrets of the machine',
    ],
  ];
  it.each(refused)('that %s is refused, and nothing is written', async (_, path, reason) => {
    const before = existsSync(home) ? readdirSync(home).length : 0;
    await expect(readBundle(path(), home, 'linux')).rejects.toMatchObject({
      code: 'registry.bad_bundle',
      message: expect.stringContaining(reason),
    });
    expect(existsSync(home) ? readdirSync(home).length : 0).toBe(before);
  });
});
