/**
 * contract/catalogue-words — the words by which servers of the catalogue are sorted.
 */

export const categories = [
  'development',
  'version-control',
  'documentation',
  'files',
  'browser',
  'search',
  'database',
  'cloud',
  'monitoring',
  'productivity',
  'communication',
  'design',
  'business',
  'ai',
  'home',
] as const;
export type Category = (typeof categories)[number];

/**
 * How a person proves who they are. `oauth`: a click; `oauth-own-client`: OAuth with a client that the person registers
 * first; `optional-key`: works without, better with.
 */
export const authKinds = ['none', 'optional-key', 'key', 'oauth', 'oauth-own-client', 'basic'] as const;
export type AuthKind = (typeof authKinds)[number];
