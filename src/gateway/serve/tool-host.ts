/**
 * gateway/serve/tool-host — the port of whoever offers tools beside the installed servers: our own (`builtin/`).
 *
 * In a view a host looks like one more server, so that its tools get their names and their place in the lists the same
 * way. A call finds its host by the server that the view names: what is not in the view of a caller, no host is asked for.
 * Knows nothing of: which tools there are.
 */
import type { Narrowing, Target } from '../../catalogue/index.ts';
import type { Answer, Caller } from '../../model/index.ts';
import type { Call } from './call.ts';
import type { GrantedView, HostInViews } from './views.ts';

export interface ToolHost extends HostInViews {
  /** Calls one of its tools, which the caller's view holds. @returns the answer in the client's era */
  call(hosted: HostedCall): Promise<Answer>;
  /** Which of its tools this caller gets listed, where it finds the others by search. @returns undefined = all */
  narrowingFor?(caller: Caller, granted: GrantedView): Narrowing | undefined;
  /** How many bytes a result may have before its client gets the beginning only. @returns undefined = any number */
  resultLimitFor?(granted: GrantedView): number | undefined;
  /** Keeps the whole of a result over the limit. @returns what its client gets instead, or the answer as it is */
  cutResult?(answer: Answer, limitBytes: number, call: Call, target: Target): Answer;
  /** Is it the URI of something that the host keeps? */
  ownsUri?(uri: string): boolean;
  /** @returns undefined when it is not there, or is not this caller's */
  readResource?(uri: string, call: Call): Answer | undefined;
  /** A list of tools went to this caller. Bytes of it, and of what it would have been with all tools. Quick. */
  listed?(caller: Caller, bytes: number, wholeBytes: number): void;
}

export interface HostedCall {
  /** As the client sent it; that the arguments are an object has been checked. */
  readonly call: Call;
  readonly target: Target;
  readonly granted: GrantedView;
  /** Carries out another call of this caller, within the same view. */
  readonly act: (call: Call) => Answer | Promise<Answer>;
}
