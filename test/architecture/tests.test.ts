import { describe, expect, it } from 'vitest';
import { checkTestsRun, checkTestsSpeak } from './tests.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('test files', () => {
  it('are all run in this repository', () => {
    expect(report(checkTestsRun(repository))).toEqual([]);
  });

  it('are refused when no project runs them', () => {
    const tree = plant({
      'vitest.config.ts': "export default { include: ['src/**/*.test.ts', 'test/{e2e,suites}/*.test.ts'] };",
      'src/a.test.ts': '',
      'src/base/deep/a.test.ts': '',
      'test/e2e/a.test.ts': '',
      'test/e2e/deep/a.test.ts': '',
      'bench/a.test.ts': '',
    });
    expect(report(checkTestsRun(tree))).toEqual([
      'test/e2e/deep/a.test.ts is run by no project of vitest.config.ts',
      'bench/a.test.ts is run by no project of vitest.config.ts',
    ]);
  });

  it('are not silenced in this repository', () => {
    expect(report(checkTestsSpeak(repository))).toEqual([]);
  });

  it.each(['it.only', 'describe.skip', 'test.todo', 'it.skip.each([1])'])('are refused with %s', (call) => {
    const tree = plant({ 'src/base/a.test.ts': `${call}('x', () => {});` });
    expect(report(checkTestsSpeak(tree))).toHaveLength(1);
  });

  it('may say when they cannot run', () => {
    const tree = plant({ 'src/base/a.test.ts': "it.skipIf(process.platform === 'win32')('x', () => {});" });
    expect(report(checkTestsSpeak(tree))).toEqual([]);
  });
});
