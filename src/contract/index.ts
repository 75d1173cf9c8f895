/**
 * contract — the admin API as data: routes, types, client. Browser-safe, without packages.
 *
 * The zod schemas are in contract/schemas, apart, because loading zod costs more than the whole command line.
 */
export {
  AdminClient,
  AdminProblem,
  type AdminRequest,
  type AdminResponse,
  type AdminSend,
  type LogQuery,
} from './client.ts';
export {
  livePath,
  metricsPath,
  openApiPath,
  pathOf,
  type RouteFacts,
  type RouteId,
  type RouteMethod,
  readyPath,
  routes,
} from './routes.ts';
export type {
  AddServerBody,
  CallOutcomeDto,
  ChangeServerBody,
  CreatedKeyDto,
  ErrorKindDto,
  EventDto,
  FeatureDto,
  FeatureListDto,
  KeyDto,
  KeyListDto,
  LogDto,
  LogEntryDto,
  LogLevelDto,
  ProblemDto,
  ServerDetailDto,
  ServerDto,
  ServerLimitsDto,
  ServerListDto,
  ServerStateDto,
  ServerStatusDto,
  SettingDto,
  SettingListDto,
  StatusDto,
  ToolDto,
  ToolListDto,
} from './types.ts';
