-- What an org decided about findings: rows are ended, never changed or deleted, so that who decided what and when stays known.
create table suppressions (
    id uuid primary key,
    org_id uuid not null references orgs (id),
    -- `rule`, the place, `reason`, `owner`, `expires`.
    decision jsonb not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    ended_at timestamptz,
    ended_by text
);
create index suppressions_by_org on suppressions (org_id, id);

-- Finds the scan of the same endpoint before this one.
create index scans_by_endpoint on scans (endpoint_url, id) where endpoint_url is not null;
