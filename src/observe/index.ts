/**
 * observe — what the daemon tells about itself: logs without secrets, metrics, health.
 */
export { type AlertChannel, Alerts } from './alerts/alerts.ts';
export { commandChannel, webhookChannel } from './alerts/channels.ts';
export { AuditLog, type AuditLogOptions, type AuditVerdict } from './audit-log.ts';
export { BestEffortOutput, type LosableStream } from './best-effort-output.ts';
export { auditOfCalls } from './call-audit.ts';
export { auditOf } from './event-audit.ts';
export { causeIds } from './explain/causes.ts';
export { Explainer, type ExplainerParts } from './explain/explainer.ts';
export { type HealthOptions, healthRoutes, type Readiness } from './health.ts';
export { CallHistory, type CallHistoryOptions } from './history/call-history.ts';
export { noHistory } from './history/no-history.ts';
export {
  createLogger,
  type DaemonLogger,
  type LineLevel,
  type LoggerOptions,
  type TextStream,
} from './logger.ts';
export { type CallOutcome, Metrics, type MetricsOptions } from './metrics.ts';
export { prettyLine } from './pretty-line.ts';
export { ProblemList, type ProblemListOptions } from './problems/problem-list.ts';
export { type ServerWithState, serverProblem } from './problems/server-problems.ts';
export { RefusalAudit } from './refusal-audit.ts';
export { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';
export { type GivenValue, SecretRedactor } from './secret-redactor.ts';
