/**
 * access/approval-rules — which tools wait for a person before they are called.
 *
 * A rule names a server, one tool (by its id, so that no rename slips past it), a pattern of names, or what a tool says of
 * itself. What a server says can only add to what waits: a tool that says nothing counts as one that can destroy.
 * Knows nothing of: who approves, how long they take.
 */
import type {
  ApprovalRule,
  ApprovalSubject,
  FeatureId,
  ServerId,
  SpaceId,
  ToolNature,
} from '../model/index.ts';
import type { RawJson } from '../protocol/index.ts';

/** A tool as rules see it: under the names that its server and we gave it, never under one of a presentation. */
export interface RuledTool {
  readonly featureId: FeatureId;
  readonly serverId: ServerId;
  readonly spaceId: SpaceId;
  readonly alias: string;
  readonly originalName: string;
  readonly item: RawJson;
}

/** The first rule that asks for a person before this tool is called. */
export function ruleFor(tool: RuledTool, rules: readonly ApprovalRule[]): ApprovalRule | undefined {
  return rules.find((rule) => rule.spaceId === tool.spaceId && concerns(rule.subject, tool));
}

/** Does it mark this tool, wherever that is? */
export function concerns(subject: ApprovalSubject, tool: Omit<RuledTool, 'spaceId'>): boolean {
  switch (subject.kind) {
    case 'server':
      return subject.serverId === tool.serverId;
    case 'tool':
      return subject.featureId === tool.featureId;
    case 'pattern':
      return (
        matchesPattern(subject.pattern, tool.originalName) ||
        matchesPattern(subject.pattern, `${tool.alias}_${tool.originalName}`)
      );
    case 'nature':
      return isOfNature(tool.item, subject.nature);
  }
}

function isOfNature(item: RawJson, nature: ToolNature): boolean {
  const annotations = item.object('annotations');
  if (annotations?.is('readOnlyHint', 'true') === true) return false;
  return nature === 'writes' || annotations?.is('destructiveHint', 'false') !== true;
}

/** Without regular expressions: a pattern of many stars costs no more than its length times the name's. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), name.toLowerCase()];
  let at = 0;
  let from = 0;
  let star = -1;
  let starFrom = 0;
  while (from < given.length) {
    if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[from]) && wanted[at] !== '*') {
      at += 1;
      from += 1;
    } else if (wanted[at] === '*') {
      star = at;
      starFrom = from;
      at += 1;
    } else if (star !== -1) {
      at = star + 1;
      starFrom += 1;
      from = starFrom;
    } else return false;
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}
