/**
 * cli/version — which mcpmux this is.
 */
import packageFacts from '../../package.json' with { type: 'json' };

export const version: string = packageFacts.version;
