/**
 * builtin/built-in-tool — what one of our own tools is: how it is described, and what it does when it is called.
 *
 * Knows nothing of: sessions, eras (built-in-server writes the answers), which tools there are.
 */
import type { JsonObject } from '../base/index.ts';
import type { HostedCall } from '../gateway/index.ts';
import type { Answer, SpaceId } from '../model/index.ts';
import type { RawJson } from '../protocol/index.ts';

export interface BuiltInTool {
  /** Without `mcpmux_` in front. */
  readonly name: string;
  readonly title: string;
  /** For the model. Short: every client pays for it with every conversation. */
  readonly description: string;
  readonly inputSchema: JsonObject;
  /** It changes what is stored, so a person has to approve the call. */
  readonly isWrite: boolean;
  /** Only calls of tools that say so read only; a client may let them pass without a question. */
  readonly isReadOnly?: boolean;
  /** Of a write: checks what was given and says what would be done; nothing is done before a person allows it. */
  call(request: BuiltInRequest): Promise<BuiltInReply | WritePlan> | BuiltInReply | WritePlan;
}

export interface BuiltInRequest {
  readonly hosted: HostedCall;
  readonly spaceId: SpaceId;
  /** What the model gave; an empty object when it gave nothing. */
  readonly given: RawJson;
}

/** Why a call came to nothing, as a word that a program can branch on. */
export type BuiltInFault =
  | 'invalid_argument'
  | 'not_found'
  | 'not_read_only'
  | 'conflict'
  | 'denied'
  | 'unavailable'
  | 'approval_required'
  | 'approval_denied'
  | 'approval_timed_out'
  | 'rate_limited';

export type BuiltInReply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fault'; readonly fault: BuiltInFault; readonly message: string }
  /** Somebody else's answer, passed on untouched. */
  | { readonly kind: 'answer'; readonly answer: Answer };

/** What a write would do, once it is allowed. */
export interface WritePlan {
  readonly kind: 'plan';
  /** For the person who is asked: one sentence, and what is added and removed. */
  readonly summary: string;
  apply(): Promise<BuiltInReply>;
}

/** Asks a person about a write. */
export interface WriteApproval {
  /** @returns what `act` gives when it was allowed, else why not */
  ask(hosted: HostedCall, because: string, act: () => Promise<Answer>): Promise<Answer>;
  /** The call that this one comes back to with what the person has answered. @returns undefined when it comes back to none */
  revive?(hosted: HostedCall): Promise<Answer> | undefined;
}

export function says(text: string): BuiltInReply {
  return { kind: 'text', text };
}

export function refuses(fault: BuiltInFault, message: string): BuiltInReply {
  return { kind: 'fault', fault, message };
}
