/**
 * architecture/words — files speak of the project alone: no addresses of package registries, no paths of one machine,
 * no numbers and words that only those understand who were there.
 */
import { isTest, lineAt, type Tree, type Violation } from './tree.ts';

interface BannedWord {
  readonly pattern: RegExp;
  readonly says: string;
  /** Where it may stand all the same. */
  readonly except?: (path: string) => boolean;
}

const bannedWords: readonly BannedWord[] = [
  {
    pattern:
      /\b(registry\.(npmjs\.(org|com)|yarnpkg\.com|npmmirror\.com)|npm\.pkg\.github\.com|pypi\.org)\b/g,
    says: 'names the host of a package registry',
  },
  { pattern: /"resolved": "https?:/g, says: 'holds the address that a package came from' },
  { pattern: /(?<![\w.~-])\/(work|root)\//g, says: 'names a path of one machine' },
  {
    pattern: /(?<![\w.~-])\/tmp\//g,
    says: 'names /tmp; ask node:os for the temporary folder',
    except: isTest,
  },
  { pattern: /\bissues? #?\d+\b/gi, says: 'points to an issue by number; say what it is about' },
  {
    pattern: /\b(next|later|earlier|previous|this) issue\b/gi,
    says: 'points to an issue; say what it is about',
  },
  {
    pattern: /\b(work ?place|sub-?agents?|issues show|helper session)\b/gi,
    says: 'speaks of how it was made',
  },
  {
    pattern: /(?<!\w)(shared\/(reference|design)|\.\.\/reference)\b/g,
    says: 'points to a file outside the repository',
  },
  { pattern: /\bplan §/gi, says: 'points to a section number of a plan; name the section' },
];

const ownFiles = new Set(['test/architecture/words.ts', 'test/architecture/words.test.ts']);

export function checkWords(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (ownFiles.has(file)) continue;
    for (const { pattern, says, except } of bannedWords) {
      if (except?.(file) === true) continue;
      for (const match of text.matchAll(pattern)) {
        violations.push({ file, line: lineAt(text, match.index), says: `"${match[0]}" ${says}` });
      }
    }
  }
  return violations;
}
