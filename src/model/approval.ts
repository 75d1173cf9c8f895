/**
 * model/approval — calls that wait for a person: which tools, and what was allowed for good.
 */
import type { Brand } from '../base/index.ts';
import type { PrincipalId } from './caller.ts';
import type { FeatureId, ServerId, SpaceId } from './ids.ts';

export type ApprovalRuleId = Brand<string, 'ApprovalRuleId'>;

/** `writes`: does not say that it only reads. `destroys`: says neither that it only reads nor that it destroys nothing. */
export type ToolNature = 'writes' | 'destroys';

export type ApprovalSubject =
  | { readonly kind: 'server'; readonly serverId: ServerId }
  | { readonly kind: 'tool'; readonly featureId: FeatureId }
  /** `*` stands for any characters, `?` for one; the case counts not. Of `alias_name`, or of the name alone. */
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'nature'; readonly nature: ToolNature };

export interface ApprovalRule {
  readonly id: ApprovalRuleId;
  readonly spaceId: SpaceId;
  readonly subject: ApprovalSubject;
  /** Epoch ms. */
  readonly createdAt: number;
}

export type StandingApprovalId = Brand<string, 'StandingApprovalId'>;

/** A person said "always": this client may call this tool, as long as its definition stays what it was. */
export interface StandingApproval {
  readonly id: StandingApprovalId;
  readonly spaceId: SpaceId;
  readonly principalId: PrincipalId;
  /** For people, as they were then. */
  readonly clientName: string;
  readonly toolName: string;
  readonly featureId: FeatureId;
  /** Of the definition's compared form. */
  readonly definitionHash: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** `late`: allowed after the call had been refused for want of an answer; the next equal call is let through once. */
export type ApprovalOutcome =
  | 'allowed'
  | 'allowed-always'
  | 'late'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'rate-limited';

/** What decides whether a call waits. Part of the access snapshot. */
export interface ApprovalFacts {
  readonly rules: readonly ApprovalRule[];
  readonly standing: readonly StandingApproval[];
}

export interface ApprovalRepository {
  load(): Promise<ApprovalFacts>;
  insertRule(rule: ApprovalRule): Promise<void>;
  deleteRule(id: ApprovalRuleId): Promise<void>;
  /** In place of what that client had for that tool. */
  saveStanding(approval: StandingApproval): Promise<void>;
  deleteStanding(id: StandingApprovalId): Promise<void>;
}
