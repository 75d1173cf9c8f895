import { describe, expect, it } from 'vitest';
import { checkFloors, checkIndexes } from './floors.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('floors', () => {
  it('holds in this repository', () => {
    expect(report(checkFloors(repository))).toEqual([]);
  });

  it.each([
    [
      'up',
      'src/model/a.ts',
      "import { x } from '../gateway/index.ts';",
      'imports up: model (floor 2) → gateway (floor 7)',
    ],
    ['up, as a type', 'src/base/a.ts', "import type { X } from '../model/index.ts';", 'imports up: base'],
    ['up, when called', 'src/cli/../http/a.ts', "await import('../admin/index.ts');", 'imports up: http'],
    ['up, in a type', 'src/http/a.ts', "type X = import('../admin/index.ts').X;", 'imports up: http'],
    [
      'up, re-exported',
      'src/protocol/index.ts',
      "export { x } from '../model/index.ts';",
      'imports up: protocol',
    ],
    [
      'sideways',
      'src/catalogue/a.ts',
      "import { x } from '../access/index.ts';",
      'imports sideways: catalogue → access',
    ],
    [
      'past an index',
      'src/cli/a.ts',
      "import { x } from '../base/clock.ts';",
      'imports src/base/clock.ts past src/base/index.ts',
    ],
    [
      'past an index, nested',
      'src/admin/x/a.ts',
      "import { x } from '../../gateway/serve/index.ts';",
      'past src/gateway/index.ts',
    ],
    [
      'a test',
      'src/base/a.ts',
      "import { x } from './clock.test.ts';",
      'imports the test src/base/clock.test.ts',
    ],
    ['test support', 'src/base/a.ts', "import { x } from '../../test/support/x.ts';", 'lies outside src/'],
    ['from no room', 'src/stray.ts', '', 'belongs to no room'],
    ['from an unknown room', 'src/attic/a.ts', '', 'belongs to no room'],
    ['to an unknown room', 'src/cli/a.ts', "import { x } from '../attic/index.ts';", 'belongs to no room'],
  ])('refuses an import %s', (_, file, text, says) => {
    const path = file.replace('src/cli/../', 'src/');
    expect(report(checkFloors(plant({ [path]: text }))).join()).toContain(says);
  });

  it.each([
    ['its own room', 'src/upstream/a.ts', "import { x } from './transports/stdio.ts';"],
    ['a lower room', 'src/upstream/a/b.ts', "import { x } from '../../base/index.ts';"],
    ['package.json', 'src/cli/a.ts', "import manifest from '../../package.json' with { type: 'json' };"],
    ['test support, from a test', 'src/base/a.test.ts', "import { x } from '../../test/support/x.ts';"],
    [
      'words that only look like an import',
      'src/base/a.ts',
      "// import '../cli/index.ts'\nconst says = \"import '../cli/index.ts'\";",
    ],
  ])('allows %s', (_, file, text) => {
    expect(report(checkFloors(plant({ [file]: text })))).toEqual([]);
  });

  it('lets compose.ts, and nothing else, reach past an index', () => {
    const text = "import { x } from '../store/sqlite.ts';";
    expect(report(checkFloors(plant({ 'src/daemon/compose.ts': text })))).toEqual([]);
    expect(report(checkFloors(plant({ 'src/daemon/run.ts': text })))).toHaveLength(1);
  });
});

describe('index.ts', () => {
  it('lists and holds no code in this repository', () => {
    expect(report(checkIndexes(repository))).toEqual([]);
  });

  it.each([
    [
      'a function',
      "export { x } from './a.ts';\nexport function y() {}",
      'src/base/index.ts:2 index.ts holds code',
    ],
    ['a constant', 'export const y = 1;', 'holds code'],
    ['a statement', "import './a.ts';\nstart();", 'src/base/index.ts:2 index.ts holds code'],
    ['everything of a file', "export * from './a.ts';", 'list it by name'],
  ])('refuses %s', (_, text, says) => {
    expect(report(checkIndexes(plant({ 'src/base/index.ts': text }))).join()).toContain(says);
  });

  it('refuses a room without one', () => {
    expect(report(checkIndexes(plant({ 'src/base/clock.ts': '' })))).toEqual([
      'src/base/index.ts is missing: the room base has no list of what it offers',
    ]);
  });
});
