/**
 * admin/routes/approvals — calls that wait for the person, and the rules that make them wait.
 */
import type { WaitingCall } from '../../access/index.ts';
import type { ApprovalRuleDto, StandingApprovalDto, WaitingCallDto } from '../../contract/index.ts';
import type { DescribedRule } from '../../gateway/index.ts';
import type { StandingApproval } from '../../model/index.ts';
import type { AdminParts } from '../ports.ts';
import type { RegisterRoute } from '../register-route.ts';

export function registerApprovalRoutes(serve: RegisterRoute, { approvals }: AdminParts): void {
  serve('listApprovals', ({ query }) => ({
    waiting: approvals
      .waiting(query.all !== undefined && query.all !== '0' && query.all !== 'false')
      .map(presentCall),
  }));
  serve('answerApproval', async ({ params, body }) => ({
    outcome: await approvals.answer(params.number, body.answer === 'allow', body.always),
  }));
  serve('listApprovalRules', () => {
    const { rules, standing } = approvals.overview();
    return { rules: rules.map(presentRule), standing: standing.map(presentStanding) };
  });
  serve('requireApproval', async ({ body }) => presentRule(await approvals.require(body.target, body.space)));
  serve('removeApprovalRule', async ({ params, reply }) => {
    await approvals.remove(params.rule);
    return reply.code(204).send();
  });
}

function presentCall(call: WaitingCall): WaitingCallDto {
  return {
    number: call.number,
    clientId: call.principalId.replace(/^client:/, ''),
    client: call.client,
    spaceId: call.spaceId,
    serverId: call.serverId ?? null,
    serverName: call.serverName,
    tool: call.tool,
    arguments: call.arguments,
    because: call.because,
    since: call.since,
    expiresAt: call.expiresAt,
    outcome: call.outcome ?? null,
  };
}

function presentRule({ rule, space, name, tools }: DescribedRule): ApprovalRuleDto {
  return {
    id: rule.id,
    spaceId: rule.spaceId,
    spaceSlug: space.slug,
    kind: rule.subject.kind,
    name: name ?? null,
    tools: [...tools],
    createdAt: rule.createdAt,
  };
}

function presentStanding(approval: StandingApproval): StandingApprovalDto {
  return {
    id: approval.id,
    spaceId: approval.spaceId,
    clientId: approval.principalId.replace(/^client:/, ''),
    client: approval.clientName,
    tool: approval.toolName,
    createdAt: approval.createdAt,
  };
}
