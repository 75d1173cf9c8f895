/**
 * field/guides.test — the pages that a newcomer needs are there, found from the README, and free of sentences that readers
 * stumbled over.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../support/paths.ts';

const read = (path: string): string => readFileSync(repositoryPath(path), 'utf8');
const guides = readdirSync(repositoryPath('docs/guides'));

describe('R64 guides', () => {
  it.each([
    'connect-a-client.md',
    'run-as-a-service.md',
    'behind-a-proxy.md',
    'troubleshooting.md',
    'upgrade-back-up-move-uninstall.md',
    'faq.md',
  ])('have %s', (guide) => {
    expect(guides).toContain(guide);
  });

  it('stand in the index, which the README links', () => {
    const index = read('docs/README.md');
    for (const guide of guides) expect(index).toContain(`(guides/${guide})`);
    for (const page of readdirSync(repositoryPath('docs')).filter((file) => file.endsWith('.md')))
      if (page !== 'README.md') expect(index).toContain(`(${page})`);
    expect(read('README.md')).toContain('(docs/README.md#guides)');
  });

  it.each([
    ['docs/configuration.md', 'or the dashboard'],
    ['SECURITY.md', 'is what can be limited'],
  ])('R64 %s says nothing that is not true', (page, untrue) => {
    expect(read(page)).not.toContain(untrue);
  });
});

describe('R65 no page and no message', () => {
  const files = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...markdown('docs'), ...sources('src')];
  const texts = files.map((file) => [file, read(file).replaceAll(/\s+/g, ' ')] as const);

  it.each([
    'a stalled pipe of one is held',
    'how signing in to servers stands',
    'let exec references in its values run their commands',
    'further inside than it stands itself',
    'tells no folders (roots)',
    'where numbers of the outside live',
  ])('says "%s"', (phrase) => {
    expect(texts.filter(([, text]) => text.includes(phrase)).map(([file]) => file)).toEqual([]);
  });
});

function markdown(folder: string): string[] {
  return readdirSync(repositoryPath(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`);
}

function sources(folder: string): string[] {
  return readdirSync(repositoryPath(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);
}
