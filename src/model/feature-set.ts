/**
 * model/feature-set — a named choice of features of one Space.
 *
 * A member speaks of features by the server's name and the original name, never by an id that a reinstallation changes and
 * never by the name that clients see: what has vanished stays chosen and is there again when it comes back.
 * Knows nothing of: which features there are.
 */
import type { FeatureKind } from './feature.ts';
import type { FeatureSetId, SpaceId } from './ids.ts';

export type MemberMode = 'include' | 'exclude';

/** What a tool may say of itself. @see MCP, ToolAnnotations */
export type AnnotationHint = 'readOnlyHint' | 'destructiveHint' | 'idempotentHint' | 'openWorldHint';
export const annotationHints: readonly AnnotationHint[] = [
  'readOnlyHint',
  'destructiveHint',
  'idempotentHint',
  'openWorldHint',
];

export type SetMember = { readonly mode: MemberMode } & (
  | {
      readonly kind: 'feature';
      /** `serverKeyOf` its server. */
      readonly server: string;
      readonly feature: FeatureKind;
      readonly name: string;
    }
  | {
      readonly kind: 'server';
      readonly server: string;
      /** Undefined: with what it offers in future. Else these alone, each `kind:name`, as they were when it was added. */
      readonly known?: readonly string[];
    }
  /** `*` stands for any text. With a colon `server:name`; without, as clients see it: `alias_name`. */
  | { readonly kind: 'pattern'; readonly pattern: string; readonly feature?: FeatureKind }
  /** Tools that say this of themselves; of one server or of all. */
  | {
      readonly kind: 'rule';
      readonly hint: AnnotationHint;
      readonly value: boolean;
      readonly server?: string;
    }
  /** All that another set of the Space chooses. */
  | { readonly kind: 'set'; readonly set: FeatureSetId }
);

export interface FeatureSet {
  readonly id: FeatureSetId;
  readonly spaceId: SpaceId;
  /** Unique over all Spaces; the segment of `/sets/<slug>/mcp`. */
  readonly slug: string;
  /** Unique in its Space without regard to case. */
  readonly name: string;
  readonly description: string | undefined;
  /** The one built-in set of its Space: what callers see that no rule sends elsewhere. Its name stays, its members change. */
  readonly isStarter: boolean;
  readonly members: readonly SetMember[];
  /** Counts up with every change; a writer that holds an older one is refused. */
  readonly revision: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a server is called in members: its name in lower case, which outlives its removal. */
export function serverKeyOf(server: { readonly name: string }): string {
  return server.name.toLowerCase();
}

/** Everything there is and will be: the Starter of a Space that its person has not narrowed. */
export const everything: SetMember = { mode: 'include', kind: 'pattern', pattern: '*' };
