/**
 * model/definition — what is approved of a server's words: the form of each tool, each prompt, and its instructions.
 */
import type { RawJson } from '../protocol/index.ts';
import type { FaceKey } from './caller.ts';
import type { Feature, FeatureKind } from './feature.ts';
import type { ServerId } from './ids.ts';

/** What is pinned: what a model reads or calls. What a resource says is data, and none of this. */
export type DefinitionKind = Extract<FeatureKind, 'tool' | 'prompt'> | 'instructions';
export const definitionKinds: readonly DefinitionKind[] = ['tool', 'prompt', 'instructions'];

/**
 * What passes without a person. `follow`: everything, and it is noted. `default`: what says the same or takes more than
 * before; a new tool and other words wait. `strict`: only what says the same; the first definitions wait too.
 */
export type DefinitionPolicy = 'follow' | 'default' | 'strict';
export const definitionPolicies: readonly DefinitionPolicy[] = ['follow', 'default', 'strict'];

/** Where a server showed it: on its primary leg, on one of an era, or on one that is a single client's. */
export type DefinitionFace = 'primary' | 'era:legacy' | 'era:modern' | 'own';

/** `first`: it was there when the server was first seen. `policy`: the change was one that passes. */
export type ApprovedBy = 'first' | 'policy' | 'person';

export interface DefinitionKey {
  readonly serverId: ServerId;
  readonly kind: DefinitionKind;
  /** The original name; of instructions a fixed word. */
  readonly name: string;
  readonly face: DefinitionFace;
}

export interface DefinitionPin extends DefinitionKey {
  /** Undefined: never approved in any form. */
  readonly approved:
    | {
        /** Of the compared form, SHA-256 in base64url. */
        readonly hash: string;
        /** Of the bytes: equal bytes need no closer look. */
        readonly textHash: string;
        readonly by: ApprovedBy;
        /** Epoch ms. */
        readonly at: number;
      }
    | undefined;
  /** The hash of a form that a person refused. */
  readonly rejectedHash: string | undefined;
}

export interface DefinitionPinRepository {
  /** All of them, without what they pin. */
  load(): Promise<readonly DefinitionPin[]>;
  /** What was approved, as its server wrote it; undefined when nothing was. */
  definitionOf(key: DefinitionKey): Promise<RawJson | undefined>;
  /** Writes many in one transaction, over what is there. @param definition undefined = leaves the stored one */
  save(
    pins: readonly { readonly pin: DefinitionPin; readonly definition: RawJson | undefined }[],
  ): Promise<void>;
  policies(): Promise<ReadonlyMap<ServerId, DefinitionPolicy>>;
  setPolicy(serverId: ServerId, policy: DefinitionPolicy): Promise<void>;
}

/** Decides which of a server's features are offered, before anybody sees them. access/ makes it real. */
export interface DefinitionGuard {
  /** Those that may be offered now. What passes is pinned in the store first. */
  review(serverId: ServerId, features: readonly Feature[]): Promise<readonly Feature[]>;
  /** The same of what one leg shows beside the primary one; nothing = it shows none any more. */
  reviewFace(serverId: ServerId, face: FaceKey, features: readonly Feature[]): readonly Feature[];
}
