import { describe, expect, it } from 'vitest';
import { checkCircles } from './circles.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('import circles', () => {
  it('does not exist in this repository', () => {
    expect(report(checkCircles(repository))).toEqual([]);
  });

  it.each([
    [
      'of two files',
      { 'src/base/a.ts': "import { b } from './b.ts';", 'src/base/b.ts': "import { a } from './a.ts';" },
      'src/base/a.ts:1 imports itself in a circle: src/base/a.ts → src/base/b.ts → src/base/a.ts',
    ],
    [
      'of types',
      {
        'src/base/a.ts': "import type { B } from './b.ts';",
        'src/base/b.ts': "export type B = import('./a.ts').A;",
      },
      'src/base/a.ts → src/base/b.ts → src/base/a.ts',
    ],
    [
      'of three files in two folders',
      {
        'src/cli/a.ts': "import { b } from './x/b.ts';",
        'src/cli/c.ts': "import { a } from './a.ts';",
        'src/cli/x/b.ts': "export { c } from '../c.ts';",
      },
      'src/cli/a.ts → src/cli/x/b.ts → src/cli/c.ts → src/cli/a.ts',
    ],
    [
      'by way of index.ts',
      {
        'src/base/a.ts': "import { b } from './index.ts';",
        'src/base/index.ts': "export { a } from './a.ts';",
      },
      'src/base/a.ts → src/base/index.ts → src/base/a.ts',
    ],
    [
      'that closes when it is called',
      {
        'src/base/a.ts': "export const a = () => import('./b.ts');",
        'src/base/b.ts': "import { a } from './a.ts';",
      },
      'src/base/a.ts → src/base/b.ts → src/base/a.ts',
    ],
    ['of one file', { 'src/base/a.ts': "import { a } from './a.ts';" }, 'src/base/a.ts → src/base/a.ts'],
  ])('refuses one %s', (_, files, says) => {
    const violations = report(checkCircles(plant(files)));
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(says);
  });

  it('allows two ways to one file, and a test that imports what imports its helper', () => {
    const tree = plant({
      'src/base/a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';",
      'src/base/b.ts': "import { c } from './c.ts';",
      'src/base/c.ts': '',
      'src/base/a.test.ts': "import { a } from './a.ts';",
    });
    expect(report(checkCircles(tree))).toEqual([]);
  });

  it('tells two circles apart', () => {
    const tree = plant({
      'src/base/a.ts': "import { b } from './b.ts';",
      'src/base/b.ts': "import { a } from './a.ts';",
      'src/http/a.ts': "import { b } from './b.ts';",
      'src/http/b.ts': "import { a } from './a.ts';",
    });
    expect(checkCircles(tree)).toHaveLength(2);
  });
});
