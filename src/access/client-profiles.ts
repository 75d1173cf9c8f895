/**
 * access/client-profiles — what is known of clients that bounds what they can use, each fact with its date.
 *
 * A client is known by what it calls itself. That is a claim, so it bounds and warns; it opens nothing.
 * All names that we give have at most 46 characters, which fits every limit below with our own entry in front.
 * Knows nothing of: sessions, what is listed.
 */

export interface ClientProfile {
  /** At the beginning of `clientInfo.name`, in lower case, without regard to blanks and hyphens. */
  readonly name: string;
  /** What the client puts in front of a tool's name; `*` stands for what its file calls our entry. */
  readonly prefix: string;
  /** Characters of a name with that prefix; longer ones are dropped. */
  readonly nameLimit: number | undefined;
  /** More tools than this are dropped or refused. */
  readonly maxTools: number | undefined;
  /** Does it read its lists again when it is told that they are others? Undefined = not known. */
  readonly followsLists: boolean | undefined;
  readonly reportsFolders: boolean | undefined;
  /** When it was seen. */
  readonly asOf: string;
}

const none = {
  nameLimit: undefined,
  maxTools: undefined,
  followsLists: undefined,
  reportsFolders: undefined,
};

/** The longer name before one that it begins with. */
export const clientProfiles: readonly ClientProfile[] = [
  {
    ...none,
    name: 'claudecode',
    prefix: 'mcp__*__',
    nameLimit: 64,
    followsLists: true,
    reportsFolders: true,
    asOf: '2026-11',
  },
  {
    ...none,
    name: 'claudeai',
    prefix: '',
    nameLimit: 64,
    followsLists: false,
    reportsFolders: false,
    asOf: '2026-11',
  },
  {
    ...none,
    name: 'chatgpt',
    prefix: '',
    nameLimit: 64,
    followsLists: false,
    reportsFolders: false,
    asOf: '2026-11',
  },
  {
    ...none,
    name: 'codex',
    prefix: 'mcp__*__',
    nameLimit: 64,
    followsLists: true,
    reportsFolders: false,
    asOf: '2026-11',
  },
  {
    ...none,
    name: 'gemini',
    prefix: 'mcp_*_',
    nameLimit: 63,
    followsLists: true,
    reportsFolders: true,
    asOf: '2026-11',
  },
  {
    ...none,
    name: 'cursor',
    prefix: '*',
    nameLimit: 60,
    maxTools: 80,
    followsLists: true,
    reportsFolders: true,
    asOf: '2026-02',
  },
  {
    ...none,
    name: 'visualstudiocode',
    prefix: '',
    nameLimit: 64,
    maxTools: 128,
    followsLists: true,
    reportsFolders: true,
    asOf: '2026-08',
  },
  {
    ...none,
    name: 'vscode',
    prefix: '',
    nameLimit: 64,
    maxTools: 128,
    followsLists: true,
    reportsFolders: true,
    asOf: '2026-08',
  },
  {
    ...none,
    name: 'windsurf',
    prefix: '',
    nameLimit: 64,
    maxTools: 100,
    followsLists: true,
    asOf: '2026-02',
  },
  { ...none, name: 'antigravity', prefix: '', nameLimit: 64, maxTools: 100, asOf: '2026-02' },
  {
    ...none,
    name: 'opencode',
    prefix: '*_',
    nameLimit: 64,
    followsLists: true,
    reportsFolders: true,
    asOf: '2026-11',
  },
];

export function profileOf(clientName: string | undefined): ClientProfile | undefined {
  const name = clientName?.toLowerCase().replace(/[\s._-]+/g, '') ?? '';
  return name === '' ? undefined : clientProfiles.find((profile) => name.startsWith(profile.name));
}

/**
 * What of a list such a client could not use, one sentence each.
 *
 * @param tools the names that it would be shown, in order
 * @param entry what the client's file calls us
 */
export function warningsFor(
  profile: ClientProfile,
  tools: readonly string[],
  entry = 'mcpmux',
): readonly string[] {
  const { maxTools, nameLimit, prefix, asOf } = profile;
  const warnings: string[] = [];
  const room = nameLimit === undefined ? undefined : nameLimit - prefix.replace('*', entry).length;
  const long = room === undefined ? [] : tools.filter((name) => name.length > room);
  if (long.length > 0)
    warnings.push(
      `it drops names of more than ${nameLimit} characters, its own ${prefix.replace('*', entry)} counted (seen ${asOf}): ${listed(long)}`,
    );
  if (maxTools !== undefined && tools.length > maxTools)
    warnings.push(
      `it takes ${maxTools} tools at most (seen ${asOf}), and this list has ${tools.length}; the last ${tools.length - maxTools} may be dropped: ${listed(tools.slice(maxTools))}`,
    );
  return warnings;
}

function listed(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(', ')
    : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}
