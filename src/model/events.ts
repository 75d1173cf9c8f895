/**
 * model/events — the domain events: facts that have happened, told over the EventBus.
 *
 * The first word of a type is the room that tells it.
 */
import type { EventBus } from '../base/index.ts';
import type { RawJson } from '../protocol/index.ts';
import type { ApprovalOutcome } from './approval.ts';
import type { FaceKey, PrincipalId } from './caller.ts';
import type { DefinitionPolicy } from './definition.ts';
import type { FeatureKind } from './feature.ts';
import type { ApiKeyId, ClientId, ServerId, SessionId } from './ids.ts';
import type { Problem } from './problem.ts';
import type { ServerState } from './status.ts';

export type DomainEvent =
  | { readonly type: 'gateway.server_installed'; readonly serverId: ServerId; readonly name: string }
  | { readonly type: 'gateway.server_updated'; readonly serverId: ServerId; readonly name: string }
  | { readonly type: 'gateway.server_removed'; readonly serverId: ServerId; readonly name: string }
  | { readonly type: 'gateway.server_enabled'; readonly serverId: ServerId; readonly name: string }
  | { readonly type: 'gateway.server_disabled'; readonly serverId: ServerId; readonly name: string }
  | { readonly type: 'upstream.status_changed'; readonly state: ServerState }
  | {
      readonly type: 'upstream.features_discovered';
      readonly serverId: ServerId;
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly changed: readonly string[];
    }
  /** A log message that belongs to no call. `owner`: it was said on the private leg of that owner. */
  | {
      readonly type: 'upstream.message_logged';
      readonly serverId: ServerId;
      readonly owner: string | undefined;
      readonly params: RawJson;
    }
  | {
      readonly type: 'upstream.resource_updated';
      readonly serverId: ServerId;
      readonly owner: string | undefined;
      readonly uri: string;
    }
  /** A task of revision 2025-11-25 is in another state. */
  | {
      readonly type: 'upstream.task_changed';
      readonly serverId: ServerId;
      readonly owner: string | undefined;
      readonly taskId: string;
      readonly params: RawJson;
    }
  | {
      readonly type: 'upstream.sign_in_progressed';
      readonly serverId: ServerId;
      readonly flowId: number;
      readonly remainingSeconds: number;
    }
  | {
      readonly type: 'upstream.sign_in_ended';
      readonly serverId: ServerId;
      readonly flowId: number;
      readonly isSignedIn: boolean;
      /** Why not. */
      readonly reason: string | undefined;
    }
  | {
      readonly type: 'catalogue.changed';
      readonly serverId: ServerId;
      readonly kinds: readonly FeatureKind[];
      /** Its server said that they changed, so clients hear of it although we see no difference. */
      readonly isAnnounced?: boolean;
      /** Undefined = its primary face. */
      readonly face?: FaceKey;
    }
  /** What decides who sees what is another now, and counts. */
  | { readonly type: 'access.changed'; readonly version: number }
  /** Somebody works in a folder that no rule sends anywhere. Told once for each folder and client. */
  | { readonly type: 'access.folder_unmapped'; readonly folder: string; readonly client: string }
  /** A client claimed a Space that it was not given; it got what it would get without the claim. */
  | {
      readonly type: 'access.claim_refused';
      readonly principalId: PrincipalId;
      readonly client: string;
      readonly claim: string;
    }
  /** New or changed words of a server wait for a person: `tool:<original name>`, `prompt:…`, `instructions`. */
  | {
      readonly type: 'access.definitions_held';
      readonly serverId: ServerId;
      readonly names: readonly string[];
    }
  /** They passed because the server's policy lets such changes pass. */
  | {
      readonly type: 'access.definitions_followed';
      readonly serverId: ServerId;
      readonly names: readonly string[];
    }
  | {
      readonly type: 'access.definitions_decided';
      readonly serverId: ServerId;
      readonly names: readonly string[];
      readonly isAccepted: boolean;
    }
  | {
      readonly type: 'access.definition_policy_changed';
      readonly serverId: ServerId;
      readonly policy: DefinitionPolicy;
    }
  /** A call waits for a person. What it is called with is not told here. */
  | {
      readonly type: 'access.approval_requested';
      readonly number: number;
      readonly serverId: ServerId | undefined;
      readonly tool: string;
      readonly principalId: PrincipalId;
      readonly client: string;
      /** Epoch ms. */
      readonly expiresAt: number;
    }
  /** How it ended. `number` is undefined where nobody was asked: it was allowed for good, before, or refused at once. */
  | {
      readonly type: 'access.approval_settled';
      readonly number: number | undefined;
      readonly serverId: ServerId | undefined;
      readonly tool: string;
      readonly principalId: PrincipalId;
      readonly client: string;
      readonly outcome: ApprovalOutcome;
      /** `client`: in the client itself. `person`: on the command line or the dashboard. `rule`: by what was decided before. */
      readonly by: 'client' | 'person' | 'rule';
    }
  /** A tool looks other than it did, by the wish of a person. */
  | { readonly type: 'access.tool_presented'; readonly serverId: ServerId; readonly tool: string }
  /** Which calls wait, or what is allowed for good, is another now. */
  | {
      readonly type: 'access.approvals_changed';
      readonly change: 'rule_added' | 'rule_removed' | 'standing_added' | 'standing_removed';
      readonly what: string;
    }
  /** All of them, the most harm first. */
  | { readonly type: 'observe.problems_changed'; readonly problems: readonly Problem[] }
  | {
      readonly type: 'auth.key_created';
      readonly keyId: ApiKeyId;
      readonly clientId: ClientId;
      readonly name: string;
    }
  | {
      readonly type: 'auth.key_revoked';
      readonly keyId: ApiKeyId;
      readonly clientId: ClientId;
      readonly name: string;
    }
  | { readonly type: 'auth.client_created'; readonly clientId: ClientId; readonly name: string }
  /** Its name, what it may reach, or whether it may come in. */
  | {
      readonly type: 'auth.client_changed';
      readonly clientId: ClientId;
      readonly name: string;
      readonly change: 'renamed' | 'narrowed' | 'paused' | 'resumed' | 'revoked';
    }
  /** A decision about who may come in, for the audit: by the person, or by a rule. */
  | {
      readonly type: 'auth.decided';
      readonly what: 'registered' | 'consent_allowed' | 'consent_denied' | 'code_reused' | 'refresh_reused';
      /** The client, as people know it. */
      readonly name: string;
      readonly clientId: ClientId | undefined;
    }
  /** Nobody may act for this principal any more, or with this one of its credentials: what it has open ends. */
  | {
      readonly type: 'auth.access_ended';
      readonly principalId: PrincipalId;
      /** Undefined = all of them. */
      readonly credentialId: string | undefined;
      /** For people: `its key was revoked`. */
      readonly reason: string;
    }
  | { readonly type: 'downstream.session_opened'; readonly sessionId: SessionId; readonly client: string }
  | { readonly type: 'downstream.session_closed'; readonly sessionId: SessionId; readonly reason: string };

export type DomainEvents = EventBus<DomainEvent>;
