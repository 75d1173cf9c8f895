import { describe, expect, it } from 'vitest';
import { checkProcessUse, checkReveals, checkServers } from './process.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('secrets', () => {
  it('are revealed only where they leave for their destination', () => {
    expect(report(checkReveals(repository))).toEqual([]);
  });

  it.each([
    ['a call', 'log.info({ token: token.reveal() });'],
    ['a method handed on', 'return secrets.map(read(secret.reveal));'],
    ['an optional call', 'return token?.reveal();'],
  ])('refuses %s in a file that is not on the list', (_, text) => {
    expect(report(checkReveals(plant({ 'src/gateway/a.ts': text }), {}))).toHaveLength(1);
  });

  it('accepts a file on the list, and refuses a row that is no longer needed', () => {
    const allowed = { 'src/upstream/headers.ts': 'sends it' };
    expect(report(checkReveals(plant({ 'src/upstream/headers.ts': 'x.reveal();' }), allowed))).toEqual([]);
    expect(report(checkReveals(plant({ 'src/upstream/headers.ts': '' }), allowed))).toHaveLength(1);
    expect(report(checkReveals(plant({}), allowed))).toHaveLength(1);
  });

  it('does not mind a comment that speaks of it', () => {
    expect(report(checkReveals(plant({ 'src/gateway/a.ts': '// never secret.reveal() here' }), {}))).toEqual(
      [],
    );
  });
});

describe('the process', () => {
  it('is touched only where it may be', () => {
    expect(report(checkProcessUse(repository))).toEqual([]);
  });

  it.each([
    ['src/gateway/a.ts', "const port = process.env['MCPMUX_PORT'];", 'uses process.env'],
    ['src/store/a.ts', 'process.exit(1);', 'uses process.exit'],
    ['src/upstream/a.ts', "console.error('failed');", 'uses console'],
    ['src/downstream/a.ts', "process.stdout.write('x');", 'uses process.stdout'],
  ])('refuses in %s: %s', (file, text, says) => {
    expect(report(checkProcessUse(plant({ [file]: text }))).join()).toContain(says);
  });

  it('allows the command line to print and to exit', () => {
    expect(report(checkProcessUse(plant({ 'src/cli/a.ts': 'console.log(1); process.exit(1);' })))).toEqual(
      [],
    );
  });
});

describe('servers', () => {
  it('R66 are made in one place', () => {
    expect(report(checkServers(repository))).toEqual([]);
  });

  it.each(['createServer(handle);', 'const s = http.createServer();'])('refuses %s elsewhere', (text) => {
    expect(report(checkServers(plant({ 'src/admin/a.ts': text })))).toHaveLength(1);
  });
});
