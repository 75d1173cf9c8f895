/**
 * catalogue/search/words — a text as the words that are searched: split, lower case, without endings.
 *
 * Names are snake_case, kebab-case and camelCase, texts are mostly English, requests are in any language. Han and Kana
 * have no spaces: they stay runs here, and whoever indexes them takes their pairs.
 * Knows nothing of: what a word means (thesaurus), how often it occurs.
 */

const wordPattern = /[\p{L}\p{N}]+/gu;
/** Han, Hiragana, Katakana with its length mark. */
const eastAsian = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]/u;
const eastAsianRun =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]+|[^\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]+/gu;

/** Say nothing about a tool, in the languages that people ask in. Verbs that name an act are not among them. */
const stopWords: ReadonlySet<string> = new Set(
  `a an and any are as at be been by can could did do does doing done for from had has have having he her here his how i if
  in into is it its just let may me my no not of off on onto or our out over please shall she should so some such than that
  the their them then there these they this those to too up us use used using via was we were what when where which while
  who whom whose why will with would you your want need like am im also one about all each every across per only
  der die das den dem des ein eine einen einem einer eines und oder zu zum zur im in mit von vom fur auf aus bei an ist sind
  wie wird ich du er sie es wir ihr mein meine mir mich bitte alle machen mache
  le la les l un une des du de d et ou a au aux en dans sur pour par avec est sont je tu il elle nous vous mon ma mes ce
  cette ces qui que quoi faire s
  el los las una unos unas y o al del con por para es son yo mi mis su sus este esta que hacer se lo`
    .split(/\s+/)
    .filter(Boolean),
);

export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}

export function isEastAsian(word: string): boolean {
  return eastAsian.test(word);
}

/** The words of a text in order: lower case, accents off, joined names taken apart. Nothing is left out. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  // The pattern costs most of the time, and most texts have nothing that it would change.
  const split = text
    .normalize('NFKC')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  for (const [word] of split.matchAll(wordPattern)) {
    if (!eastAsian.test(word)) words.push(plain(word));
    else for (const [run] of word.matchAll(eastAsianRun)) words.push(eastAsian.test(run) ? run : plain(run));
  }
  return words;
}

function plain(word: string): string {
  const lower = word.toLowerCase();
  return /^[a-z0-9]*$/.test(lower)
    ? lower
    : lower.replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}

/** Pairs of neighbours in a run of Han or Kana; the character itself where there is only one. */
export function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length < 2) return characters;
  return characters.slice(1).map((second, at) => `${characters[at]}${second}`);
}

/**
 * A word without the endings of English: branches → branch, running → run, deleted → delet. Both sides are stemmed, so
 * what comes out need not be a word.
 */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  let out = word;
  if (out.endsWith('ies') && out.length > 4) out = `${out.slice(0, -3)}y`;
  else if (/(?:ss|sh|ch|x|z)es$/.test(out)) out = out.slice(0, -2);
  else if (out.endsWith('s') && !/(?:ss|us|is)$/.test(out)) out = out.slice(0, -1);
  if (out.endsWith('ing') && out.length > 5 && /[aeiouy]/.test(out.slice(0, -3)))
    out = undouble(out.slice(0, -3));
  else if (out.endsWith('ed') && out.length > 4 && /[aeiouy]/.test(out.slice(0, -2)))
    out = undouble(out.slice(0, -2));
  if (out.endsWith('ation') && out.length > 7) out = `${out.slice(0, -5)}at`;
  else if (out.endsWith('ion') && out.length > 6 && out.endsWith('tion')) out = out.slice(0, -3);
  // `create` and `creating`, `delete` and `deleted` meet without their e.
  if (out.endsWith('e') && out.length > 3) out = out.slice(0, -1);
  return out;
}

function undouble(word: string): string {
  return /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}
