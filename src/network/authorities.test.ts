import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Authorities } from './authorities.ts';

const pem = readFileSync(new URL('../../test/fixtures/tls/cert.pem', import.meta.url), 'utf8').trim();
const other = readFileSync(
  new URL('../../test/fixtures/oauth/tls/certificate.pem', import.meta.url),
  'utf8',
).trim();

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcpmux-ca-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('certificate authorities', () => {
  it('R33 are those of Node.js while nothing else is named', () => {
    const folder = folderWith({ 'ca.pem': pem });
    for (const environment of [{}, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }, { SSL_CERT_FILE: '' }]) {
      const authorities = new Authorities(environment);
      expect([authorities.trusted, authorities.context, authorities.problems]).toEqual([
        undefined,
        undefined,
        [],
      ]);
    }
  });

  it('R33 of SSL_CERT_FILE, SSL_CERT_DIR and NODE_EXTRA_CA_CERTS are trusted beside the usual ones', () => {
    const folder = folderWith({
      'ca.pem': `a comment\n${pem}\n${other}\n`,
      'other.pem': other,
      'read.me': 'no certificate',
    });
    const authorities = new Authorities({
      NODE_EXTRA_CA_CERTS: join(folder, 'other.pem'),
      SSL_CERT_FILE: join(folder, 'ca.pem'),
      SSL_CERT_DIR: folder,
    });
    expect(authorities.sources.map(({ variable, certificates }) => [variable, certificates])).toEqual([
      ['NODE_EXTRA_CA_CERTS', 1],
      ['SSL_CERT_FILE', 2],
      ['SSL_CERT_DIR', 2],
    ]);
    expect(authorities.trusted).toEqual([...new Set([...rootCertificates, other, pem])]);
    expect(authorities.context).toBe(authorities.context);
  });

  it.each([
    ['SSL_CERT_FILE', '/nowhere/ca.pem', /SSL_CERT_FILE: \/nowhere\/ca.pem cannot be read/],
    ['SSL_CERT_DIR', '/nowhere', /SSL_CERT_DIR: \/nowhere cannot be read/],
    ['NODE_EXTRA_CA_CERTS', '/nowhere', /cannot be read/],
    ['SSL_CERT_FILE', '/dev/null', /no certificate/],
  ])('R33 that cannot be read are told, and cost nothing else: %s=%s', (variable, path, expected) => {
    const authorities = new Authorities({ [variable]: path });
    expect(authorities.problems).toEqual([expect.stringMatching(expected)]);
    expect(authorities.trusted).toBeUndefined();
  });
});
