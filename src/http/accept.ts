/**
 * http/accept — what a client says that it can take.
 *
 * Knows nothing of: what is sent.
 *
 * @see RFC 9110 §12.5.1
 */

/** By type, then by header: clients send the same few values again and again. */
const remembered = new Map<string, Map<string, boolean>>();
const rememberedAtMost = 256;
const rememberedLength = 256;

/**
 * Does an Accept header let this media type through? Without one anything may be sent.
 *
 * @param type lower case, without parameters
 */
export function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined) return true;
  let verdicts = remembered.get(type);
  if (verdicts === undefined) {
    verdicts = new Map();
    remembered.set(type, verdicts);
  }
  const known = verdicts.get(accept);
  if (known !== undefined) return known;
  const verdict = judge(accept, type);
  if (verdicts.size >= rememberedAtMost) verdicts.clear();
  if (accept.length <= rememberedLength) verdicts.set(accept, verdict);
  return verdict;
}

/** The most specific range that fits decides. */
function judge(accept: string, type: string): boolean {
  const ranges = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  let best = ranges.length;
  let verdict = false;
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const at = ranges.indexOf(range);
    if (at === -1 || at > best) continue;
    const isRefused = parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter));
    verdict = at === best ? verdict || !isRefused : !isRefused;
    best = at;
  }
  return verdict;
}
