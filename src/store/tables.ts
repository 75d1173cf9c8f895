/**
 * store/tables — the rows as both databases hold them.
 *
 * Booleans are 0 and 1, times are epoch ms, JSON is text (so that unknown fields and their order survive).
 * Columns named `sealed…` hold record text of crypto/record, never plain text.
 * Knows nothing of: the model. The repositories translate.
 */

export interface SpaceRow {
  id: string;
  name: string;
  created_at: number;
  slug: string;
  /** The name in lower case: unique. */
  name_key: string;
  icon: string | null;
  colour: string | null;
  position: number;
  is_default: number;
  updated_at: number;
}

/** A folder and all within it that belong to a Space unless a mapping says otherwise. */
export interface BaseFolderRow {
  folder: string;
  space_id: string;
  position: number;
}

export interface FeatureSetRow {
  id: string;
  space_id: string;
  slug: string;
  name: string;
  name_key: string;
  description: string | null;
  is_starter: number;
  /** JSON. */
  members: string;
  revision: number;
  created_at: number;
  updated_at: number;
}

export interface MappingRow {
  id: string;
  kind: string;
  key: string;
  /** SHA-256 of the key: a folder may be longer than an index entry. */
  key_hash: string;
  has_children: number;
  space_id: string;
  /** JSON. */
  set_ids: string;
  created_at: number;
  updated_at: number;
}

export interface ServerRow {
  id: string;
  space_id: string;
  name: string;
  /** The name in lower case: unique in the Space, and what features are remembered by. */
  name_key: string;
  alias: string;
  is_enabled: number;
  /** JSON; the values of `env` and `headers` are sealed, their names are not. */
  launch: string;
  session_policy: string;
  declares: string;
  limits: string;
  /** JSON; null for a server that was added by hand. */
  origin: string | null;
  revision: number;
  created_at: number;
  updated_at: number;
}

export interface FeatureRow {
  id: string;
  space_id: string;
  /** `name_key` of the server, so that a reinstalled server finds its features' ids again. */
  server_key: string;
  kind: string;
  /** SHA-256 of the original name: names may be longer than an index entry. */
  name_hash: string;
  /** The original name as the inside of a JSON string: any text survives in any database. */
  name: string;
  item: string;
  position: number;
  is_listed: number;
  is_available: number;
  changed_at: number;
  /** 1: another server of the Space has that URI; this one's is shown in a form of its own. Never changes. */
  is_renamed: number;
}

export interface EraVerdictRow {
  server_id: string;
  verdict: string;
}

/** What was approved of one tool, prompt or instructions, on one face of its server. */
export interface DefinitionPinRow {
  /** SHA-256 of server, kind, face and name: names may be longer than an index entry. */
  id: string;
  server_id: string;
  kind: string;
  face: string;
  /** As the inside of a JSON string, like that of a feature. */
  name: string;
  /** As its server wrote it; null when nothing was approved. */
  definition: string | null;
  text_hash: string | null;
  hash: string | null;
  approved_by: string | null;
  approved_at: number | null;
  rejected_hash: string | null;
}

export interface DefinitionPolicyRow {
  server_id: string;
  policy: string;
}

export interface ApprovalRuleRow {
  id: string;
  space_id: string;
  /** JSON. */
  subject: string;
  created_at: number;
}

/** One client may call one tool without being asked, while its definition stays what it was. */
export interface StandingApprovalRow {
  id: string;
  space_id: string;
  principal_id: string;
  client_name: string;
  feature_id: string;
  tool_name: string;
  definition_hash: string;
  created_at: number;
}

/** How one tool looks, in a Space or in one of its FeatureSets. */
export interface PresentationRow {
  /** SHA-256 of Space, set and feature. */
  id: string;
  space_id: string;
  set_id: string | null;
  feature_id: string;
  /** JSON. */
  patch: string;
  base: string;
  updated_at: number;
}

export interface SessionRow {
  id: string;
  principal_id: string;
  route_path: string;
  revision: string;
  client_info: string | null;
  capabilities: string;
  log_level: string | null;
  subscriptions: string;
  created_at: number;
  last_used_at: number;
  workspace: string | null;
  bridge_folder: string | null;
  /** JSON. */
  roots: string | null;
}

export interface ClientRow {
  id: string;
  kind: string;
  name: string;
  alias: string | null;
  status: string;
  status_at: number;
  space_id: string | null;
  /** JSON array. */
  feature_set_ids: string;
  expires_at: number | null;
  oauth_client_id: string | null;
  created_at: number;
  last_seen_at: number | null;
  /** JSON: what the client said of itself. */
  introduction: string | null;
}

export interface ApiKeyRow {
  id: string;
  client_id: string;
  name: string;
  shown_prefix: string;
  hash: string;
  space_id: string | null;
  /** JSON array. */
  feature_set_ids: string;
  /** JSON array. */
  source_ranges: string;
  expires_at: number | null;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface OAuthArtifactRow {
  kind: string;
  hash: string;
  grant_id: string | null;
  user_code: string | null;
  payload: string;
  created_at: number;
  expires_at: number | null;
  consumed_at: number | null;
  used_at: number | null;
}

export interface SettingRow {
  key: string;
  value: string;
}

export interface TokenRow {
  server_id: string;
  issuer: string;
  sealed_access_token: string;
  sealed_refresh_token: string | null;
  token_type: string;
  scope: string | null;
  expires_at: number | null;
  generation: number;
  updated_at: number;
}

/** How far the tokens of a server had counted when they were deleted. */
export interface TokenGenerationRow {
  server_id: string;
  generation: number;
}

export interface RegistrationRow {
  server_id: string;
  /** SHA-256 of the issuer: an issuer may be longer than an index entry. */
  issuer_hash: string;
  issuer: string;
  server_url: string;
  source: string;
  client_id: string;
  sealed_client_secret: string | null;
  redirect_uri: string | null;
  metadata: string;
  created_at: number;
  updated_at: number;
}

export interface RefreshLeaseRow {
  server_id: string;
  holder: string;
  generation: number;
  expires_at: number;
}

/** A root key that this database is, or was, sealed with. Holds no key, only how to recognise it. */
export interface RootKeyRow {
  /** Fingerprint of the key. */
  id: string;
  source: string;
  /** JSON: what the source needs to find the key again (path, salt). */
  facts: string;
  canary: string;
  is_current: number;
  created_at: number;
}

/** A data key, wrapped by a root key. One per Space is active and seals; retired ones only open. */
export interface DataKeyRow {
  id: string;
  space_id: string;
  root_key_id: string;
  wrapped: string;
  is_active: number;
  created_at: number;
}

/** Who called. Few, because calls point into them. */
export interface CallPartyRow {
  id: number;
  principal_id: string;
  principal_name: string;
  client_id: string | null;
  app: string | null;
  app_version: string | null;
  folder: string | null;
  space_id: string;
  rule: string | null;
  era: string;
  revision: string;
}

/** What was called. */
export interface CallTargetRow {
  id: number;
  method: string;
  server_id: string | null;
  server: string | null;
  original_name: string | null;
  shown_name: string | null;
  era: string | null;
  revision: string | null;
}

export interface WorkSessionRow {
  id: number;
  principal_id: string;
  principal_name: string;
  app: string | null;
  folder: string | null;
  space_id: string;
  started_at: number;
  last_at: number;
  calls: number;
  failures: number;
}

export interface CallRow {
  /** Rises with the end of calls. */
  id: number;
  ended_at: number;
  party_id: number;
  target_id: number;
  session_id: number;
  /** Place in the model's list of outcomes: 0 is ok. */
  outcome: number;
  total_us: number;
  queue_us: number;
  server_us: number;
  stream_us: number;
  request_bytes: number;
  result_bytes: number;
  progress: number;
  code: string | null;
  said: string | null;
  /** JSON. */
  asks: string | null;
  trace_id: string | null;
  call_id: string;
}

export interface AuditTableRow {
  seq: number;
  at: number;
  what: string;
  who: string;
  /** JSON: the whole entry. */
  line: string;
  hash: string;
}

export interface SchemaVersionRow {
  version: number;
  name: string;
  applied_at: number;
}

export interface Tables {
  spaces: SpaceRow;
  base_folders: BaseFolderRow;
  feature_sets: FeatureSetRow;
  mappings: MappingRow;
  servers: ServerRow;
  features: FeatureRow;
  era_verdicts: EraVerdictRow;
  definition_pins: DefinitionPinRow;
  definition_policies: DefinitionPolicyRow;
  approval_rules: ApprovalRuleRow;
  standing_approvals: StandingApprovalRow;
  presentations: PresentationRow;
  sessions: SessionRow;
  clients: ClientRow;
  api_keys: ApiKeyRow;
  oauth_artifacts: OAuthArtifactRow;
  settings: SettingRow;
  tokens: TokenRow;
  token_generations: TokenGenerationRow;
  oauth_registrations: RegistrationRow;
  refresh_leases: RefreshLeaseRow;
  root_keys: RootKeyRow;
  data_keys: DataKeyRow;
  audit: AuditTableRow;
  schema_versions: SchemaVersionRow;
  call_parties: CallPartyRow;
  call_targets: CallTargetRow;
  work_sessions: WorkSessionRow;
  calls: CallRow;
}
