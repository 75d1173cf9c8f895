/**
 * store/repositories/approvals — which calls wait for a person, and what a person allowed for good.
 */
import type {
  ApprovalRepository,
  ApprovalRuleId,
  ApprovalSubject,
  FeatureId,
  PrincipalId,
  SpaceId,
  StandingApprovalId,
} from '../../model/index.ts';
import { readStoredObject } from '../stored-json.ts';
import type { RepositoryParts } from './parts.ts';

export function approvalRepository({ database, logger }: RepositoryParts): ApprovalRepository {
  return {
    async load() {
      const rules = await database.db
        .selectFrom('approval_rules')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      const standing = await database.db
        .selectFrom('standing_approvals')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return {
        rules: rules.map((row) => {
          const subject = readStoredObject(row.subject) as ApprovalSubject | undefined;
          if (subject === undefined)
            logger.warn({ rule: row.id }, 'a damaged approval rule: every call of its Space waits');
          return {
            id: row.id as ApprovalRuleId,
            spaceId: row.space_id as SpaceId,
            // A rule that nobody can read asks too much, not too little.
            subject: subject ?? { kind: 'pattern', pattern: '*' },
            createdAt: Number(row.created_at),
          };
        }),
        standing: standing.map((row) => ({
          id: row.id as StandingApprovalId,
          spaceId: row.space_id as SpaceId,
          principalId: row.principal_id as PrincipalId,
          clientName: row.client_name,
          toolName: row.tool_name,
          featureId: row.feature_id as FeatureId,
          definitionHash: row.definition_hash,
          createdAt: Number(row.created_at),
        })),
      };
    },

    async insertRule(rule) {
      await database.db
        .insertInto('approval_rules')
        .values({
          id: rule.id,
          space_id: rule.spaceId,
          subject: JSON.stringify(rule.subject),
          created_at: rule.createdAt,
        })
        .execute();
    },

    async deleteRule(id) {
      await database.db.deleteFrom('approval_rules').where('id', '=', id).execute();
    },

    async saveStanding(approval) {
      await database.write(async (connection) => {
        await connection
          .deleteFrom('standing_approvals')
          .where('principal_id', '=', approval.principalId)
          .where('feature_id', '=', approval.featureId)
          .execute();
        await connection
          .insertInto('standing_approvals')
          .values({
            id: approval.id,
            space_id: approval.spaceId,
            principal_id: approval.principalId,
            client_name: approval.clientName,
            feature_id: approval.featureId,
            tool_name: approval.toolName,
            definition_hash: approval.definitionHash,
            created_at: approval.createdAt,
          })
          .execute();
      });
    },

    async deleteStanding(id) {
      await database.db.deleteFrom('standing_approvals').where('id', '=', id).execute();
    },
  };
}
