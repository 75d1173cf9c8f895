/**
 * fuzz/mutate-json — a JSON message, bent: as a value (other types, missing and odd members) and as text (what no writer of
 * JSON would write).
 *
 * Knows nothing of: where the message goes.
 */
import type { Random } from './random.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const oddStrings = [
  '',
  ' ',
  '\u0000',
  '\u{e0041}\u{e0042}',
  '../../etc/passwd',
  `$${'{'}env:HOME}`,
  '__proto__',
  'constructor',
  '%00%zz',
  '//',
  'http://[',
  'ä'.repeat(300),
  'x'.repeat(20_000),
  '{"a":1}',
  '\r\ndata: x\n\n',
  'null',
  '2026-07-28',
  '9007199254740993',
] as const;
const oddNumbers = [0, -0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 0xfffd] as const;
const oddKeys = [
  '__proto__',
  'constructor',
  'toString',
  'id',
  'method',
  '_meta',
  'ID',
  'jsonrpc\u200b',
  '',
] as const;

function oddValue(random: Random): Json {
  switch (random.int(8)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(oddNumbers);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return Array.from({ length: random.int(200) }, () => ({}));
    case 6: {
      let nested: Json = 1;
      for (let depth = random.int(600); depth > 0; depth -= 1)
        nested = random.chance(0.5) ? [nested] : { a: nested };
      return nested;
    }
    default:
      return random.pick(oddStrings);
  }
}

/** Changes some places of a value. The value itself stays as it is. */
export function mutateValue(value: Json, random: Random, share = 0.08): Json {
  if (random.chance(share * 0.5)) return oddValue(random);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutateValue(item, random, share));
    if (random.chance(share)) items.splice(random.int(items.length + 1), random.int(2), oddValue(random));
    return items;
  }
  if (value === null || typeof value !== 'object') return random.chance(share) ? oddValue(random) : value;
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (random.chance(share * 0.5)) continue;
    const name = random.chance(share * 0.2) ? random.pick(oddKeys) : key;
    members.push([name, mutateValue(member, random, share)]);
  }
  if (random.chance(share)) members.push([random.pick(oddKeys), oddValue(random)]);
  return Object.fromEntries(members);
}

/** Changes the text of a message. */
function mutateText(text: string, random: Random): Buffer {
  const at = random.int(text.length + 1);
  switch (random.int(12)) {
    case 0:
      return Buffer.from(text.slice(0, at));
    case 1:
      return Buffer.from(`\ufeff${text}`);
    case 2:
      return Buffer.from(text + text);
    case 3:
      return Buffer.from(`[${text},${text}]`);
    case 4:
      return Buffer.from(text.replace('{', '{"id":1,"id":2,'));
    case 5:
      return Buffer.from(
        text.replace(
          /"id":[^,}]*/,
          `"id":${random.pick(['9007199254740993', '1e400', '1.5', 'null', '[]', '-0'])}`,
        ),
      );
    case 6:
      return Buffer.from(text.replace(/"([a-z]+)":/, '"$1\\u200b":'));
    case 7:
      return Buffer.from(`${text.slice(0, at)}"\\ud800"${text.slice(at)}`);
    case 8: {
      const bytes = Buffer.from(text);
      for (let flips = 1 + random.int(4); flips > 0 && bytes.length > 0; flips -= 1)
        bytes[random.int(bytes.length)] = random.int(256);
      return bytes;
    }
    case 9:
      return Buffer.from(` \t\r\n${text.replaceAll(',', ' ,\n')}\n`);
    case 10:
      return Buffer.from(text.slice(0, at) + '['.repeat(random.int(2_000)) + text.slice(at));
    default:
      return Buffer.from(text, 'utf16le');
  }
}

/** The bytes of a bent message; now and then of a sound one. */
export function mutateMessage(message: object, random: Random): Buffer {
  const value = random.chance(0.8) ? mutateValue(message as Json, random) : (message as Json);
  const text = JSON.stringify(value);
  return random.chance(0.2) ? mutateText(text, random) : Buffer.from(text);
}
