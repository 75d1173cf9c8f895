/**
 * model/secret-forms — which texts are secrets: by the name before them, by a form that a provider gives its keys,
 * or because they look random.
 *
 * One table for everybody: what is sealed at `add`, hidden in what is shown, and taken out of logs.
 * Knows nothing of: where a text is kept or shown.
 */

/** Words that make a name that of a secret, wherever they end a part of it (`PGPASSWORD`, `authToken`). */
const strongWord =
  /(?:password|passwd|passphrase|secret|token|apikey|authkey|accesskey|secretkey|privatekey|credentials?|authorization)$/;
const strongWords: ReadonlySet<string> = new Set(['pwd', 'pass', 'pat', 'jwt', 'bearer', 'cookie']);
/** Words that do so only at the end, and only before a value that looks like one. */
const weakWords: ReadonlySet<string> = new Set(['key', 'keys', 'auth', 'sig', 'signature', 'dsn']);
/** What ends like this speaks about a secret and is none: `TOKEN_URL`, `API_KEY_HEADER`, `PASSWORD_FILE`. */
const aboutWords: ReadonlySet<string> = new Set(
  `algorithm audience auth-method budget count dir directory enabled endpoint env expires expiry field file folder format
  header host id issuer length limit method mode name param path policy prefix provider region required scheme scope
  scopes service size store ttl type uri url version`.split(/\s+/),
);
/** A key that is no secret. */
const plainKeyBefore: ReadonlySet<string> = new Set(
  'public primary foreign partition sort cache group index hot shortcut object'.split(' '),
);
/** A token that is none: `--max-token`. */
const countBefore: ReadonlySet<string> = new Set(['max', 'min', 'num', 'per', 'context', 'stop', 'pad']);

/** How sure a name is that its value is a secret. */
export type NameStrength = 'strong' | 'weak' | 'none';

/** What the name of a variable, option, header, parameter or member says of its value. */
export function strengthOfName(name: string): NameStrength {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined || aboutWords.has(last)) return 'none';
  const before = words.at(-2) ?? '';
  const isStrong = (word: string, at: number): boolean =>
    (strongWord.test(word) || strongWords.has(word)) && !countBefore.has(words[at - 1] ?? '');
  if (words.some(isStrong)) return 'strong';
  if (last === 'key' || last === 'keys') {
    if (plainKeyBefore.has(before)) return 'none';
    return ['api', 'secret', 'access', 'private', 'auth', 'license', 'encryption', 'signing'].includes(before)
      ? 'strong'
      : 'weak';
  }
  return weakWords.has(last) ? 'weak' : 'none';
}

/** What providers give out. `name` is what an input made of one is called. */
export const secretForms: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'MCPMUX_KEY', pattern: /\bmcpk_[0-9A-Za-z]{49}\b/g },
  { name: 'MCPMUX_TOKEN', pattern: /\bmcp(?:at|rt|ac|dc)_[0-9A-Za-z]{49}\b/g },
  { name: 'GITHUB_TOKEN', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})\b/g },
  { name: 'GITLAB_TOKEN', pattern: /\bglpat-[A-Za-z0-9_.-]{16,}/g },
  { name: 'STRIPE_KEY', pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}\b/g },
  { name: 'API_KEY', pattern: /\bsk-[A-Za-z0-9_-]{20,}/g },
  { name: 'SLACK_TOKEN', pattern: /\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,}/g },
  { name: 'SLACK_WEBHOOK', pattern: /\bhooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g },
  { name: 'AWS_KEY', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { name: 'GOOGLE_API_KEY', pattern: /\bAIza[0-9A-Za-z_-]{35}/g },
  { name: 'GOOGLE_TOKEN', pattern: /\bya29\.[0-9A-Za-z_-]{20,}/g },
  { name: 'NPM_TOKEN', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'PYPI_TOKEN', pattern: /\bpypi-[A-Za-z0-9_-]{20,}/g },
  { name: 'HF_TOKEN', pattern: /\bhf_[A-Za-z0-9]{30,}\b/g },
  { name: 'LINEAR_KEY', pattern: /\blin_(?:api|oauth)_[A-Za-z0-9]{20,}\b/g },
  { name: 'NOTION_TOKEN', pattern: /\b(?:ntn|secret)_[A-Za-z0-9]{30,}\b/g },
  { name: 'FIGMA_TOKEN', pattern: /\bfig[dou]_[A-Za-z0-9_-]{20,}/g },
  { name: 'SENDGRID_KEY', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g },
  { name: 'SHOPIFY_TOKEN', pattern: /\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}\b/g },
  { name: 'DOCKER_TOKEN', pattern: /\bdckr_pat_[A-Za-z0-9_-]{20,}/g },
  { name: 'DIGITALOCEAN_TOKEN', pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/g },
  { name: 'GRAFANA_TOKEN', pattern: /\bgls?a_[A-Za-z0-9_]{30,}\b/g },
  { name: 'ATLASSIAN_TOKEN', pattern: /\bATATT3[A-Za-z0-9_=-]{20,}/g },
  { name: 'TAILSCALE_KEY', pattern: /\btskey-[a-z]+-[A-Za-z0-9-]{16,}/g },
  { name: 'API_KEY', pattern: /\b(?:gsk_|pplx-|tvly-|r8_|fc-|BSA)[A-Za-z0-9_-]{20,}/g },
  { name: 'TELEGRAM_TOKEN', pattern: /\b\d{8,10}:[A-Za-z0-9_-]{35}\b/g },
  { name: 'JWT', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g },
  {
    name: 'PRIVATE_KEY',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
];

/** Is all of `value`, or a part of it, in the form of a provider's key? */
export function hasSecretForm(value: string): boolean {
  return secretForms.some(({ pattern }) => value.search(pattern) >= 0);
}

const switchWords =
  /^(?:true|false|yes|no|on|off|none|null|undefined|auto|default|required|optional|basic|bearer|digest|oauth2?|enabled|disabled|stdio|https?|sse|-|…|\*+|<[^>]*>)$/i;
const keyFile = /\.(?:json|pem|key|crt|cer|txt|ya?ml|toml|env|p12|pfx|jks|db|sqlite)$/i;
/** A value that is kept elsewhere, or filled in later, is no secret itself. */
const placeholder = /\$\{[^}]*\}|\$[A-Z_]{2,}|%[A-Z_]{2,}%/;

/** Can this text be a secret at all? Paths, addresses, switches and references are none, whatever their name says. */
function canBeSecret(value: string): boolean {
  if (value.trim() === '' || switchWords.test(value) || placeholder.test(value)) return false;
  if (/^(?:~|\.{1,2})?[\\/]/.test(value) || /^[A-Za-z]:[\\/]/.test(value))
    return !(/[\\/]./.test(value.slice(1)) || keyFile.test(value));
  if (keyFile.test(value) && /^[\w .\\/-]+$/.test(value)) return false;
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(value);
}

function classesOf(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9_.-]/].filter((one) => one.test(value)).length;
}

/** Entropy in bits a character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** How often a text goes from one kind of character to another. Words hardly do. */
function changesOf(text: string): number {
  const kindOf = (character: string): string =>
    /\d/.test(character) ? 'digit' : /[a-z]/.test(character) ? 'lower' : 'upper';
  let changes = 0;
  for (let at = 1; at < text.length; at += 1)
    if (kindOf(text[at] as string) !== kindOf(text[at - 1] as string)) changes += 1;
  return changes / Math.max(1, text.length - 1);
}

/** Does it look as if a machine had drawn it? Names, versions, paths, dates and UUIDs do not. */
export function looksRandom(value: string, minimum = 20): boolean {
  if (value.length < minimum || !/^[A-Za-z0-9+/_=.~-]+$/.test(value)) return false;
  return value.split(/[-_./+=~]+/).some((part) => {
    const digits = part.replace(/\D/g, '').length;
    return (
      part.length >= 16 &&
      digits >= 2 &&
      digits < part.length &&
      entropyOf(part) >= 3 &&
      changesOf(part) >= 0.2
    );
  });
}

/** What somebody would choose as a password, or calls a secret. For options of one letter, which say little. */
export function looksLikePassword(value: string): boolean {
  if (!canBeSecret(value) || value.length < 8 || /\s/.test(value)) return false;
  if (/^[\w.-]*(?:@\d|:\d+)/.test(value) || /^@[\w-]+\//.test(value)) return false;
  return (
    hasSecretForm(value) ||
    looksRandom(value, 16) ||
    classesOf(value) >= 3 ||
    /secret|token|passw/i.test(value)
  );
}

/** Is `value` a secret, where it stands behind `name`: by that name, by its form, or because it looks random? */
export function isSecretValue(name: string, value: string): boolean {
  if (hasSecretForm(value)) return true;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:[^\s/?#@]+@/i.test(value)) return true;
  if (!canBeSecret(value)) return false;
  switch (strengthOfName(name)) {
    case 'strong':
      return true;
    case 'weak':
      return value.length >= 8 && (/\d/.test(value) || value.length >= 16);
    case 'none':
      return looksRandom(value);
  }
}

/** Would taking it out of everybody's text blank out ordinary words? Then it is taken out of its own server's only. */
export function isDistinctive(value: string): boolean {
  return value.length >= 8 && (hasSecretForm(value) || looksRandom(value, 16) || classesOf(value) >= 3);
}
