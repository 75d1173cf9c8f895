/**
 * gateway/serve/tool-host — the port of whoever offers tools beside the installed servers: our own (`builtin/`).
 *
 * In a view a host looks like one more server, so that its tools get their names and their place in the lists the same
 * way. A call finds its host by the server that the view names: what is not in the view of a caller, no host is asked for.
 * Knows nothing of: which tools there are.
 */
import type { Target } from '../../catalogue/index.ts';
import type { Answer } from '../../model/index.ts';
import type { Call } from './call.ts';
import type { GrantedView, HostInViews } from './views.ts';

export interface ToolHost extends HostInViews {
  /** Calls one of its tools, which the caller's view holds. @returns the answer in the client's era */
  call(hosted: HostedCall): Promise<Answer>;
}

export interface HostedCall {
  /** As the client sent it; that the arguments are an object has been checked. */
  readonly call: Call;
  readonly target: Target;
  readonly granted: GrantedView;
  /** Carries out another call of this caller, within the same view. */
  readonly act: (call: Call) => Answer | Promise<Answer>;
}
