/**
 * clients/bridge-bundle.test — the bundle is a sound zip, and its launcher starts the bridge.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bridgeBundle } from './bridge-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcpmux-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** By the central directory, as every unpacker does. */
function unzip(bytes: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = bytes.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(bytes.toString('latin1', at, at + 4)).toBe('PK\u0001\u0002');
    const size = bytes.readUInt32LE(at + 24);
    const nameLength = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    files.set(name, bytes.toString('utf8', start, start + size));
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
}

it('holds a manifest and a launcher that hands stdin and stdout to the bridge', () => {
  const bridge = join(folder, 'bridge.mjs');
  writeFileSync(
    bridge,
    'process.stdin.pipe(process.stdout); process.stderr.write(process.argv.slice(2).join());',
  );
  const files = unzip(bridgeBundle({ version: '1.2.3', command: process.execPath, args: [bridge, 'stdio'] }));
  const manifest = JSON.parse(files.get('manifest.json') ?? '') as Record<string, unknown>;
  expect(manifest).toMatchObject({
    manifest_version: '0.3',
    name: 'mcpmux',
    version: '1.2.3',
    server: { type: 'node' },
  });
  for (const [name, content] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const run = spawnSync(process.execPath, [join(folder, 'server/index.mjs')], {
    input: '{"jsonrpc":"2.0"}\n',
  });
  expect(run.stdout.toString()).toBe('{"jsonrpc":"2.0"}\n');
  expect(run.stderr.toString()).toBe('stdio');
  expect(run.status).toBe(0);
  expect(readFileSync(join(folder, 'server/index.mjs'), 'utf8')).not.toContain('mcpk_');
});
