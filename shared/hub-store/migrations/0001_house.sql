-- The house: who may ask, what was asked, how it ended.

create table orgs (
    id uuid primary key,
    name text not null unique,
    created_at timestamptz not null default now()
);

create table users (
    id uuid primary key,
    org_id uuid not null references orgs (id),
    email text not null,
    created_at timestamptz not null default now(),
    unique (org_id, email)
);

create table projects (
    id uuid primary key,
    org_id uuid not null references orgs (id),
    name text not null,
    created_at timestamptz not null default now(),
    unique (org_id, name)
);

-- Only the hash of a key's secret is kept; the id is the public part of the key's text.
create table api_keys (
    id uuid primary key,
    org_id uuid not null references orgs (id),
    user_id uuid not null references users (id),
    project_id uuid not null references projects (id),
    role text not null check (role in ('member', 'admin', 'owner')),
    name text not null default '',
    secret_hash bytea not null check (length(secret_hash) = 32),
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);
create index api_keys_by_org on api_keys (org_id, created_at);

-- One row per scan; the row is its own outbox: `dispatched_at is null` means "still to be published".
-- Partitioned by id: ids are UUID version 7, so a range of ids is a range of time, the newest come first in id order, and
-- retention drops whole partitions. No foreign keys to orgs, users, projects: each insert would lock those rows, and the
-- only writer takes the ids from a verified key.
create table scans (
    id uuid primary key,
    org_id uuid not null,
    user_id uuid not null,
    project_id uuid not null,
    user_email text not null,
    project_name text not null,
    scan_type text not null check (scan_type in ('source', 'hosted')),
    is_private boolean not null,
    is_official boolean not null default false,
    source_url text,
    repo_name text,
    registry_name text,
    version_or_commit text,
    endpoint_url text,
    auth_type text,
    target jsonb not null,
    -- Ciphertext for the connector's key; removed when the scan ends.
    sealed_credentials text,
    traceparent text,
    status text not null default 'initializing',
    -- Position of the status in the order of life, 0 to 4; 4 is an end.
    rank smallint not null default 0 check (rank between 0 and 4),
    attempt integer not null default 1,
    -- Grows with every change of the row, so that a cache never goes backwards.
    version bigint not null default 1,
    created_at timestamptz not null,
    dispatched_at timestamptz,
    -- The last sign of life; the sweeper reads it.
    moved_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    error_code text,
    error_message text,
    source_version text,
    scan_version text,
    artifact_digest text,
    report_digest text,
    overall_severity text,
    score smallint,
    grade text,
    total_tools integer,
    tools_ok integer,
    severity_counts jsonb,
    category_counts jsonb
) partition by range (id);

create index scans_public on scans (id) where not is_private;
create index scans_private on scans (org_id, id) where is_private;
create index scans_by_repo on scans (repo_name text_pattern_ops, id);
create index scans_by_user on scans (user_id, id);
create index scans_pending on scans (org_id, id) where dispatched_at is null and rank < 4;
create index scans_in_flight on scans (org_id) where dispatched_at is not null and rank < 4;

create table scan_tools (
    scan_id uuid not null,
    ordinal integer not null,
    tool_name text not null,
    scan_status text not null,
    severity text,
    primary key (scan_id, ordinal)
) partition by range (scan_id);

-- The report document, JSON compressed with zstd.
create table reports (
    scan_id uuid primary key,
    digest text not null,
    body bytea not null
) partition by range (scan_id);

-- The smallest version 7 UUID of a moment.
create function uuid_floor(t timestamptz) returns uuid language sql immutable as $$
    select (lpad(to_hex((extract(epoch from t) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the monthly partitions from `first` on, where missing. Rows of a month without one go to the default partition.
create function ensure_partitions(first date, months integer) returns integer language plpgsql as $$
declare
    parent text;
    month date;
    child text;
    made integer := 0;
begin
    foreach parent in array array['scans', 'scan_tools', 'reports'] loop
        for i in 0 .. months - 1 loop
            month := (date_trunc('month', first) + make_interval(months => i))::date;
            child := parent || '_' || to_char(month, 'YYYYMM');
            if to_regclass(child) is null then
                begin
                    execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent,
                        uuid_floor(month::timestamp at time zone 'utc'),
                        uuid_floor((month + interval '1 month')::timestamp at time zone 'utc'));
                    made := made + 1;
                exception
                    -- Rows of that month already lie in the default partition, or another process was quicker.
                    when check_violation or duplicate_table then null;
                end;
            end if;
        end loop;
    end loop;
    return made;
end $$;

-- Drops monthly partitions that end before `oldest`.
create function drop_partitions(oldest date) returns integer language plpgsql as $$
declare
    child regclass;
    dropped integer := 0;
begin
    for child in
        select c.oid::regclass from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        join pg_class p on p.oid = i.inhparent
        where p.relkind = 'p' and p.relname in ('scans', 'scan_tools', 'reports') and p.relnamespace = 'public'::regnamespace
          and c.relname ~ '_[0-9]{6}$'
          and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= oldest
    loop
        execute format('drop table %s', child);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

create table scans_default partition of scans default;
create table scan_tools_default partition of scan_tools default;
create table reports_default partition of reports default;
select ensure_partitions(current_date, 4);

-- The first answer to a POST with an `Idempotency-Key`, for 24 hours.
create table idempotency_keys (
    user_id uuid not null,
    key text not null,
    request_hash bytea not null,
    response text not null,
    created_at timestamptz not null default now(),
    primary key (user_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- Calls per org, day, call and outcome.
create table api_usage (
    org_id uuid not null,
    day date not null,
    call text not null,
    outcome text not null,
    calls bigint not null,
    primary key (org_id, day, call, outcome)
);
