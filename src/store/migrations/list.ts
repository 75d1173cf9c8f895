/**
 * store/migrations/list — every change to the tables, oldest first. The statements run as they are on both databases.
 *
 * A migration that was released is never edited; a new change is a new entry.
 */

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'first tables',
    statements: [
      `create table spaces (
        id text primary key,
        name text not null,
        created_at bigint not null
      )`,
      `insert into spaces (id, name, created_at) values ('default', 'Default', 0)`,
      `create table servers (
        id text primary key,
        space_id text not null references spaces (id),
        name text not null,
        name_key text not null,
        alias text not null,
        is_enabled integer not null,
        launch text not null,
        session_policy text not null,
        limits text not null,
        revision bigint not null,
        created_at bigint not null,
        updated_at bigint not null
      )`,
      `create unique index servers_name on servers (space_id, name_key)`,
      `create unique index servers_alias on servers (space_id, alias)`,
      `create table features (
        id text primary key,
        space_id text not null references spaces (id) on delete cascade,
        server_key text not null,
        kind text not null,
        name_hash text not null,
        name text not null,
        item text not null,
        position integer not null,
        is_listed integer not null,
        is_available integer not null,
        changed_at bigint not null
      )`,
      `create unique index features_name on features (space_id, server_key, kind, name_hash)`,
      `create table era_verdicts (
        server_id text primary key references servers (id) on delete cascade,
        verdict text not null
      )`,
      `create table sessions (
        id text primary key,
        principal_id text not null,
        route_path text not null,
        revision text not null,
        client_info text,
        capabilities text not null,
        log_level text,
        subscriptions text not null,
        created_at bigint not null,
        last_used_at bigint not null
      )`,
      `create index sessions_last_used on sessions (last_used_at)`,
      `create table api_keys (
        id text primary key,
        name text not null,
        shown_prefix text not null,
        hash text not null,
        created_at bigint not null,
        last_used_at bigint,
        revoked_at bigint
      )`,
      `create unique index api_keys_hash on api_keys (hash)`,
      `create unique index api_keys_live_name on api_keys (name) where revoked_at is null`,
      `create table settings (
        key text primary key,
        value text not null
      )`,
      `create table tokens (
        server_id text primary key references servers (id) on delete cascade,
        issuer text not null,
        sealed_access_token text not null,
        sealed_refresh_token text,
        token_type text not null,
        scope text,
        expires_at bigint,
        generation bigint not null,
        updated_at bigint not null
      )`,
      `create table oauth_registrations (
        server_id text not null references servers (id) on delete cascade,
        issuer_hash text not null,
        issuer text not null,
        server_url text not null,
        source text not null,
        client_id text not null,
        sealed_client_secret text,
        redirect_uri text,
        metadata text not null,
        created_at bigint not null,
        updated_at bigint not null,
        primary key (server_id, issuer_hash)
      )`,
      `create table refresh_leases (
        server_id text primary key references servers (id) on delete cascade,
        holder text not null,
        generation bigint not null,
        expires_at bigint not null
      )`,
      `create table root_keys (
        id text primary key,
        source text not null,
        facts text not null,
        canary text not null,
        is_current integer not null,
        created_at bigint not null
      )`,
      `create unique index root_keys_current on root_keys (is_current) where is_current = 1`,
      `create table data_keys (
        id text primary key,
        space_id text not null references spaces (id),
        root_key_id text not null references root_keys (id),
        wrapped text not null,
        is_active integer not null,
        created_at bigint not null
      )`,
      `create unique index data_keys_active on data_keys (space_id) where is_active = 1`,
    ],
  },
  {
    version: 2,
    name: 'generations of tokens outlive a logout',
    statements: [
      `create table token_generations (
        server_id text primary key references servers (id) on delete cascade,
        generation bigint not null
      )`,
    ],
  },
  {
    version: 3,
    name: 'a URI keeps the server that had it first',
    statements: [
      `alter table features add column is_renamed integer not null default 0`,
      // As it was shown until now: of several servers with one URI the oldest has it.
      `update features set is_renamed = 1 where kind in ('resource', 'template') and is_listed = 1 and exists (
        select 1 from features other
        join servers holder on holder.space_id = other.space_id and holder.name_key = other.server_key
        join servers own on own.space_id = features.space_id and own.name_key = features.server_key
        where other.space_id = features.space_id and other.kind = features.kind
          and other.name_hash = features.name_hash and other.server_key <> features.server_key
          and other.is_listed = 1
          and (holder.created_at < own.created_at or (holder.created_at = own.created_at and holder.id < own.id))
      )`,
    ],
  },
  {
    version: 4,
    name: 'what a server hears of its clients',
    statements: [`alter table servers add column declares text not null default 'bridged'`],
  },
  {
    version: 5,
    name: 'clients, and the keys they hold',
    statements: [
      `create table clients (
        id text primary key,
        kind text not null,
        name text not null,
        alias text,
        status text not null,
        status_at bigint not null,
        space_id text,
        feature_set_ids text not null default '[]',
        expires_at bigint,
        oauth_client_id text,
        created_at bigint not null,
        last_seen_at bigint,
        introduction text
      )`,
      `create index clients_oauth_client_id on clients (oauth_client_id)`,
      `insert into clients (id, kind, name, status, status_at, created_at)
        values ('anonymous', 'anonymous', 'anonymous', 'active', 0, 0)`,
      // Until now a key was a client of its own: it becomes one with the id of the key.
      `insert into clients (id, kind, name, status, status_at, created_at, last_seen_at)
        select id, 'key', name, case when revoked_at is null then 'active' else 'revoked' end,
          coalesce(revoked_at, created_at), created_at, last_used_at from api_keys`,
      `alter table api_keys add column client_id text`,
      `update api_keys set client_id = id`,
      `create index api_keys_client on api_keys (client_id)`,
      `alter table api_keys add column space_id text`,
      `alter table api_keys add column feature_set_ids text not null default '[]'`,
      `alter table api_keys add column source_ranges text not null default '[]'`,
      `alter table api_keys add column expires_at bigint`,
      `update sessions set principal_id = 'client:' || substr(principal_id, 5) where principal_id like 'key:%'`,
      `update sessions set principal_id = 'client:anonymous' where principal_id = 'anonymous'`,
    ],
  },
  {
    version: 6,
    name: 'Spaces, FeatureSets and mappings',
    statements: [
      `alter table spaces add column slug text not null default ''`,
      `alter table spaces add column name_key text not null default ''`,
      `alter table spaces add column icon text`,
      `alter table spaces add column colour text`,
      `alter table spaces add column position integer not null default 0`,
      `alter table spaces add column is_default integer not null default 0`,
      `alter table spaces add column updated_at bigint not null default 0`,
      // Until now there was one.
      `update spaces set slug = id, name_key = lower(name), is_default = 1`,
      `create unique index spaces_slug on spaces (slug)`,
      `create unique index spaces_name on spaces (name_key)`,
      `create unique index spaces_default on spaces (is_default) where is_default = 1`,
      `create table base_folders (
        folder text primary key,
        space_id text not null references spaces (id) on delete cascade,
        position integer not null
      )`,
      `create table feature_sets (
        id text primary key,
        space_id text not null references spaces (id) on delete cascade,
        slug text not null,
        name text not null,
        name_key text not null,
        description text,
        is_starter integer not null,
        members text not null,
        revision bigint not null,
        created_at bigint not null,
        updated_at bigint not null
      )`,
      `create unique index feature_sets_slug on feature_sets (slug)`,
      `create unique index feature_sets_name on feature_sets (space_id, name_key)`,
      `create unique index feature_sets_starter on feature_sets (space_id) where is_starter = 1`,
      // What clients saw until now: everything.
      `insert into feature_sets
        (id, space_id, slug, name, name_key, is_starter, members, revision, created_at, updated_at)
        select 'starter-' || id, id, 'starter', 'Starter', 'starter', 1,
          '[{"mode":"include","kind":"pattern","pattern":"*"}]', 1, 0, 0 from spaces`,
      `create table mappings (
        id text primary key,
        kind text not null,
        key text not null,
        key_hash text not null,
        has_children integer not null,
        space_id text not null references spaces (id) on delete cascade,
        set_ids text not null,
        created_at bigint not null,
        updated_at bigint not null
      )`,
      `create unique index mappings_key on mappings (kind, key_hash)`,
    ],
  },
  {
    version: 7,
    name: 'what was approved of what servers say',
    statements: [
      `create table definition_pins (
        id text primary key,
        server_id text not null references servers (id) on delete cascade,
        kind text not null,
        face text not null,
        name text not null,
        definition text,
        text_hash text,
        hash text,
        approved_by text,
        approved_at bigint,
        rejected_hash text
      )`,
      `create index definition_pins_server on definition_pins (server_id)`,
      `create table definition_policies (
        server_id text primary key references servers (id) on delete cascade,
        policy text not null
      )`,
    ],
  },
  {
    version: 8,
    name: 'call history',
    statements: [
      `create table call_parties (
        id integer primary key,
        principal_id text not null,
        principal_name text not null,
        client_id text,
        app text,
        app_version text,
        folder text,
        space_id text not null,
        rule text,
        era text not null,
        revision text not null
      )`,
      `create table call_targets (
        id integer primary key,
        method text not null,
        server_id text,
        server text,
        original_name text,
        shown_name text,
        era text,
        revision text
      )`,
      `create table work_sessions (
        id bigint primary key,
        principal_id text not null,
        principal_name text not null,
        app text,
        folder text,
        space_id text not null,
        started_at bigint not null,
        last_at bigint not null,
        calls bigint not null,
        failures bigint not null
      )`,
      `create index work_sessions_last on work_sessions (last_at)`,
      `create table calls (
        id bigint primary key,
        ended_at bigint not null,
        party_id integer not null,
        target_id integer not null,
        session_id bigint not null,
        outcome integer not null,
        total_us bigint not null,
        queue_us bigint not null,
        server_us bigint not null,
        stream_us bigint not null,
        request_bytes bigint not null,
        result_bytes bigint not null,
        progress integer not null,
        code text,
        said text,
        asks text,
        trace_id text,
        call_id text not null
      )`,
      `create index calls_target on calls (target_id, id)`,
      `create index calls_party on calls (party_id, id)`,
      // The few that somebody looks for: what failed, what was slow, what is part of a trace.
      `create index calls_failed on calls (outcome, id) where outcome <> 0`,
      `create index calls_slow on calls (id) where total_us >= 1000000`,
      `create index calls_trace on calls (trace_id) where trace_id is not null`,
    ],
  },
  {
    version: 9,
    name: 'audit',
    statements: [
      `create table audit (
        seq bigint primary key,
        at bigint not null,
        what text not null,
        who text not null,
        line text not null,
        hash text not null
      )`,
      `create index audit_at on audit (at)`,
      `create index audit_what on audit (what, seq)`,
    ],
  },
  {
    version: 10,
    name: 'codes, tokens and registrations of our authorization server',
    statements: [
      `create table oauth_artifacts (
        kind text not null,
        hash text not null,
        grant_id text,
        user_code text,
        payload text not null,
        created_at bigint not null,
        expires_at bigint,
        consumed_at bigint,
        used_at bigint,
        primary key (kind, hash)
      )`,
      `create index oauth_artifacts_grant on oauth_artifacts (grant_id)`,
      `create index oauth_artifacts_expires on oauth_artifacts (expires_at)`,
      `create unique index oauth_artifacts_user_code on oauth_artifacts (user_code)`,
    ],
  },
  {
    version: 11,
    name: 'servers know where they came from',
    statements: [`alter table servers add column origin text`],
  },
  {
    version: 12,
    name: 'calls that wait for a person',
    statements: [
      `create table approval_rules (
        id text primary key,
        space_id text not null references spaces (id) on delete cascade,
        subject text not null,
        created_at bigint not null
      )`,
      `create table standing_approvals (
        id text primary key,
        space_id text not null references spaces (id) on delete cascade,
        principal_id text not null,
        client_name text not null,
        feature_id text not null,
        tool_name text not null,
        definition_hash text not null,
        created_at bigint not null
      )`,
      `create unique index standing_approvals_tool on standing_approvals (principal_id, feature_id)`,
    ],
  },
  {
    version: 13,
    name: 'where the clients of sessions work',
    statements: [
      `alter table sessions add column workspace text`,
      `alter table sessions add column bridge_folder text`,
      `alter table sessions add column roots text`,
    ],
  },
  {
    version: 14,
    name: 'how tools look',
    statements: [
      `create table presentations (
        id text primary key,
        space_id text not null references spaces (id) on delete cascade,
        set_id text,
        feature_id text not null,
        patch text not null,
        base text not null,
        updated_at bigint not null
      )`,
    ],
  },
];

export const newestVersion: number = migrations.at(-1)?.version ?? 0;
